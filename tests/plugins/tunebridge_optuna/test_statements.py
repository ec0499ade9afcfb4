"""Rows by statements are those that Optuna's calls write, to the last cell, on every database."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import optuna
import pytest
import sqlalchemy
from optuna.distributions import CategoricalDistribution
from optuna.storages import RDBStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as NativeState
from sqlalchemy.exc import OperationalError

import tunebridge as tb
from tunebridge import Report, Store, StoredTrial, StoreError, TrialState
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import FLOATS, START, append, trial, trials_of_all_states, write
from tunebridge_optuna import rdb, statements, tables
from tunebridge_optuna.rows import Calls, Noted, Rows
from tunebridge_optuna.statements import Statements

NewStore = Callable[[str], str]

SCHEMES = ["sqlite", "postgresql", "mysql"]
PATHS: list[Callable[[RDBStorage], Rows]] = [Calls, rdb.statements]

DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "sqlite": "sqlite"}

LONG = {f"note {place}": "größer \\ \" '" * 9_000 for place in range(2)}
"""Notes that no column holds whole."""


@contextmanager
def native(url: str) -> Iterator[RDBStorage]:
    """Open Optuna's own storage of a URL."""
    scheme, _, rest = url.partition(":")
    storage = RDBStorage(f"{DRIVERS[scheme]}:{rest}".replace("{", "{{").replace("}", "}}"))
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def all_rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all tables as the driver gives them; of moments that a writer takes itself, the form alone."""
    with native(url) as storage, storage.engine.connect() as connection:
        names = sorted(sqlalchemy.inspect(connection).get_table_names())
        return {name: _rows(connection, name) for name in names}


def _rows(connection: sqlalchemy.Connection, table: str) -> list[tuple[Any, ...]]:
    found = connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1")
    names = [*found.keys()]
    rows = []
    for row in found:
        cells = dict(zip(names, row, strict=True))
        if cells.get("key") == "tunebridge:writer":
            cells["value_json"] = re.sub(r"\d", "0", cells["value_json"])
        ended = cells.get("datetime_complete")
        if ended is not None:
            text = ended.isoformat(" ") if isinstance(ended, datetime) else ended
            cells["datetime_complete"] = type(ended), re.sub(r"\d", "0", text)
        rows.append(tuple(map(repr, cells.values())))
    return rows


def by_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tables be of a version that is not known here."""
    monkeypatch.setattr(rdb, "VERSIONS", frozenset[str]())


def events(store: Store) -> None:
    """Write trials of every kind, with all numbers that some database does not take as they are."""
    write(store, "study", trials_of_all_states())
    begun = [trial(100 + place, TrialState.RUNNING, x=value / 2) for place, value in enumerate(FLOATS[:4])]
    append(store, begun)
    for place, one in enumerate(begun):
        for step, value in [(0, 1.5), (7, FLOATS[place]), (3, -0.0), (2**40, 5e-324)]:
            store.append(tb.TrialReported(one, Report(step, value)))
    for one, state in zip(begun, [TrialState.PRUNED, TrialState.COMPLETE, TrialState.FAILED], strict=False):
        values = (-0.0,) if state is TrialState.COMPLETE else None
        notes = {**LONG, "seed": 3}
        store.append(tb.TrialEnded(replace(one, state=state, values=values, finished=START, notes=notes)))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_tables_are_equal_to_the_last_cell_whichever_way_the_events_are_written(
    scheme: str, new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = [new_store(scheme), new_store(scheme)]
    for url in urls:
        store = open_store(url)
        events(store)
        store.close()
        by_calls(monkeypatch)
    first, second = map(all_rows, urls)
    assert first == second
    assert len(first["trials"]) > 10
    assert len(first["trial_params"]) > 100
    assert len(first["trial_intermediate_values"]) > 10
    assert not first["trial_heartbeats"]
    assert not first["trial_system_attributes"]


def natives() -> list[FrozenTrial]:
    """Return trials of Optuna's with what a storage has an encoding of its own for."""
    odd = {1: math.nan, 2: math.inf, 3: -math.inf, 4: 0.1 + 0.2, 2**31 - 1: 5.0}
    two = optuna.create_trial(values=[1 / 3, -math.inf], user_attrs={"a": [1, {"b": None}], "ü": math.nan})
    params: dict[str, Any] = {"c": "größe", "n": 3, "x": 1e-300}
    ranges: dict[str, Any] = {
        "c": CategoricalDistribution(("a", None, 2, 0.5, True, "größe")),
        "n": optuna.distributions.IntDistribution(1, 9, step=2),
        "x": optuna.distributions.FloatDistribution(1e-308, 1e308, log=True),
    }
    running = optuna.create_trial(
        state=NativeState.RUNNING, params=params, distributions=ranges, intermediate_values=odd
    )
    found = [two, running, optuna.create_trial(state=NativeState.FAIL, constraints={"early": 0.5}), running]
    for one in found:
        one.datetime_start = datetime(2026, 3, 29, 2, 30, 0, 7)
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_infinite_values_and_nan_are_encoded_as_optuna_does_it(scheme: str, new_store: NewStore) -> None:
    found = []
    for path in PATHS:
        url = new_store(scheme)
        with native(url) as storage:
            study_id = storage.create_new_study([StudyDirection.MINIMIZE, StudyDirection.MAXIMIZE], "s")
            rows = path(storage)
            ids = [rows.begin(study_id, one) for one in natives()]
            rows.note([Noted(ids[1], {"later": "x", "ü": 2}, {0: math.inf, 9: math.nan})])
            rows.note([Noted(ids[1], {"later": "y"}, {})])
            far = optuna.create_trial(
                state=NativeState.FAIL, constraints={"ü": 1e300, "b": -0.0}
            ).system_attrs
            rows.end(ids[1], {"end": [True]}, NativeState.COMPLETE, [math.inf, 2.0], far)
            rows.end(ids[3], {}, NativeState.FAIL, None, {})
            trials = storage.get_all_trials(study_id)
            assert [one.number for one in trials] == [0, 1, 2, 3]
            assert trials[1].values == [math.inf, 2.0]
            assert trials[1].constraints == {"ü": 1e300, "b": 0.0}
            assert trials[2].constraints == {"early": 0.5}
        found.append(all_rows(url))
    assert found[0] == found[1]


def fault(path: Callable[[RDBStorage], Rows], url: str, doing: Callable[[RDBStorage, Rows], None]) -> str:
    """Return the kind of error that something ends with."""
    with native(url) as storage, pytest.raises((KeyError, RuntimeError, ValueError)) as caught:
        doing(storage, path(storage))
    return type(caught.value).__name__


def _ended_by_others(storage: RDBStorage, rows: Rows) -> None:
    study_id = storage.create_new_study([StudyDirection.MINIMIZE])
    trial_id = rows.begin(study_id, natives()[1])
    storage.set_trial_state_values(trial_id, NativeState.FAIL)
    rows.end(trial_id, {"late": 1}, NativeState.COMPLETE, [1.0], {})


def _reported_after_its_end(storage: RDBStorage, rows: Rows) -> None:
    study_id = storage.create_new_study([StudyDirection.MINIMIZE])
    rows.note([Noted(rows.begin(study_id, natives()[2]), {}, {0: 1.0})])


def _removed(storage: RDBStorage, rows: Rows) -> None:
    study_id = storage.create_new_study([StudyDirection.MINIMIZE])
    trial_id = rows.begin(study_id, natives()[1])
    storage.delete_study(study_id)
    rows.note([Noted(trial_id, {"late": 1}, {})])


def _study_removed(storage: RDBStorage, rows: Rows) -> None:
    study_id = storage.create_new_study([StudyDirection.MINIMIZE])
    storage.delete_study(study_id)
    rows.begin(study_id, natives()[1])


def _of_another_kind(storage: RDBStorage, rows: Rows) -> None:
    study_id = storage.create_new_study([StudyDirection.MINIMIZE])
    others: dict[str, Any] = {"c": CategoricalDistribution(("größe", "b"))}
    storage.create_new_trial(
        study_id, optuna.create_trial(value=1.0, params={"c": "b"}, distributions=others)
    )
    rows.begin(study_id, natives()[1])


@pytest.mark.parametrize(
    "doing", [_ended_by_others, _reported_after_its_end, _removed, _study_removed, _of_another_kind]
)
def test_what_others_did_to_a_study_is_the_same_error(
    doing: Callable[[RDBStorage, Rows], None], new_store: NewStore
) -> None:
    native_one, own = (fault(path, new_store("sqlite"), doing) for path in PATHS)
    assert own == native_one


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_begin_and_an_end_are_there_whole_or_not_at_all(
    scheme: str, new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, written = new_store(scheme), trial(0, TrialState.RUNNING)
    store = open_store(url)
    write(store, "study", [written])
    before = all_rows(url)
    ended = tb.TrialEnded(replace(written, state=TrialState.COMPLETE, values=(1.0,)))
    began = tb.TrialBegan(trial(1, TrialState.RUNNING))
    events: list[tuple[str, tb.Event]] = [("report_rows", began), ("value_rows", ended)]
    for broken, event in events:
        with monkeypatch.context() as breaking:
            breaking.setattr(statements, broken, lambda *_: [{"trial_id": 1}])
            with pytest.raises(StoreError):
                store.append(event)
        assert all_rows(url) == before
    store.append(ended)
    store.append(began)
    loaded = store.load("study")
    assert loaded is not None
    assert [one.state.name for one in loaded.trials] == ["COMPLETE", "RUNNING"]
    store.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_numbers_are_those_that_optuna_gives_while_others_add_trials_too(
    scheme: str, new_store: NewStore
) -> None:
    url = new_store(scheme)
    store = open_store(url)
    write(store, "study", [trial(0, TrialState.RUNNING)])

    def add() -> None:
        with native(url) as storage:
            study = optuna.load_study(study_name="study", storage=storage)
            for _ in range(10):
                study.add_trial(optuna.create_trial(value=1.0))

    adding = threading.Thread(target=add)
    adding.start()
    for number in range(1, 11):
        append(store, [trial(number, TrialState.RUNNING)])
    adding.join()
    with native(url) as storage:
        found = optuna.load_study(study_name="study", storage=storage).trials
    assert [one.number for one in found] == [*range(21)]
    store.close()


def test_a_transaction_that_the_server_has_undone_is_begun_again(new_store: NewStore) -> None:
    url = new_store("mysql")
    with native(url) as storage, native(url) as others, ExitStack() as closing:
        study_id = storage.create_new_study([StudyDirection.MINIMIZE])
        sqlalchemy.event.listen(storage.engine, "connect", _impatient)
        storage.engine.dispose()
        rows, holder = Statements(storage), closing.enter_context(others.engine.connect())
        holder.exec_driver_sql("SELECT * FROM studies FOR UPDATE")
        releasing = threading.Timer(1.5, holder.commit)
        releasing.start()
        rows.begin(study_id, natives()[1])
        releasing.join()
        assert storage.get_n_trials(study_id) == 1
        holder.exec_driver_sql("SELECT * FROM studies FOR UPDATE")
        with pytest.raises(OperationalError, match="1205"):
            rows.begin(study_id, natives()[1])


def _impatient(connection: Any, _: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")


END_SESSIONS = {
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mysql": "SELECT CONCAT('KILL ', id) FROM information_schema.processlist "
    "WHERE db = database() AND id <> connection_id() ORDER BY id LIMIT 9 OFFSET 1",
}
"""On MySQL all but the first session, which holds the writer's lock."""


@pytest.mark.parametrize("scheme", [*END_SESSIONS])
def test_a_server_that_ends_the_session_in_a_transaction_is_one_error_and_nothing_else_is_said(
    scheme: str, new_store: NewStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    url, written = new_store(scheme), trial(0, TrialState.RUNNING)
    store = open_store(url)
    write(store, "study", [written])
    told = tables.report_rows

    def end_sessions(values: dict[int, float]) -> list[dict[str, Any]]:
        with native(url) as others, others.engine.connect() as connection:
            found = connection.exec_driver_sql(END_SESSIONS[scheme]).scalars().all()
            for statement in found if scheme == "mysql" else ():
                connection.exec_driver_sql(statement)
        return told(values)

    monkeypatch.setattr(statements, "report_rows", end_sessions)
    with pytest.raises(StoreError, match="cannot be written to"):
        store.append(tb.TrialReported(written, Report(0, 0.5)))
    store.close()
    assert caplog.records == []


def test_tables_of_a_version_that_is_not_known_are_written_by_optunas_calls(
    new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_store("sqlite")
    write(made := open_store(url), "other", [])
    made.close()
    monkeypatch.setattr(RDBStorage, "get_current_version", lambda self: "v9.0.0.a")
    monkeypatch.setattr(rdb.RdbPlace, "head", "v9.0.0.a")
    called: list[str] = []
    create_new_trial = RDBStorage.create_new_trial

    def create(self: RDBStorage, study_id: int, template: FrozenTrial) -> int:
        called.append("create_new_trial")
        return create_new_trial(self, study_id, template)

    monkeypatch.setattr(RDBStorage, "create_new_trial", create)
    store = open_store(url)
    write(store, "study", [trial(0, TrialState.RUNNING)])
    assert called == ["create_new_trial"]
    store.close()


@pytest.mark.parametrize("first", ["calls", "statements"])
def test_a_study_goes_on_the_other_way(
    first: str, new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, written = new_store("sqlite"), [trial(number, TrialState.RUNNING) for number in range(4)]
    with monkeypatch.context() as patching:
        if first == "calls":
            by_calls(patching)
        store = open_store(url)
        write(store, "study", written[:2])
        store.append(tb.TrialReported(written[0], Report(3, 0.5)))
        store.close()
    if first == "statements":
        by_calls(monkeypatch)
    store = open_store(url)
    store.claim("study")
    store.append(tb.TrialReported(written[0], Report(1, -0.0)))
    for one in written[:2]:
        store.append(tb.TrialEnded(replace(one, state=TrialState.INTERRUPTED)))
    append(store, written[2:])
    loaded = store.load("study")
    store.close()
    assert loaded is not None
    assert [_told(one) for one in loaded.trials] == [
        ("INTERRUPTED", (Report(3, 0.5), Report(1, -0.0))),
        ("INTERRUPTED", ()),
        ("RUNNING", ()),
        ("RUNNING", ()),
    ]


def _told(stored: StoredTrial) -> tuple[str, tuple[Report, ...]]:
    return stored.state.name, stored.reports
