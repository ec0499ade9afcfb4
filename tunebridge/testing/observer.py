"""What every observer promises that keeps a run per trial: a tracker."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import ChosenObserver, Problem, Result, Space, Training, Trial, TrialRecord, TrialState
from tunebridge.stores.memory import MemoryStore
from tunebridge.testing.observer_studies import Tracked, go_on, kill, saving, train, tune

COMPLETE, PRUNED, FAILED = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED

ENDS = (COMPLETE, FAILED, PRUNED, COMPLETE)
"""How the trials of `train` end, again and again."""

AWKWARD = Space(
    {
        "a b/c?'\"": tb.Float(0.1, 1.0),
        'a b/c??"': tb.Int(1, 3),
        "nothing": tb.Categorical([None]),
        "nested": tb.Categorical([{"deep": {"er": 1}, "list": [1, None]}]),
        "long": tb.Categorical(["x" * 20_000]),
        "inf": tb.Categorical([float("inf")]),
        "class": tb.Categorical({"dict": dict}),
        "_under/../score": tb.Categorical([True]),
        "größe": tb.Categorical(["ß"]),
    }
)
"""Names and values that some tracker refuses."""


class ObserverContract:
    """The promises of one tracker.

    Subclass it in a test module; override the fixtures `observer` and `broken`, and `tracked`.
    """

    @pytest.fixture
    def observer(self, tmp_path: Path) -> ChosenObserver:
        """Return the observer, with options that JSON has, whose store is in a temporary place. Override."""
        raise NotImplementedError("override the fixture `observer` of ObserverContract")

    @pytest.fixture
    def broken(self, tmp_path: Path) -> ChosenObserver:
        """Return the observer with a store that cannot be opened. Override this."""
        raise NotImplementedError("override the fixture `broken` of ObserverContract")

    def tracked(self, observer: ChosenObserver) -> Sequence[Tracked]:
        """Return what the store shows, read with the tracker's own client. Override this."""
        raise NotImplementedError("override `tracked` of ObserverContract")

    def storage(self, folder: Path) -> str:
        """Return the URL of a new store of studies."""
        return f"sqlite:///{folder}/study.db"

    @pytest.mark.parametrize("executor", ["inline", "threads", "processes"])
    def test_each_trial_has_one_run_that_ends_as_it_did(
        self, observer: ChosenObserver, executor: str
    ) -> None:
        """Compare each run with its trial's record; the objective gets the run's id, wherever it runs."""
        result = tune(train, observer, executor=executor, n_jobs=1 if executor == "inline" else 2)
        assert [trial.state for trial in result.trials] == [*ENDS, *ENDS[:2]]
        runs = self._runs(observer, result)
        assert [run.id for run in runs] == [
            trial.notes["links"][observer.spec.name] for trial in result.trials
        ]
        assert len({run.id for run in runs}) == len(runs)

    def test_params_that_change_while_a_trial_trains_are_drawn(self, observer: ChosenObserver) -> None:
        """Halve one param after each report."""

        def halve(training: Training) -> dict[str, float]:
            return {"x": max(training.params["x"] / 2, 0.1)}

        def plain(trial: Trial) -> Any:
            for _ in range(4):
                yield trial["x"]

        result = tune(plain, observer, adjust=[halve], n_trials=2)
        for run, trial in zip(self._runs(observer, result), result.trials, strict=True):
            wanted = {(change.step, change.name): change.value for change in trial.changes}
            drawn = {(step, name): value for step, name, value in run.changes}
            assert wanted
            assert drawn == pytest.approx(wanted, rel=1e-5)

    def test_a_trial_that_begins_anew_has_a_second_run_and_the_first_is_killed(
        self, observer: ChosenObserver
    ) -> None:
        """Interrupt a study, and go on with it."""
        store = MemoryStore()
        interrupted = tune(train, Interrupt(3), observer, storage=store, study="s")
        assert interrupted.stop_reason == "interrupted"
        result = tune(train, observer, storage=store, study="s")
        again = [trial.number for trial in result.trials if trial.attempt]
        assert again == [3]
        runs = self.tracked(observer)
        (first,) = [run for run in runs if run.number == 3 and run.attempt == 0]
        assert first.state is TrialState.INTERRUPTED
        self._compare([run for run in runs if run is not first], result)

    def test_a_trial_that_goes_on_from_a_checkpoint_goes_on_in_its_run(
        self, observer: ChosenObserver, tmp_path: Path
    ) -> None:
        """Interrupt a study whose trials write checkpoints, and go on with it."""
        store = MemoryStore()
        settings: dict[str, Any] = {"storage": store, "study": "s", "checkpoints": tmp_path / "checkpoints"}
        tune(saving, Interrupt(3, step=2), observer, **settings)
        result = tune(saving, observer, **settings)
        assert [trial.attempt for trial in result.trials] == [0, 0, 0, 1, 0, 0]
        self._runs(observer, result)

    def test_after_a_kill_every_run_has_ended_as_its_trial_has(
        self, observer: ChosenObserver, tmp_path: Path
    ) -> None:
        """Kill the study's process in the middle of a trial, and go on: the trial begins anew."""
        result = self._killed(observer, tmp_path, save=False)
        runs = self.tracked(observer)
        (first,) = [run for run in runs if run.number == 3 and run.attempt == 0]
        assert first.state is TrialState.INTERRUPTED
        self._compare([run for run in runs if run is not first], result)

    def test_after_a_kill_a_trial_with_a_checkpoint_goes_on_in_its_run(
        self, observer: ChosenObserver, tmp_path: Path
    ) -> None:
        """Kill the study's process in the middle of a trial, and go on from there."""
        self._runs(observer, self._killed(observer, tmp_path, save=True))

    def test_a_trial_whose_process_is_killed_has_one_run_that_failed(self, observer: ChosenObserver) -> None:
        """Kill the slot of one trial after its first report."""

        def die(trial: Trial) -> Any:
            yield trial["x"]
            if trial.number == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            yield trial["x"]

        result = tune(die, observer, n_trials=3, executor="processes", n_jobs=2)
        assert [trial.state for trial in result.trials] == [COMPLETE, FAILED, COMPLETE]
        self._runs(observer, result)

    def test_names_and_values_that_a_tracker_refuses_lose_nothing(
        self, observer: ChosenObserver, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Report metrics and notes with odd names, and search odd params; two names never become one."""

        def odd(trial: Trial) -> Any:
            trial.note("a/b?", {"nan": float("nan"), "text": "x" * 20_000})
            yield {"final/value": 2.0, "loss": 1.0, "loss?": 3.0, "loss*": 4.0}

        problem = Problem(odd, AWKWARD, metric="loss")
        result = tb.tune(problem, backend="sklearn:random", n_trials=2, seed=0, observers=[observer])
        assert [trial.state for trial in result.trials] == [COMPLETE] * 2
        runs = sorted(self.tracked(observer), key=lambda run: run.number)
        assert [(run.state, run.value, run.curve) for run in runs] == [(COMPLETE, 1.0, ((0, 1.0),))] * 2
        for run, trial in zip(runs, result.trials, strict=True):
            texts = [*run.params.values()]
            assert len(run.params) == len(AWKWARD.nodes) + 1
            for wanted in (str(trial.params['a b/c??"']), "None", "dict", "ß", "True", "inf"):
                assert wanted in texts
            assert any(text.startswith("xxx") for text in texts)
        assert not [one for one in caplog.records if one.levelno >= logging.ERROR]

    def test_two_studies_of_one_name_do_not_share_runs(self, observer: ChosenObserver) -> None:
        """Run one study in memory twice."""
        results = [tune(train, observer, n_trials=2) for _ in range(2)]
        assert results[0].study == results[1].study
        runs = self.tracked(observer)
        assert len({run.id for run in runs}) == len(runs) == 4
        assert sorted(run.number for run in runs) == [0, 0, 1, 1]

    def test_a_store_that_fails_loses_no_trial(
        self, broken: ChosenObserver, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Follow a study with an observer whose store cannot be opened."""
        result = tune(train, broken)
        assert len(result.trials) == 6
        assert not any(trial.notes["links"] for trial in result.trials)
        (report,) = [one for one in caplog.records if "is dropped for this study" in one.getMessage()]
        assert broken.spec.name in report.getMessage()

    def test_an_option_that_it_has_not_is_refused(self, observer: ChosenObserver) -> None:
        """Misspell an option."""
        with pytest.raises(tb.OptionError, match="no option 'experimint'"):
            tb.observer(observer, experimint="x")

    def _killed(self, observer: ChosenObserver, folder: Path, *, save: bool) -> Result:
        """Return a study whose process was killed in its fourth trial, and that has gone on."""
        url = self.storage(folder)
        kill(observer, folder, url, save)
        result = go_on(observer, folder, url, save)
        assert [trial.attempt for trial in result.trials] == [0, 0, 0, 1, 0, 0]
        return result

    def _runs(self, observer: ChosenObserver, result: Result) -> list[Tracked]:
        """Return the runs by number, compared with the trials of a study."""
        return self._compare(self.tracked(observer), result)

    def _compare(self, runs: Sequence[Tracked], result: Result) -> list[Tracked]:
        """Check that there is one run per trial, and that each shows what its trial's record says."""
        ordered = sorted(runs, key=lambda run: run.number)
        assert [run.number for run in ordered] == [trial.number for trial in result.trials]
        for run, trial in zip(ordered, result.trials, strict=True):
            _compare(run, trial)
        return ordered


class Interrupt:
    """Presses Ctrl-C, as it were, at a report of one trial.

    Args:
        number: Of the trial.
        step: Of the report.
    """

    def __init__(self, number: int, step: int = 1) -> None:
        """Hold what is awaited."""
        self._number, self._step = number, step

    @tb.hookimpl
    def tunebridge_trial_reported(self, trial: Trial, report: tb.Report) -> None:
        """Press it."""
        if (trial.number, report.step) == (self._number, self._step):
            raise KeyboardInterrupt


def _compare(run: Tracked, trial: TrialRecord) -> None:
    where = f"trial {trial.number}"
    assert (run.attempt, run.state) == (trial.attempt, trial.state), where
    assert {name: text for name, text in run.params.items() if name != "x"} == {
        name: str(value) for name, value in trial.params.items() if name != "x"
    }, where
    assert float(run.params["x"]) == pytest.approx(trial.params["x"]), where
    assert [step for step, _ in run.curve] == [report.step for report in trial.reports], where
    assert [value for _, value in run.curve] == pytest.approx(
        [report.value for report in trial.reports], rel=1e-6
    ), where
    assert run.value == (None if trial.value is None else pytest.approx(trial.value, rel=1e-6)), where
