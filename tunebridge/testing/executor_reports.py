"""What every executor promises about what passes between a trial and its study at a report."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import ChosenExecutor, Trial, TrialState
from tunebridge.testing.executor_studies import Running, strict_pruner

COMPLETE, PRUNED, FAILED = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED


class ReportsContract(Running):
    """The promises about reports and their answers; `ExecutorContract` includes them."""

    def test_a_decision_to_prune_ends_the_objective_at_its_report(self, chosen: ChosenExecutor) -> None:
        """Let one trial through, and look at another when the exception comes."""

        def train(trial: Trial) -> float:
            try:
                trial.report(float(trial.number))
            except tb.TrialPruned:
                trial.keep("pruned", trial.should_prune())
                raise
            trial.keep("after", trial.should_prune())
            return 1.0

        result = self.tune(chosen, train, n_trials=2, pruner=strict_pruner())
        assert [trial.state for trial in result.trials] == [COMPLETE, PRUNED]
        assert [dict(trial.artifacts) for trial in result.trials] == [{"after": False}, {"pruned": True}]

    def test_a_trial_that_was_told_to_stop_is_pruned_whatever_it_raises_then(
        self, chosen: ChosenExecutor
    ) -> None:
        """Wrap the exception, raise another one, or return after an answer that did not raise."""

        def train(trial: Trial) -> float:
            if trial.number == 3:
                trial.report(1.0, raises=False)
                return 2.0 if trial.should_prune() else 3.0
            try:
                trial.report(float(trial.number))
            except tb.TrialPruned as error:
                raise [RuntimeError, OSError][trial.number - 1]("wrapped") from error
            raise ValueError("not told to stop")

        result = self.tune(chosen, train, n_trials=4, pruner=strict_pruner())
        assert [trial.state for trial in result.trials] == [FAILED, PRUNED, PRUNED, PRUNED]
        assert [dict(trial.notes) for trial in result.trials] == [{}, {}, {}, {"returned": 2.0}]

    def test_changed_params_reach_the_objective_by_report_by_yield_and_in_place(
        self, chosen: ChosenExecutor
    ) -> None:
        """Change a param at the second report."""

        def train(trial: Trial) -> Any:
            if trial.number == 0:
                heard: list[Any] = [trial.report(1.0), trial.report(0.5)]
                trial.keep("heard", [*heard, trial["x"]])
                return 1.0
            return by_yield(trial)

        def by_yield(trial: Trial) -> Iterator[float]:
            heard: list[Any] = []
            heard.append((yield 1.0))
            heard.append((yield 0.5))
            trial.keep("heard", [*heard, trial["x"]])

        def rule(training: tb.Training) -> dict[str, Any] | None:
            return {"x": 0.25} if len(training.reports) == 2 else None

        result = self.tune(chosen, train, n_trials=2, adjust=[rule])
        assert [trial.artifact("heard") for trial in result.trials] == [[None, {"x": 0.25}, 0.25]] * 2
        assert [len(trial.schedule) for trial in result.trials] == [1, 1]

    @pytest.mark.parametrize("wrong", ["nan", "text", "step", "opaque"])
    def test_a_report_that_breaks_a_rule_raises_in_the_objective(
        self, chosen: ChosenExecutor, wrong: str
    ) -> None:
        """Catch the error there, report what is right, and go on."""

        def train(trial: Trial) -> float:
            trial.report(1.0, step=3)
            given = {"nan": float("nan"), "text": "high", "opaque": threading.Lock()}.get(wrong, 0.5)
            try:
                trial.report(given, step=-1 if wrong == "step" else 4)
            except tb.ReportError as error:
                trial.keep("error", str(error))
            trial.report(0.25)
            return 1.0

        (trial,) = self.tune(chosen, train, n_trials=1).trials
        assert {"step": "from 0"}.get(wrong, "finite number") in trial.artifact("error")
        assert [(report.step, report.value) for report in trial.reports] == [(3, 1.0), (4, 0.25)]
