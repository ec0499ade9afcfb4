"""What every executor promises about what comes back of a trial."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import threading
from typing import Any

import pytest

from tunebridge import ChosenExecutor, Trial, TrialState
from tunebridge.registry.plugins import registry
from tunebridge.testing.executor_studies import Running, errors, strict_pruner

COMPLETE, PRUNED, FAILED = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED


class OutcomesContract(Running):
    """The promises about values, errors and what is kept; `ExecutorContract` includes them."""

    def test_an_exception_comes_back_with_its_type_its_message_and_its_line(
        self, chosen: ChosenExecutor
    ) -> None:
        """Raise one of the language, one of the objective's own, and one that cannot be sent as it is."""

        class MineError(Exception):
            pass

        class UnsendableError(Exception):
            def __init__(self, one: str, other: object) -> None:
                super().__init__(f"{one} and {other}")

        def train(trial: Trial) -> float:
            if trial.number == 0:
                return 1 / (trial.number * 0)
            if trial.number == 1:
                raise MineError("by hand")
            raise UnsendableError("a lock", threading.Lock())  # the third

        found = errors(self.tune(chosen, train, n_trials=3))
        words = [
            ["ZeroDivisionError", "1 / (trial.number * 0)"],
            ["MineError: by hand", 'raise MineError("by hand")'],
            ["UnsendableError: a lock and ", "# the third"],
        ]
        for number, expected in enumerate(words):
            assert all(word in found[number] for word in expected)
            assert "executor_outcomes.py" in found[number]
        with pytest.raises(ZeroDivisionError):
            self.tune(chosen, train, n_trials=1, on_error="raise")
        with pytest.raises(MineError, match="by hand"):
            self.tune(chosen, lambda trial: train(Trial({}, number=1, seed=0)), on_error="raise")

    @pytest.mark.parametrize("wrong", [float("nan"), None, {"loss": 1.0}, "low", [1.0]], ids=repr)
    def test_what_is_no_value_fails_its_trial(self, chosen: ChosenExecutor, wrong: Any) -> None:
        """Return it once, then a number."""

        def train(trial: Trial) -> Any:
            return wrong if trial.number == 0 else 1.0

        result = self.tune(chosen, train, n_trials=2)
        assert [trial.state for trial in result.trials] == [FAILED, COMPLETE]
        assert repr(wrong) in errors(result)[0]

    def test_several_objectives_come_back_in_order(self, chosen: ChosenExecutor) -> None:
        """Return two values."""
        backend = next(
            spec.name
            for spec in registry().backends.values()
            if spec.capabilities.multi_objective and not spec.capabilities.finite
        )
        result = self.tune(
            chosen,
            lambda trial: (trial["x"], -trial["n"]),
            direction=["minimize", "maximize"],
            backend=backend,
        )
        assert [trial.values for trial in result.trials] == [
            (trial.params["x"], -trial.params["n"]) for trial in result.trials
        ]

    def test_what_is_kept_comes_back_also_from_trials_that_do_not_complete(
        self, chosen: ChosenExecutor
    ) -> None:
        """Keep a megabyte, and raise, prune or return."""

        def train(trial: Trial) -> float:
            trial.keep("weights", bytes([trial.number]) * 2**20)
            if trial.number == 1:
                raise ValueError("after keeping")
            trial.report(float(trial.number))
            return 1.0

        result = self.tune(chosen, train, n_trials=3, pruner=strict_pruner())
        assert [trial.state for trial in result.trials] == [COMPLETE, FAILED, PRUNED]
        for trial in result.trials:
            assert trial.artifact("weights") == bytes([trial.number]) * 2**20

    def test_what_cannot_be_sent_is_kept_or_fails_its_trial_by_name(self, chosen: ChosenExecutor) -> None:
        """Keep a lock beside a number."""

        def train(trial: Trial) -> float:
            trial.keep("score", 1)
            trial.keep("guard", threading.Lock())
            return 1.0

        (trial,) = self.tune(chosen, train, n_trials=1).trials
        assert trial.state is COMPLETE or all(word in (trial.error or "") for word in ("'guard'", "lock"))
        assert "guard" in trial.artifacts or trial.state is FAILED
