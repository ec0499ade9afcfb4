"""A store that fails in the middle of a study: what stops, what is lost, and what is said."""

import math
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.testing import MemoryStore

SPACE = tb.Space(x=tb.Float(0, 1))


class FailingStore(MemoryStore):
    """Fails at one kind of event, and at every event after it, until it is mended."""

    def __init__(self, fails_at: Callable[[tb.Event], bool]) -> None:
        super().__init__()
        self.fails_at = fails_at
        self.is_failing = False
        self.n_refused = 0

    def append(self, event: tb.Event) -> None:
        self.is_failing |= self.fails_at(event)
        if self.is_failing:
            self.n_refused += 1
            raise tb.StoreError("the disk is full", hint="make room")
        super().append(event)

    def mend(self) -> None:
        self.fails_at, self.is_failing = (lambda event: False), False


def train(trial: tb.Trial) -> Any:
    for step in range(3):
        yield trial["x"] * (3 - step)


PROBLEM = tb.Problem(train, SPACE)
SETTINGS: dict[str, Any] = {"backend": "optuna:tpe", "study": "s", "seed": 0, "n_trials": 6}


def ends(number: int) -> Callable[[tb.Event], bool]:
    return lambda event: isinstance(event, tb.TrialEnded) and event.trial.number == number


def begins(number: int) -> Callable[[tb.Event], bool]:
    return lambda event: isinstance(event, tb.TrialBegan) and event.trial.number == number


def reports(number: int) -> Callable[[tb.Event], bool]:
    return lambda event: isinstance(event, tb.TrialReported) and event.trial.number == number


@pytest.mark.parametrize("fails_at", [ends(3), reports(3)], ids=["end", "report"])
def test_a_trial_that_is_not_durable_stops_the_study_and_stays_in_the_result(
    fails_at: Callable[[tb.Event], bool],
) -> None:
    store = FailingStore(fails_at)
    with pytest.raises(tb.StudyFailedError, match="trial 3 is not durable: the disk is full") as caught:
        tb.tune(PROBLEM, storage=store, **SETTINGS)
    assert "make room" in caught.value.hint
    assert isinstance(caught.value.__cause__, tb.StoreError)
    result = caught.value.result
    assert [trial.state.name for trial in result.trials] == ["COMPLETE"] * 4
    assert result.stop_reason == "failed"
    assert [trial.state.name for trial in tb.load_study(store, "s").trials] == ["COMPLETE"] * 3 + ["RUNNING"]


class GroupingStore(MemoryStore):
    """Takes reports in groups, and holds the first report back until it is told to go on."""

    def __init__(self, fails: bool = False) -> None:
        super().__init__()
        self.fails = fails
        self.sizes: list[int] = []
        self.begun, self.gate = threading.Event(), threading.Event()

    def append(self, event: tb.Event) -> None:
        if isinstance(event, tb.TrialReported):
            self.sizes.append(1)
            self.begun.set()
            assert self.gate.wait(20)
        super().append(event)

    def append_reports(self, reported: Sequence[tb.TrialReported]) -> None:
        self.sizes.append(len(reported))
        if self.fails:
            raise tb.StoreError("the disk is full", hint="make room")
        for event in reported:
            super().append(event)


def piling_up(store: GroupingStore) -> tb.Problem:
    def objective(trial: tb.Trial) -> float:
        trial.report(0.0, 0)
        assert store.begun.wait(20)
        for step in (3, 1, 2):
            trial.report(float(step), step)
        store.gate.set()
        return 1.0

    return tb.Problem(objective, SPACE)


def test_reports_that_pile_up_are_written_together_where_a_store_can() -> None:
    store = GroupingStore()
    tb.tune(piling_up(store), storage=store, **{**SETTINGS, "n_trials": 1})
    assert store.sizes == [1, 3]
    (loaded,) = tb.load_study(store, "s").trials
    assert [report.step for report in loaded.reports] == [0, 3, 1, 2]


def test_a_group_of_reports_that_cannot_be_written_ends_the_study_as_one_does() -> None:
    store = GroupingStore(fails=True)
    with pytest.raises(tb.StudyFailedError, match="trial 0 is not durable: the disk is full"):
        tb.tune(piling_up(store), storage=store, **{**SETTINGS, "n_trials": 1})
    (loaded,) = tb.load_study(store, "s").trials
    assert [report.step for report in loaded.reports] == [0]


def test_a_trial_that_cannot_be_noted_is_not_begun() -> None:
    store = FailingStore(begins(2))
    with pytest.raises(tb.StudyFailedError, match="trial 2 was not begun: the disk is full") as caught:
        tb.tune(PROBLEM, storage=store, **SETTINGS)
    assert [trial.number for trial in caught.value.result.trials] == [0, 1]


def test_nothing_is_written_after_a_write_has_failed() -> None:
    store = FailingStore(ends(3))
    study = tb.open_study(PROBLEM, storage=store, **SETTINGS)
    open_trials = [study.ask() for _ in range(5)]
    for trial in open_trials[:3]:
        assert trial is not None
        study.tell(trial, 1.0)
    last = open_trials[3]
    assert last is not None
    with pytest.raises(tb.StudyFailedError):
        study.tell(last, 1.0)
    study.close()
    assert store.n_refused == 1
    assert [trial.state.name for trial in study.result.trials] == ["COMPLETE"] * 4 + ["INTERRUPTED"]


def test_a_study_goes_on_exactly_when_its_store_is_mended() -> None:
    whole = tb.tune(PROBLEM, **SETTINGS)
    store = FailingStore(ends(3))
    with pytest.raises(tb.StudyFailedError):
        tb.tune(PROBLEM, storage=store, **SETTINGS)
    store.mend()
    result = tb.tune(PROBLEM, storage=store, **SETTINGS)
    assert [trial.params for trial in result.trials] == [trial.params for trial in whole.trials]
    assert [trial.attempt for trial in result.trials] == [0, 0, 0, 1, 0, 0]


@pytest.mark.parametrize("kind", [tb.StudyCreated, tb.SegmentBegan])
def test_a_store_that_fails_at_once_is_an_error_of_its_own(kind: type) -> None:
    store = FailingStore(lambda event: isinstance(event, kind))
    with pytest.raises(tb.StoreError, match="the disk is full"):
        tb.tune(PROBLEM, storage=store, **SETTINGS)
    store.mend()
    assert len(tb.tune(PROBLEM, storage=store, **SETTINGS).trials) == 6


def test_a_failing_trial_is_stored_with_its_params_and_traceback() -> None:
    def failing(trial: tb.Trial) -> float:
        if trial.number == 1:
            raise ValueError("not today")
        return float("nan") if trial.number == 2 else 1.0

    store = MemoryStore()
    result = tb.tune(tb.Problem(failing, SPACE), storage=store, **SETTINGS)
    loaded = tb.load_study(store, "s").trials
    assert loaded == result.trials
    assert [trial.state.name for trial in loaded[:3]] == ["COMPLETE", "FAILED", "FAILED"]
    assert "not today" in str(loaded[1].error)
    assert "in failing" in str(loaded[1].error)
    assert "finite" in str(loaded[2].error)


def test_ten_failures_in_a_row_are_all_stored() -> None:
    def failing(trial: tb.Trial) -> float:
        raise ValueError(trial.number)

    store = MemoryStore()
    with pytest.raises(tb.StudyFailedError, match="10 trials in a row failed"):
        tb.tune(tb.Problem(failing, SPACE), storage=store, **{**SETTINGS, "n_trials": 50})
    assert [trial.state.name for trial in tb.load_study(store, "s").trials] == ["FAILED"] * 10


def test_an_exception_that_is_let_through_is_stored_first() -> None:
    def failing(trial: tb.Trial) -> float:
        raise ValueError(trial.number)

    store = MemoryStore()
    with pytest.raises(ValueError, match="0"):
        tb.tune(tb.Problem(failing, SPACE), storage=store, on_error="raise", **SETTINGS)
    assert [trial.state.name for trial in tb.load_study(store, "s").trials] == ["FAILED"]


@pytest.mark.parametrize("executor", [None, "threads"])
@pytest.mark.parametrize("scheme", ["sqlite", "journal", "jsonlines"])
def test_notes_come_back_from_a_store_however_the_trial_ended(
    scheme: str, executor: str | None, tmp_path: Path
) -> None:
    def noting(trial: tb.Trial) -> float:
        trial.note("begun", {"number": trial.number, "scores": [0.1 + 0.2, math.nan, -math.inf]})
        trial.report(float(trial.number))
        trial.note("reported", None)
        if trial.number == 2:
            raise ValueError("not today")
        return 1.0

    slashes = ":" if scheme == "jsonlines" else ":///"
    url, pruner = f"{scheme}{slashes}{tmp_path}/notes", tb.pruner("threshold", upper=3.5)
    result = tb.tune(
        tb.Problem(noting, SPACE),
        storage=url,
        pruner=pruner,
        executor=executor,
        **{**SETTINGS, "n_trials": 5},
    )
    states = [trial.state.name for trial in result.trials]
    assert states == ["COMPLETE", "COMPLETE", "FAILED", "COMPLETE", "PRUNED"]
    notes = [
        {"begun": {"number": number, "scores": [0.1 + 0.2, math.nan, -math.inf]}, "reported": None}
        for number in range(5)
    ]
    del notes[4]["reported"]
    assert repr([dict(trial.notes) for trial in result.trials]) == repr(notes)
    loaded = tb.load_study(url, "s").trials
    assert repr([dict(trial.notes) for trial in loaded]) == repr(notes)


def test_notes_of_a_history_are_kept_with_it() -> None:
    def noting(trial: tb.Trial) -> float:
        trial.note("x", trial["x"])
        return 1.0

    first = tb.tune(tb.Problem(noting, SPACE), backend="optuna:random", n_trials=3, seed=0)
    store = MemoryStore()
    tb.tune(tb.Problem(noting, SPACE), storage=store, history=first, **SETTINGS)
    stored = store.load("s")
    assert stored is not None
    imported = [trial for trial in stored.trials if trial.number is None]
    assert [trial.notes["notes"] for trial in imported] == [dict(trial.notes) for trial in first.trials]
