"""Studies that grow in real stores: what is there afterwards, for whom, and after a kill in the middle."""

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages import JournalStorage, RDBStorage

import tunebridge as tb
from tests.stores.killed_growing import HAD, LARGE, POINTS, SMALL, grow, objective, tune
from tunebridge.testing import MemoryStore
from tunebridge.testing.store_events import stored_study
from tunebridge_optuna.records import SEGMENT

SCRIPT = Path(__file__).with_name("killed_growing.py")
STORES = ("sqlite", "journal", "postgresql", "mysql", "jsonlines")


@pytest.mark.parametrize("scheme", STORES)
def test_a_study_grows_and_goes_on_in_every_store(scheme: str, new_store: Callable[[str], str]) -> None:
    url = new_store(scheme)
    tune(url, SMALL, 4)
    grown = tune(url, LARGE, 8, grow=HAD)
    loaded = tb.load_study(url, "s")
    assert loaded.grown == grown.grown
    assert [trial.params for trial in loaded.trials] == [trial.params for trial in grown.trials]
    assert [trial.filled for trial in loaded.trials] == [("rate",)] * 4 + [()] * 4
    again = tune(url, LARGE, 10)
    assert again.carried is not None
    assert again.carried.exact
    assert [trial.params for trial in again.trials[:8]] == [trial.params for trial in grown.trials]
    stored = stored_study(url, "s")
    assert ["rate" in trial.params for trial in stored.trials] == [False] * 4 + [True] * 6


@pytest.mark.parametrize(("join", "said"), [(False, "a live writer"), (True, "live writers that share it")])
def test_nobody_lets_a_study_grow_that_somebody_writes(join: bool, said: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    problem = tb.Problem(objective, SMALL)
    with (
        tb.open_study(problem, backend="optuna:random", storage=url, study="s", n_trials=3, join=join),
        pytest.raises(tb.StoreError, match=said),
    ):
        tune(url, LARGE, 8, grow=HAD)
    assert tb.load_study(url, "s").grown == ()


@pytest.mark.parametrize("backend", ["optuna:random", "hyperopt:tpe"])
def test_a_study_that_has_grown_is_shared(backend: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    tune(url, SMALL, 4, backend=backend)
    tune(url, LARGE, 6, backend=backend, grow=HAD)
    with pytest.raises(tb.StoreError, match="had before it grew"):
        tune(url, SMALL, 8, backend=backend, join=True)
    shared: dict[str, Any] = {"backend": backend, "storage": url, "study": "s", "n_trials": 12, "join": True}
    with (
        tb.open_study(tb.Problem(objective, LARGE), **shared) as one,
        tb.open_study(tb.Problem(objective, LARGE), **shared) as other,
    ):
        for study in (one, other) * 3:
            trial = study.ask()
            assert trial is not None
            study.tell(trial, objective(trial))
    result = tb.load_study(url, "s")
    assert [trial.number for trial in result.trials] == list(range(12))
    assert [trial.filled for trial in result.trials] == [("rate",)] * 4 + [()] * 8


def test_a_grid_that_has_grown_is_shared_without_a_point_twice(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    small = tb.Space(x=tb.Ordinal([0.5, 1.0]), kind=tb.Categorical(["a", "b"]))
    large = tb.Space(x=tb.Ordinal([0.5, 1.0, 2.0]), kind=tb.Categorical(["a", "c", "b"]))
    settings: dict[str, Any] = {"backend": "sklearn:grid", "storage": url, "study": "s", "seed": 0}
    tb.tune(tb.Problem(objective, small), **settings)
    tb.tune(tb.Problem(objective, large), n_trials=6, grow=True, **settings)
    with (
        tb.open_study(tb.Problem(objective, large), join=True, **settings) as one,
        tb.open_study(tb.Problem(objective, large), join=True, **settings) as other,
    ):
        for study in (one, other, one):
            trial = study.ask()
            assert trial is not None
            study.tell(trial, objective(trial))
        assert (one.ask(), other.ask()) == (None, None)
    points = [tuple(trial.params.values()) for trial in tb.load_study(url, "s").trials]
    assert len(points) == len(set(points)) == 9


@pytest.mark.parametrize("scheme", ["sqlite", "journal"])
def test_a_writer_that_is_killed_as_a_study_grows_leaves_it_as_it_was(
    scheme: str, new_store: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_store(scheme)
    tune(url, SMALL, 4)
    storage = RDBStorage if scheme == "sqlite" else JournalStorage
    written = storage.set_study_user_attr

    def killed(self: Any, study_id: int, key: str, value: Any) -> None:
        if key.startswith(SEGMENT):
            raise OSError("killed")
        written(self, study_id, key, value)

    with monkeypatch.context() as patched:
        patched.setattr(storage, "set_study_user_attr", killed)
        with pytest.raises((tb.StoreError, tb.StudyFailedError)):
            tune(url, LARGE, 8, grow=HAD)
    assert tb.load_study(url, "s").grown == ()
    assert len(tune(url, SMALL, 6).trials) == 6
    other = tb.Space({**LARGE, "kind": tb.Categorical(["a", "b", "d"])})
    assert tune(url, other, 8, grow=HAD).grown[0].trial == 6
    assert len(tb.load_study(url, "s").trials) == 8


def kill_as_it_grows(url: str, other: str, when: str, what: str) -> None:
    """Run a study twice, and kill a process at a write as the first of them grows."""
    for one in (url, other):
        tune(one, SMALL, 4)
    killed = subprocess.run([sys.executable, str(SCRIPT), url, when, what], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("scheme", "when", "what"),
    [
        pytest.param(
            scheme, *point, marks=[] if point in (("in", "ranges"), ("in", "segment")) else pytest.mark.slow
        )
        for scheme in ("sqlite", "journal", "postgresql", "mysql")
        for point in POINTS
    ],
)
def test_a_process_that_is_killed_at_a_write_as_a_study_grows_leaves_all_of_it_or_nothing(
    scheme: str, when: str, what: str, new_store: Callable[[str], str]
) -> None:
    url, other = new_store(scheme), new_store("sqlite")
    kill_as_it_grows(url, other, when, what)
    left = tb.load_study(url, "s")
    assert not left.damaged
    assert len(left.trials) == 4
    is_over = what == "trial" or (when, what) == ("after", "segment")
    # A line of a journal is in its file before it is known to be on the disk.
    may_be_over = is_over or (scheme, when, what) == ("journal", "in", "segment")
    assert is_over <= bool(left.grown) <= may_be_over
    if left.grown:
        with pytest.raises(tb.StoreError, match="had before it grew"):
            tune(url, SMALL, 8)
    found, undisturbed = grow(url), grow(other)
    assert found.grown == undisturbed.grown
    assert [trial.params for trial in found.trials] == [trial.params for trial in undisturbed.trials]
    assert [trial.filled for trial in found.trials] == [trial.filled for trial in undisturbed.trials]


@pytest.mark.parametrize("scheme", ["sqlite", "journal"])
@pytest.mark.parametrize(("when", "what"), [("before", "ranges"), ("after", "ranges")])
def test_where_it_did_not_come_about_the_study_may_go_on_as_it_was(
    scheme: str, when: str, what: str, new_store: Callable[[str], str]
) -> None:
    url, other = new_store(scheme), new_store("sqlite")
    kill_as_it_grows(url, other, when, what)
    found, undisturbed = tune(url, SMALL, 6), tune(other, SMALL, 6)
    assert [trial.params for trial in found.trials] == [trial.params for trial in undisturbed.trials]
    assert grow(url).grown


def test_optuna_reads_a_study_that_has_grown(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    tune(url, SMALL, 4)
    tune(url, LARGE, 8, grow=HAD)
    trials: list[Any] = optuna.load_study(study_name="s", storage=url).trials
    choices = [trial.distributions["kind"].choices for trial in trials]
    assert choices == [("'a'", "'b'")] * 4 + [("'c'", "'a'", "'b'")] * 4
    assert ["rate" in trial.params for trial in trials] == [False] * 4 + [True] * 4
    told = tb.tune(
        tb.Problem(objective, LARGE), backend="optuna:tpe", n_trials=1, history=tb.load_study(url, "s")
    ).carried
    assert told is not None
    assert told.n_told == 8
    native = tb.tune(
        tb.Problem(objective, LARGE),
        backend="optuna:tpe",
        n_trials=1,
        history=optuna.load_study(study_name="s", storage=url),
    ).carried
    assert native is not None
    assert native.n_told == 8


def test_a_damaged_larger_space_is_named_and_what_fits_the_one_before_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore()
    tune(store, SMALL, 4)
    tune(store, LARGE, 8, grow=HAD)
    study = store.load("s")
    assert study is not None
    spoilt = {**study.segments[1], "grown": {**study.segments[1]["grown"], "trial": "4"}}
    monkeypatch.setattr(store, "load", lambda name: replace(study, segments=(study.segments[0], spoilt)))
    with pytest.raises(tb.StoreError, match=r"segment 1: grown.trial: found '4', expected an integer"):
        tb.load_study(store, "s")
    left = tb.load_study(store, "s", on_damage="skip")
    assert [trial.number for trial in left.trials] == [0, 1, 2, 3]


def test_a_larger_space_that_was_changed_by_hand_breaks_its_seal() -> None:
    store = MemoryStore()
    tune(store, SMALL, 4)
    tune(store, LARGE, 8, grow=HAD)
    study = store.load("s")
    assert study is not None
    study.segments[1]["grown"]["filled"]["rate"] = 0.5
    with pytest.raises(tb.StoreError, match="segment 1: seal"):
        tb.load_study(store, "s")
