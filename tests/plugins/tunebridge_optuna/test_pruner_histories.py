"""A pruner decides on any history of reports as in Optuna's own study, in Optuna's own storage."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

import optuna
import pytest
from optuna.trial import TrialState

import tunebridge as tb

pytestmark = pytest.mark.usefixtures("quiet_libraries")

RECORD = tb.TrialRecord(
    number=0,
    state=tb.TrialState.COMPLETE,
    params={},
    values=None,
    backend="b",
    told="",
    error=None,
    seed=0,
    started=datetime.now(UTC),
    finished=None,
    sampler_seconds=0.0,
    objective_seconds=0.0,
)

VALUES = [0.0, -0.0, 0.25, 0.5, 0.5, 1.0, 1.5, 2.0, float("nan")]
"""What is reported: many ties, and now and then no number."""

OPTIONS: list[tuple[str, dict[str, Any]]] = [
    ("median", {}),
    ("median", {"n_startup_trials": 0, "n_min_trials": 4}),
    ("median", {"n_startup_trials": 2, "n_warmup_steps": 2, "interval_steps": 3}),
    ("percentile", {"percentile": 0.0, "n_startup_trials": 1}),
    ("percentile", {"percentile": 33.3, "n_startup_trials": 1}),
    ("percentile", {"percentile": 100.0, "n_startup_trials": 1, "n_min_trials": 2}),
    ("asha", {"min_resource": 1, "reduction_factor": 2}),
    ("hyperband", {"min_resource": 1, "max_resource": 9, "reduction_factor": 3}),
]

NATIVE: dict[str, Any] = {
    "median": optuna.pruners.MedianPruner,
    "percentile": optuna.pruners.PercentilePruner,
    "asha": optuna.pruners.SuccessiveHalvingPruner,
    "hyperband": optuna.pruners.HyperbandPruner,
}


class Pair:
    """One history, told to a pruner of tunebridge and to a study of Optuna's."""

    def __init__(
        self, name: str, options: dict[str, Any], direction: Literal["minimize", "maximize"], seed: int
    ) -> None:
        request = tb.PrunerRequest(direction=tb.Direction(direction), options=options, study_name="s")
        self.pruner = tb.pruner(name).spec.open(request)
        self.study = optuna.create_study(
            study_name="s", direction=direction, pruner=NATIVE[name](**options), sampler=None
        )
        self.draw = random.Random(seed)
        self.running: dict[int, tuple[optuna.Trial, list[int]]] = {}
        self.decisions: list[tuple[bool, bool]] = []

    def step(self) -> None:
        """Begin a trial, let one report, or end one."""
        if len(self.running) < self.draw.randint(1, 3):
            native = self.study.ask()
            steps = list(range(self.draw.randint(0, 9)))
            if self.draw.random() < 0.3:
                self.draw.shuffle(steps)
            self.running[native.number] = native, steps
            return
        number = self.draw.choice(list(self.running))
        native, steps = self.running[number]
        if not steps:
            self.end(number, self.draw.choice([tb.TrialState.COMPLETE] * 3 + [tb.TrialState.FAILED]))
            return
        step, value = steps.pop(0), self.draw.choice(VALUES)
        native.report(value, step)
        wanted = native.should_prune()
        found = self.pruner.report(tb.Trial({}, number=number, seed=0), step, value)
        self.decisions.append((found is tb.Decision.PRUNE, wanted))
        if wanted and self.draw.random() < 0.8:
            self.end(number, tb.TrialState.PRUNED)

    def end(self, number: int, state: tb.TrialState) -> None:
        native, _ = self.running.pop(number)
        value = self.draw.random() if state is tb.TrialState.COMPLETE else None
        states = {tb.TrialState.PRUNED: TrialState.PRUNED, tb.TrialState.FAILED: TrialState.FAIL}
        self.study.tell(native, value, states.get(state))
        values = None if value is None else (value,)
        self.pruner.finish(replace(RECORD, number=number, state=state, values=values))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of a step at which nothing but NaN was told
@pytest.mark.parametrize("direction", ["minimize", "maximize"])
@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_every_decision_is_optunas_whatever_was_reported_before(
    name: str, options: dict[str, Any], direction: Literal["minimize", "maximize"]
) -> None:
    told: set[bool] = set()
    for seed in range(3):
        pair = Pair(name, options, direction, seed)
        for _ in range(250):
            pair.step()
        assert [found for found, _ in pair.decisions] == [wanted for _, wanted in pair.decisions]
        told |= {wanted for _, wanted in pair.decisions}
    assert told == {True, False}
