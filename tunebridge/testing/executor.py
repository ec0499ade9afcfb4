"""What every executor promises, as tests; the cases come from what it declares that it can do."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import ChosenExecutor, Space, Trial, TrialState
from tunebridge.registry.plugins import registry
from tunebridge.stores.memory import MemoryStore
from tunebridge.testing.children import ChildrenContract
from tunebridge.testing.executor_checkpoints import CheckpointContract
from tunebridge.testing.executor_devices import DevicesContract
from tunebridge.testing.executor_endings import EndingContract
from tunebridge.testing.executor_limits import LimitsContract
from tunebridge.testing.executor_objectives import ObjectivesContract
from tunebridge.testing.executor_observers import ObserversContract
from tunebridge.testing.executor_order import OrderContract
from tunebridge.testing.executor_outcomes import OutcomesContract
from tunebridge.testing.executor_reports import ReportsContract
from tunebridge.testing.executor_studies import Objective, course, strict_pruner

COMPLETE, PRUNED, FAILED = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED


class ExecutorContract(
    ChildrenContract,
    EndingContract,
    LimitsContract,
    ObserversContract,
    OrderContract,
    CheckpointContract,
    DevicesContract,
    ObjectivesContract,
    OutcomesContract,
    ReportsContract,
):
    """The promises of one executor.

    Subclass it in a test module and override the fixture `executor`.
    """

    def test_its_spec_is_complete(self, chosen: ChosenExecutor) -> None:
        """Look it up by name, and read what the command line shows."""
        spec = chosen.spec
        assert registry().executors[spec.name] == spec
        assert spec.summary.strip() == spec.summary != ""
        assert len(set(spec.options)) == len(spec.options)

    def test_an_unknown_option_is_refused(self, chosen: ChosenExecutor) -> None:
        """Misspell an option."""
        with pytest.raises(tb.OptionError, match="no_such_option"):
            tb.executor(chosen.spec.name, no_such_option=1)

    def test_a_missing_library_is_named_with_the_command_that_brings_it(
        self, chosen: ChosenExecutor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Run a study as if nothing were installed."""
        if chosen.spec.requires:
            monkeypatch.setattr("tunebridge.dependencies.installed_version", lambda name: None)
            with pytest.raises(tb.MissingLibraryError, match="pip install") as caught:
                self.tune(chosen, _value)
            assert all(name in caught.value.message for name in (chosen.spec.name, *chosen.spec.requires))

    @pytest.mark.parametrize("case", ["plain", "pruner", "adjust", "stop", "duplicates", "yields"])
    def test_one_after_the_other_trials_are_the_same_as_inline(
        self, chosen: ChosenExecutor, case: str
    ) -> None:
        """Compare params, states, values, reports, changes, seeds, artifacts and notes of whole studies."""
        cases: dict[str, dict[str, Any]] = {
            "pruner": {"pruner": strict_pruner()},
            "adjust": {"adjust": [lambda training: {"x": training.params["x"] / 2}]},
            "stop": {"stop": [tb.Patience(3)]},
            "duplicates": {"on_duplicate": "reuse", "space": Space(x=tb.Ordinal([0.0, 0.5, 1.0]))},
        }
        settings = cases.get(case, {})
        objective = _mixed(yields=case == "yields")
        runs = [
            self.tune(executor, objective, **{"n_trials": 9, "backend": self.learning(), **settings})
            for executor in ("inline", chosen)
        ]
        assert course(runs[0]) == course(runs[1])
        assert runs[0].stop_reason == runs[1].stop_reason
        states = {trial.state for trial in runs[1].trials}
        assert states >= {FAILED, PRUNED if case == "pruner" else COMPLETE}
        assert (PRUNED in states) == (case == "pruner")

    def test_a_store_holds_what_the_result_holds(self, chosen: ChosenExecutor) -> None:
        """Run half of a study, then the other half, with trials of every end."""
        store = MemoryStore()
        settings: dict[str, Any] = {
            "storage": store,
            "study": "kept",
            "n_jobs": self.jobs(chosen),
            "pruner": strict_pruner(),
        }
        self.tune(chosen, _mixed(), n_trials=5, **settings)
        result = self.tune(chosen, _mixed(), n_trials=10, **settings)
        stored = store.load("kept")
        assert stored is not None
        assert sorted(trial.number for trial in stored.trials if trial.number is not None) == list(range(10))
        held = {trial.number: trial for trial in stored.trials}
        for trial in result.trials:
            there = held[trial.number]
            assert (there.state, there.values, there.reports) == (trial.state, trial.values, trial.reports)
            assert repr(there.notes["notes"]) == repr(dict(trial.notes))
            assert there.params == tb.to_natural(result.problem.space, trial.params)

    def test_its_progress_can_be_shown(
        self, chosen: ChosenExecutor, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Run with the view on; there is no terminal, so it writes lines."""
        self.tune(chosen, _value, n_jobs=self.jobs(chosen), progress=True)
        assert "6/6" in capsys.readouterr().err.replace(" ", "")


def _value(trial: Trial) -> float:
    return float(trial["x"])


def _mixed(*, yields: bool = False) -> Objective:
    """Return an objective whose trials end in different ways, and change their own params."""

    def train(trial: Trial) -> Iterator[float]:
        trial.keep("begin", (trial.number, trial.seed, dict(trial)))
        trial.limit("begin", trial.number, at_most=6)
        trial.note("begin", {"number": trial.number, "no number": [math.nan, -math.inf, None]})
        for step in range(3):
            yield trial["x"] + step
        if trial.number % 4 == 3:
            raise ValueError(f"trial {trial.number}")
        trial["x"] = -1.0
        trial.keep("end", dict(trial))
        trial.note("end", [trial["x"]])

    def call(trial: Trial) -> float:
        last = 0.0
        for last in train(trial):
            trial.report(last)
        return last if trial.number % 5 else float("nan")

    return train if yields else call
