"""Random walks through an objective that was written for Optuna: the space that it suggests from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import optuna
from optuna.samplers import RandomSampler

from tunebridge import ProblemError, Space
from tunebridge.checks import is_int
from tunebridge.display.brief import brief
from tunebridge_optuna.facade.ended import ended
from tunebridge_optuna.facade.grown import GrownSpace
from tunebridge_optuna.quiet import quiet

SUGGESTIONS = {"suggest_float", "suggest_int", "suggest_categorical"}
"""What a walk goes through; at anything else of a trial it is over."""


class _WalkEnded(BaseException):
    """Leaves the objective; not an `Exception`, which the objective might catch."""


class _WalkingTrial:
    """A trial that draws at random, and of which nothing else may be asked."""

    def __init__(self, trial: optuna.Trial) -> None:
        self._suggest = {name: getattr(trial, name) for name in SUGGESTIONS}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._suggest:
            raise _WalkEnded
        return self._suggest[name]


def find_space(objective: Callable[[Any], Any], walks: int, seed: int) -> Space:
    """Return the space of an objective; `tunebridge_optuna.find_space` says what the arguments mean."""
    if not is_int(walks) or walks < 1:
        raise ProblemError(f"walks must be an integer >= 1, got {brief(walks)}")
    if not callable(objective):
        raise ProblemError(
            f"find_space takes an objective, got {brief(objective)}",
            hint="give the function that takes a trial, uncalled; of a study: tunebridge.read_space(study)",
        )
    found = GrownSpace(seed)
    with quiet():
        study = optuna.create_study(sampler=RandomSampler(seed=seed))
    for _ in range(walks):
        trial = study.ask()
        with suppress(_WalkEnded):
            objective(_WalkingTrial(trial))
        study.tell(trial, 0.0)
        found.take(ended(study.get_trials(deepcopy=False)[-1]))
    return found.space
