"""A stored study some of whose trials were wrong, and are excluded: what its backend proposes after that."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunebridge import Backend, Problem, Space, exclude, open_study
from tunebridge.stores.memory import MemoryStore
from tunebridge.study.study import Study
from tunebridge.testing.bowl import Bowl
from tunebridge.testing.dialogue import N_TRIALS, far_corner, near_corner

Params = Mapping[str, Any]

N_WRONG = 8
"""Trials that are wrong."""
WRONG = -10.0
"""How much better than all others they say they are, in the sign that makes lower better."""
STUDY = "with wrong trials"


def proposals_without_wrong_trials(
    chosen: Backend, space: Space, target: Params, seed: int, *, points: Sequence[Params], n_proposals: int
) -> list[Params]:
    """Return what is proposed once trials are excluded that lie at the corner opposite a target.

    Args:
        chosen: The backend.
        space: Its space; the values of all other trials are best at the target.
        target: One of its two corners.
        seed: The study's.
        points: The params of the other trials.
        n_proposals: How many proposals to return.
    """
    (opposite,) = [corner for corner in (far_corner(space), near_corner(space)) if corner != target]
    store, bowl = MemoryStore(), Bowl(space, target)
    initial = [*([opposite] * N_WRONG), *points]
    settings: dict[str, Any] = {
        "backend": chosen,
        "seed": seed,
        "storage": store,
        "study": STUDY,
        "initial": initial,
        "on_lossy": "warn",
        "n_trials": N_TRIALS,
    }
    problem = Problem(_never_called, space)
    with open_study(problem, **settings) as study:
        for number in range(len(initial)):
            trial = _asked(study)
            study.tell(trial, WRONG if number < N_WRONG else bowl(trial))
    assert exclude(store, STUDY, trials=range(N_WRONG), reason="wrong") == (*range(N_WRONG),)
    with open_study(problem, **settings) as study:
        proposals: list[Params] = [dict(_asked(study)) for _ in range(n_proposals)]
        assert study.result.best_trial.number >= N_WRONG
    return proposals


def _never_called(trial: Params) -> float:
    raise AssertionError(f"the values of {trial} are told")


def _asked(study: Study) -> Any:
    trial = study.ask()
    assert trial is not None, "the session is exhausted, and points of the space are left"
    return trial
