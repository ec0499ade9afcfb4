"""Populations that die at any event of their store go on exactly, whatever explores or fails."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, partial
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tests.population.killed import killed
from tests.study.walking import N_STEPS, SPACE, Walk, course


class Failing(Walk):
    """Some members fail: at once, within an interval, or at the first step of one."""

    def trained(self, trial: tb.Trial, step: int) -> None:
        if (trial.number, step) in {(1, 4), (2, 0), (6, 5)}:
            raise RuntimeError("lost")


class Leaping(Walk):
    """Reports every fifth step only, so that intervals are over two or three at a time."""

    def __call__(self, trial: tb.Trial) -> float:  # type: ignore[override]
        place, first = 1.0, 4
        if trial.resumed:
            place = float((trial.resumed / "place").read_text("utf-8"))
            first = trial.resumed.step + 5
        for step in range(first, 5 * self.n_steps, 5):
            place -= trial["rate"] * (place - trial["x"]) / 2
            trial.report(place, step)
            with trial.checkpoint() as folder:
                (folder / "place").write_text(repr(place), "utf-8")
        return place


def tune(explore: str = "optuna:tpe", objective: Walk | None = None, **settings: Any) -> tb.Result:
    """Run two populations of four, with intervals of two steps."""
    problem = tb.Problem(objective or Walk(), SPACE)
    members = tb.Population(size=4, every=2, explore=explore)
    given = {"backend": "optuna:random", "n_trials": 8, "seed": 5, **settings}
    return tb.tune(problem, population=members, deterministic=True, **given)


RULE = tb.Schedule("rate", {3: 0.5, 6: 0.1})
RUNS: dict[str, Callable[..., tb.Result]] = {
    "learned": tune,
    "by another backend": partial(tune, "hyperopt:tpe"),
    "perturbed": partial(tune, "perturb"),
    "with a last checkpoint at its end": partial(tune, objective=Walk(n_steps=N_STEPS - 1)),
    "with few checkpoints": partial(tune, objective=Walk(every=2)),
    "leaping": partial(tune, objective=Leaping(n_steps=5)),
    "failing": partial(tune, objective=Failing()),
    "failing, perturbed": partial(tune, "perturb", objective=Failing()),
    "ruled": partial(tune, adjust=[RULE]),
    "ruled, perturbed": partial(tune, "perturb", adjust=[RULE]),
    "side by side": partial(tune, n_jobs=3, executor="threads"),
}

EVERY_EVENT = int(os.environ.get("TUNEBRIDGE_TEST_EVERY_EVENT", "9"))
"""Populations die at one of so many events, others for each kind; all of them (1) take half an hour."""


@cache
def whole(kind: str) -> list[Any]:
    """Return the course of a study that nobody kills."""
    return course(RUNS[kind]())


@pytest.mark.parametrize(("n_events", "kind"), list(zip(range(18, 29), RUNS, strict=True)))
def test_a_population_that_dies_again_and_again_ends_as_one_that_did_not(
    kind: str, n_events: int, tmp_path: Path
) -> None:
    result, n_died = killed(RUNS[kind], tmp_path / "c", repeat(n_events), is_late=n_events % 2 == 0)
    assert n_died >= 2
    assert course(result) == whole(kind)


@pytest.mark.slow
@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("kind", RUNS)
def test_a_population_that_dies_once_at_any_event_ends_as_one_that_did_not(
    kind: str, is_late: bool, tmp_path: Path
) -> None:
    n_events, n_died = len(kind) % EVERY_EVENT - EVERY_EVENT, 1
    while n_died:
        n_events = max(n_events + EVERY_EVENT, 1)
        result, n_died = killed(RUNS[kind], tmp_path / str(n_events), [n_events], is_late=is_late)
        assert course(result) == whole(kind), n_events
    assert n_events > 40


class Stopped(Walk):
    """Is stopped by hand once, when so many steps have been trained by all."""

    fingerprint_version = 1

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def fingerprint(self) -> dict[str, Any]:
        return {}

    def trained(self, trial: tb.Trial, step: int) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.mark.parametrize("n_trained", [33, 34, 70])
def test_members_that_copied_at_their_last_interval_go_on_to_their_end(
    n_trained: int, tmp_path: Path
) -> None:
    kept = {"storage": f"sqlite:///{tmp_path}/tune.db", "study": "stopped"}
    objective = Stopped(n_trained)
    stopped = tune("perturb", objective, **kept)
    assert tb.TrialState.INTERRUPTED in {trial.state for trial in stopped.trials}
    assert course(tune("perturb", objective, **kept)) == whole("perturbed")
