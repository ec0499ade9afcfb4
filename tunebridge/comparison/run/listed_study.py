"""A study whose trials are listed beforehand: the cells of a comparison, the repeats of a confirmation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from tunebridge.budget import Budget
from tunebridge.comparison.run.cell_objective import LOGGERS
from tunebridge.logs import muted
from tunebridge.policy import Policy
from tunebridge.problem.problem import Problem
from tunebridge.registry.choice import Backend
from tunebridge.registry.manual import MANUAL
from tunebridge.registry.observers import Observers
from tunebridge.study.loaded_study import LoadedStudy
from tunebridge.study.study import Study


def open_listed(
    problem: Problem,
    backend: Backend,
    loaded: LoadedStudy,
    *,
    n_trials: int | None,
    observers: Sequence[object],
    initial: Sequence[Mapping[str, Any]] = (),
) -> Study:
    """Open the study; whatever fails there gives up its store. A trial whose process died is run once more.

    Args:
        problem: Its objective runs one of the list.
        backend: Stands for the list; without one of its own it is `initial`.
        loaded: The study, and its past.
        n_trials: How many trials it has in all; None for those that are given.
        observers: Are told of each trial.
        initial: What is left of the list.
    """
    with muted(*LOGGERS), ExitStack() as failing:
        if loaded.recorder is not None:
            failing.callback(loaded.recorder.close)
        study = Study(
            problem,
            backend,
            Budget(n_trials=n_trials, max_seconds=None),
            translation=MANUAL.translate(problem.space, {}),
            loaded=loaded,
            policy=Policy(max_failures=None, retries=1),
            initial=initial,
            observers=Observers(observers),
            pruner=None,
            adjust=(),
            stop=(),
        )
        failing.pop_all()
    return study
