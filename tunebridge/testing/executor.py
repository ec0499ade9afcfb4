"""What every executor promises, as tests; the cases come from what it declares that it can do."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import base64
import functools
import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudpickle
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
from tunebridge.testing.executor_links import LinksContract
from tunebridge.testing.executor_order import OrderContract
from tunebridge.testing.executor_script import SCRIPT, STARTS
from tunebridge.testing.executor_studies import Objective, course, errors, strict_pruner

COMPLETE, PRUNED, FAILED = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED


class ExecutorContract(
    ChildrenContract,
    EndingContract,
    LimitsContract,
    LinksContract,
    OrderContract,
    CheckpointContract,
    DevicesContract,
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
            assert "executor.py" in found[number]
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

    def test_choices_may_be_objects_of_the_users_own_classes(self, chosen: ChosenExecutor) -> None:
        """Call a method of the choice in the objective; the record holds the declared object itself."""

        class Layer:
            def __init__(self, width: int) -> None:
                self.width = width

            def area(self) -> int:
                return self.width**2

        layers = {"narrow": Layer(2), "wide": Layer(5)}
        space = Space(layer=tb.Categorical(layers), kind=tb.Constant(Layer))

        def train(trial: Trial) -> float:
            trial.keep("is own", isinstance(trial["layer"], trial["kind"]))
            return float(trial["layer"].area())

        result = self.tune(chosen, train, space=space)
        assert {trial.value for trial in result.trials} <= {4.0, 25.0}
        for trial in result.trials:
            assert trial.params["layer"] in layers.values()
            assert trial.value == trial.params["layer"].area()
            assert trial.artifact("is own")

    @pytest.mark.parametrize("kind", ["lambda", "closure", "partial", "method", "instance"])
    def test_every_kind_of_callable_is_an_objective(self, chosen: ChosenExecutor, kind: str) -> None:
        """Wrap the same sum in each."""
        summand = 10.0

        class Holder:
            def method(self, trial: Trial) -> float:
                return float(trial["x"] + summand)

            def __call__(self, trial: Trial) -> float:
                return self.method(trial)

        def closure(trial: Trial) -> float:
            return float(trial["x"] + summand)

        objectives: dict[str, Objective] = {
            "lambda": lambda trial: trial["x"] + 10.0,
            "closure": closure,
            "partial": functools.partial(lambda more, trial: trial["x"] + more, summand),
            "method": Holder().method,
            "instance": Holder(),
        }
        result = self.tune(chosen, objectives[kind], n_trials=2)
        assert [trial.value for trial in result.trials] == [trial.params["x"] + 10 for trial in result.trials]

    @pytest.mark.parametrize("start", STARTS)
    def test_functions_and_classes_of_the_main_script_are_taken(
        self, chosen: ChosenExecutor, tmp_path: Path, start: str
    ) -> None:
        """Run a script that has no `if __name__ == "__main__"`, and one that tunes in a child."""
        script = tmp_path / "script.py"
        script.write_text(SCRIPT + STARTS[start], "utf-8")
        given = cloudpickle.dumps((chosen.spec.name, dict(chosen.options), self.learning()))
        command = [sys.executable, str(script), base64.b64encode(given).decode()]
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert (run.returncode, run.stdout) == (0, "by hand\n"), run.stderr

    def test_observers_pruners_and_rules_are_called_in_the_thread_of_the_study(
        self, chosen: ChosenExecutor
    ) -> None:
        """Note process and thread of each call."""
        watch = Watch()

        def train(trial: Trial) -> float:
            trial.report(1.0)
            return 1.0

        self.tune(chosen, train, n_trials=4, n_jobs=self.jobs(chosen), observers=[watch], adjust=[watch.rule])
        assert watch.hooks == {"started": 1, "begun": 4, "reported": 4, "finished": 4, "ended": 1, "rule": 4}
        assert watch.places == {(os.getpid(), threading.get_ident())}

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


class Watch:
    """Notes what is called, and where."""

    def __init__(self) -> None:
        """Begin with no calls."""
        self.hooks = dict.fromkeys(("started", "begun", "reported", "finished", "ended", "rule"), 0)
        self.places: set[tuple[int, int]] = set()

    def _note(self, name: str) -> None:
        self.hooks[name] += 1
        self.places.add((os.getpid(), threading.get_ident()))

    @tb.hookimpl
    def tunebridge_study_started(self) -> None:
        """Note it."""
        self._note("started")

    @tb.hookimpl
    def tunebridge_trial_started(self) -> None:
        """Note it."""
        self._note("begun")

    @tb.hookimpl
    def tunebridge_trial_reported(self) -> None:
        """Note it."""
        self._note("reported")

    @tb.hookimpl
    def tunebridge_trial_finished(self) -> None:
        """Note it."""
        self._note("finished")

    @tb.hookimpl
    def tunebridge_study_finished(self) -> None:
        """Note it."""
        self._note("ended")

    def rule(self, training: tb.Training) -> None:
        """Note a report."""
        self._note("rule")


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
