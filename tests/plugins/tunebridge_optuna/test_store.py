"""A stored study is one of Optuna's: its own tools read it, and it is read back from one."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import optuna
import pytest
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend

import tunebridge as tb
from tunebridge import Report, StoredStudy, TrialState
from tunebridge.registry.plugins import registry
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import FLOATS, append, held, trial, trials_of_all_states, write
from tunebridge_optuna import dashboard, salvage

NewStore = Callable[[str], str]


def native_study(url: str, name: str = "study") -> optuna.Study:
    """Return a stored study as Optuna sees it."""
    storage: BaseStorage
    if url.startswith("journal"):
        storage = JournalStorage(JournalFileBackend(url.partition(":///")[2]))
    else:
        storage = RDBStorage(url)
    return optuna.load_study(study_name=name, storage=storage)


def read(study: optuna.Study) -> StoredStudy:
    read = registry().readers["optuna"].read
    assert read is not None
    found = read(study)
    assert isinstance(found, StoredStudy)
    return found


@pytest.fixture(params=["journal", "sqlite"])
def url(request: pytest.FixtureRequest, new_store: NewStore) -> str:
    return new_store(request.param)


def test_optuna_sees_natural_params_values_states_reports_and_times(url: str) -> None:
    written = trials_of_all_states()
    store = open_store(url)
    write(store, "study", written)
    store.close()
    native = native_study(url)
    assert len(native.trials) == len(written)
    for found, one in zip(native.trials, written, strict=True):
        expected = {"COMPLETE": "COMPLETE", "PRUNED": "PRUNED", "RUNNING": "RUNNING"}.get(
            one.state.name, "FAIL"
        )
        assert found.state.name == expected
        assert found.params == one.params
        assert found.intermediate_values == {report.step: report.value for report in one.reports}
        assert found.datetime_start is not None
        assert found.datetime_start.astimezone(UTC) == one.started
        pruned = one.state is TrialState.PRUNED and bool(one.reports)
        assert found.values == ([one.reports[-1].value] if pruned else one.values and list(one.values))
    assert native.best_value == 0.25
    choices = optuna.distributions.CategoricalDistribution(("sgd.2", "adam"))
    assert native.trials[0].distributions["opt"] == choices


def test_sqlite_is_one_file_again_when_the_writer_after_a_killed_one_closes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    with held(url, "study") as process:
        assert (tmp_path / "tune.db-wal").stat().st_size > 0
        process.kill()
        process.wait()
    store = open_store(url)
    store.claim("study")
    loaded = store.load("study")
    store.close()
    assert loaded is not None
    assert len(loaded.trials) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tune.db"]
    connection = sqlite3.connect(tmp_path / "tune.db")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()


def test_optuna_computes_importances_and_frames(url: str) -> None:
    store = open_store(url)
    write(store, "study", [trial(number, TrialState.COMPLETE, values=(number % 7,)) for number in range(30)])
    store.close()
    native = native_study(url)
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    assert optuna.importance.get_param_importances(native, evaluator=evaluator)
    assert len(native.trials_dataframe()) == 30


def test_params_outside_the_usual_range_widen_it(url: str) -> None:
    store = open_store(url)
    write(store, "study", [trial(n, TrialState.RUNNING, z=z) for n, z in enumerate((0.0, 50.0, -60.0))])
    store.close()
    ranges: list[Any] = [one.distributions["z"] for one in native_study(url).trials]
    assert [(one.low, one.high) for one in ranges] == [(-8.0, 8.0), (-8.0, 50.0), (-60.0, 8.0)]


def test_a_trial_that_optuna_has_ended_counts_as_failed_and_its_own_trials_are_left_out(url: str) -> None:
    store = open_store(url)
    write(store, "study", [trial(0, TrialState.RUNNING)])
    native = native_study(url)
    native.tell(0, state=optuna.trial.TrialState.FAIL)
    native.add_trial(optuna.create_trial(value=1.0))
    loaded = store.load("study")
    assert loaded is not None
    assert [(one.number, one.state) for one in loaded.trials] == [(0, TrialState.FAILED)]
    store.close()


def test_an_end_without_its_state_never_came_about(url: str) -> None:
    """Kill between the two writes of an end: the trial still runs, and is ended anew."""
    store = open_store(url)
    write(store, "study", [trial(0, TrialState.RUNNING)])
    end = {"state": "COMPLETE", "finished": "2026-01-01T00:00:00+00:00", "notes": {"told": "COMPLETE"}}
    storage: BaseStorage = RDBStorage(url) if url.startswith("sqlite") else native_journal(url)
    study_id = storage.get_study_id_from_name("study")
    trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, 0)
    storage.set_trial_user_attr(trial_id, "tunebridge:end", end)
    for _ in range(2):
        loaded = store.load("study")
        assert loaded is not None
        assert loaded.trials == (trial(0, TrialState.RUNNING),)
    lost = trial(0, TrialState.INTERRUPTED)
    store.append(tb.TrialEnded(lost))
    loaded = store.load("study")
    assert loaded is not None
    assert loaded.trials == (lost,)
    store.close()


def native_journal(url: str) -> JournalStorage:
    return JournalStorage(JournalFileBackend(url.partition(":///")[2]))


def test_a_state_of_a_newer_tunebridge_is_told(new_store: NewStore, monkeypatch: pytest.MonkeyPatch) -> None:
    url = new_store("journal")
    store = open_store(url)
    write(store, "study", [trial(0, TrialState.FAILED)])
    path = Path(url.partition(":///")[2])
    path.write_bytes(path.read_bytes().replace(b'"FAILED"', b'"MELTED"'))
    loaded = open_store(url).load("study")
    store.close()
    assert loaded is not None
    (damage,) = loaded.damaged
    assert (damage.record, damage.found) == ("the trial that Optuna calls 0", "'MELTED'")
    assert "unless a newer tunebridge wrote it" in damage.expected


OVERWRITTEN = {
    "objective": "UPDATE trial_values SET objective = 99 WHERE trial_id = 2",
    "value": "UPDATE trial_values SET value = NULL WHERE trial_id = 2",
    "report": "UPDATE trial_intermediate_values SET intermediate_value = NULL WHERE trial_id = 2",
    "distribution": "UPDATE trial_params SET distribution_json = '7' WHERE trial_id = 2",
    "text": "UPDATE trial_user_attributes SET value_json = '{' WHERE trial_id = 2 AND key = 'tunebridge'",
    "no state": "UPDATE trials SET state = 'MELTED' WHERE trial_id = 2",
    "another state": "UPDATE trials SET state = 'WAITING' WHERE trial_id = 2",
}
"""What Optuna itself, or a study of tunebridge's, cannot read of one trial."""


def reporting(trial: tb.Trial) -> float:
    trial.report(1.0, step=0)
    return float(trial["x"])


@pytest.mark.parametrize("statement", OVERWRITTEN.values(), ids=OVERWRITTEN)
def test_a_trial_whose_rows_cannot_be_read_is_named_and_the_others_are_given(
    new_store: NewStore, statement: str
) -> None:
    url = new_store("sqlite")
    problem = tb.Problem(reporting, tb.Space(x=tb.Float(0.0, 1.0)))
    tb.tune(problem, backend="optuna:random", n_trials=4, seed=0, storage=url, study="study")
    connection = sqlite3.connect(url.partition(":///")[2])
    with connection:
        connection.execute(statement)
    connection.close()
    with pytest.raises(tb.StoreError, match=r"'study' is damaged:\nthe trial that Optuna calls 1: "):
        tb.load_study(url, "study")
    rest = tb.load_study(url, "study", on_damage="skip")
    assert [trial.number for trial in rest.trials] == [0, 2, 3]


@pytest.mark.parametrize("word", ["NOT_SET", "SIDEWAYS"])
def test_a_direction_that_is_none_is_named(new_store: NewStore, word: str) -> None:
    url = new_store("sqlite")
    problem = tb.Problem(reporting, tb.Space(x=tb.Float(0.0, 1.0)))
    tb.tune(problem, backend="optuna:random", n_trials=2, seed=0, storage=url, study="study")
    connection = sqlite3.connect(url.partition(":///")[2])
    with connection:
        connection.execute("UPDATE study_directions SET direction = ?", (word,))
    connection.close()
    with pytest.raises(tb.StoreError, match=rf"'study' is damaged:\nthe study: directions: found .*{word}"):
        tb.load_study(url, "study")


def test_a_session_that_begins_while_a_study_is_read_is_no_damage(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = tb.Problem(reporting, tb.Space(x=tb.Float(0.0, 1.0)))

    def go_on(backend: str, n_trials: int) -> None:
        tb.tune(problem, backend=backend, n_trials=n_trials, seed=0, storage=url, study="study")

    go_on("optuna:random", 2)
    read_trials = salvage.trials

    def beside_a_writer(storage: BaseStorage, study_id: int) -> Any:
        monkeypatch.undo()
        go_on("sklearn:random", 3)
        return read_trials(storage, study_id)

    monkeypatch.setattr(salvage, "trials", beside_a_writer)
    assert len(tb.load_study(url, "study").trials) == 3


def test_the_reader_reads_a_native_study_of_every_state() -> None:
    native = optuna.create_study(
        study_name="mine", directions=["minimize"], pruner=optuna.pruners.NopPruner()
    )

    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", -1, 1)
        kind = trial.suggest_categorical("kind", ["a", None, 2])
        trial.report(x, 0)
        trial.report(-x, 3)
        if trial.number == 1:
            raise optuna.TrialPruned
        if trial.number == 2:
            raise ValueError
        return x + (kind == "a")

    native.optimize(objective, n_trials=4, catch=ValueError)
    native.ask()
    native.enqueue_trial({"x": 0.5})
    found = read(native)
    assert (found.name, found.directions, found.notes) == ("mine", (tb.Direction.MINIMIZE,), {})
    states = [one.state.name for one in found.trials]
    assert states == ["COMPLETE", "PRUNED", "FAILED", "COMPLETE"]
    assert [one.key for one in found.trials] == [(None, place) for place in range(4)]
    for one, frozen in zip(found.trials, native.trials, strict=False):
        assert one.params == frozen.params
        assert one.values == (
            frozen.values and tuple(frozen.values) if one.state.name == "COMPLETE" else None
        )
        assert one.reports == (Report(0, one.params["x"]), Report(3, -one.params["x"]))
        assert one.started <= one.finished if one.finished else False
        assert one.started.tzinfo is UTC
        assert one.notes == {"backend": "optuna study 'mine'"}


def test_the_reader_gives_back_what_tunebridge_has_stored(url: str) -> None:
    written = [*trials_of_all_states(), trial(40, TrialState.COMPLETE, values=(FLOATS[3],), z=FLOATS[3])]
    store = open_store(url)
    study = write(store, "study", written)
    store.close()
    found = read(native_study(url))
    unfinished = ("RUNNING", "INTERRUPTED")
    kept = [one for one in written if one.state.name not in unfinished]
    assert [one.state for one in found.trials] == [one.state for one in kept]
    assert [str(one.params) for one in found.trials] == [str(one.params) for one in kept]
    assert [str(one.values) for one in found.trials] == [str(one.values) for one in kept]
    assert [one.notes for one in found.trials] == [one.notes for one in kept]
    numbers = [place for place, one in enumerate(written) if one.state.name not in unfinished]
    assert [one.key for one in found.trials] == [(None, number) for number in numbers]
    assert found.notes == study.notes


SERVER_SECONDS = 90.0
"""How long a server may take to begin on a machine that does other things besides."""

SERVE = """
import sys
from tunebridge_optuna.dashboard import serve
serve(sys.argv[1], "127.0.0.1", int(sys.argv[2]))
"""


def test_the_dashboard_shows_a_study(url: str) -> None:
    store = open_store(url)
    write(store, "study", [trial(0, TrialState.COMPLETE, values=(1.0,))])
    append(store, [trial(1, TrialState.RUNNING)])
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, url, str(port)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        studies = answer(f"http://127.0.0.1:{port}/api/studies")["study_summaries"]
        assert [one["study_name"] for one in studies] == ["study"]
        shown = answer(f"http://127.0.0.1:{port}/api/studies/{studies[0]['study_id']}?after=0")
        assert [one["state"] for one in shown["trials"]] == ["Complete", "Running"]
    finally:
        server.terminate()
        server.wait()
        store.close()


def answer(address: str) -> Any:
    """Return what the dashboard says, once it runs."""
    end = time.monotonic() + SERVER_SECONDS
    while time.monotonic() < end:
        try:
            with urlopen(address) as response:
                return json.load(response)
        except URLError:
            time.sleep(0.1)
    raise AssertionError(address)


def test_a_missing_dashboard_is_named_with_the_command_that_brings_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(tb.MissingLibraryError, match="optuna-dashboard") as caught:
        dashboard.serve(url, "127.0.0.1", 0)
    assert 'pip install "tunebridge[dashboard]"' in caught.value.hint
    assert not os.path.exists(url.partition(":///")[2])
