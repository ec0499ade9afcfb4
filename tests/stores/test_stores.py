"""Stores that cannot be opened, read or written: a clear error each time, and nothing is lost."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import optuna
import psutil
import pytest
import sqlalchemy
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend

import tunebridge as tb
from tunebridge import Store, StoredTrial, StoreError, TrialState
from tunebridge.registry import plugins
from tunebridge.registry.store_url import open_store
from tunebridge.testing import MemoryStore
from tunebridge.testing.store_events import SPACE, append, assert_same, stored_study, study, trial, write

FILES = ["journal", "sqlite"]
SERVERS = ["mysql", "postgresql"]

NewStore = Callable[[str], str]
Native = Callable[[str], BaseStorage]


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 1 MiB; skip where that is not allowed, or under CI fail."""
    folder = tmp_path / "tmpfs"
    folder.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=1m", "tunebridge", folder):
        if os.environ.get("CI") == "true":
            pytest.fail("a tmpfs cannot be mounted: run the tests as root")
        pytest.skip("mounting a tmpfs takes root")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def native_storage() -> Iterator[Callable[[str], BaseStorage]]:
    """Return a function that opens Optuna's own storage of a URL."""
    with ExitStack() as closing:

        def native(url: str) -> BaseStorage:
            if url.startswith("journal"):
                return JournalStorage(JournalFileBackend(str(path_of(url))))
            for scheme, driver in (("postgresql:", "postgresql+psycopg:"), ("mysql:", "mysql+pymysql:")):
                url = url.replace(scheme, driver)
            storage = RDBStorage(url.replace("{", "{{").replace("}", "}}"))
            closing.callback(storage.engine.dispose)
            return storage

        yield native


def mount(*arguments: str | Path) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


def complete(number: int) -> StoredTrial:
    return trial(number, TrialState.COMPLETE, values=(float(number),))


def filled(url: str) -> Store:
    """Return a store that has claimed a study with three trials."""
    store = open_store(url)
    write(store, "study", [complete(number) for number in range(3)])
    return store


def path_of(url: str) -> Path:
    return Path(url.partition(":///")[2])


def open_fault(url: str) -> StoreError:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert caught.value.hint
    return caught.value


def n_loaded(url: str) -> int:
    return len(stored_study(url).trials)


def unused_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.parametrize("scheme", SERVERS)
def test_an_unreachable_server_is_named_without_its_password(scheme: str) -> None:
    error = open_fault(f"{scheme}://tuner:s3cr%40t@127.0.0.1:{unused_port()}/tune")
    assert f"{scheme}://tuner:***@127.0.0.1" in error.message
    assert "server runs" in error.hint
    assert not re.search("s3cr", str(error))


@pytest.mark.parametrize("scheme", SERVERS)
def test_a_wrong_password_or_database_is_told_without_the_password(scheme: str, new_store: NewStore) -> None:
    url = sqlalchemy.make_url(new_store(scheme))
    for wrong in (url.set(password="s3cr@t"), url.set(database="no_such_database")):
        error = open_fault(wrong.render_as_string(hide_password=False))
        assert "password" in error.hint
        assert "s3cr" not in str(error)
        assert str(url.password) not in str(error)


@pytest.mark.parametrize("url", ["postgresql+psycopg2://host/tune", "mysql+mysqldb://host/tune"])
def test_a_missing_driver_is_named_with_the_command_that_brings_one(url: str) -> None:
    error = open_fault(url)
    assert f'pip install "tunebridge[{url.partition("+")[0]}]"' in error.hint


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:/tune.db",
        "sqlite:tune.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:tune?mode=memory&uri=true",
        "postgresql://u:s3cret@host:port/tune",
        "mysql+nodriver://u:s3cret@host/tune",
        "journal:tune.log",
        "journal://tune.log",
        "journal:///",
    ],
)
def test_a_url_that_names_no_place_is_refused(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "s3cret" not in str(open_fault(url))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scheme", FILES)
def test_a_relative_path_stays_where_it_was_when_the_folder_changes(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = filled(f"{scheme}:///tune")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    append(store, [complete(3)])
    store.close()
    assert n_loaded(f"{scheme}:///{tmp_path}/tune") == 4
    assert list((tmp_path / "other").iterdir()) == []


@pytest.mark.parametrize("scheme", FILES)
def test_a_missing_folder_is_told(scheme: str, tmp_path: Path) -> None:
    error = open_fault(f"{scheme}:///{tmp_path}/missing/tune")
    assert "folder" in error.hint
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize("scheme", FILES)
@pytest.mark.parametrize("content", [b"x,y\n1,2\n" * 200, b"\x00\x01\x02" * 500], ids=["text", "binary"])
def test_a_file_that_is_something_else_is_refused_and_not_touched(
    scheme: str, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    assert str(path) in open_fault(f"{scheme}:///{path}").message
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("version", "hint"), [("v3.0.0.a", "optuna storage upgrade"), ("v9.9.9.z", "update Optuna")]
)
def test_tables_of_another_version_are_refused(version: str, hint: str, new_store: NewStore) -> None:
    url = new_store("sqlite")
    filled(url).close()
    connection = sqlite3.connect(path_of(url), isolation_level=None)
    (true,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    error = open_fault(url)
    assert version in error.message
    assert true in error.message
    assert hint in error.hint
    connection.execute("UPDATE alembic_version SET version_num = ?", (true,))
    connection.close()
    assert n_loaded(url) == 3


@pytest.mark.parametrize("scheme", FILES)
def test_a_file_that_is_read_only_can_be_read_and_not_claimed(scheme: str, tmpfs: Path) -> None:
    url = f"{scheme}:///{tmpfs}/tune"
    filled(url).close()
    assert mount("-o", "remount,ro", tmpfs)
    store = open_store(url)
    assert store.load("study") is not None
    for name in ("study", "another"):
        with pytest.raises(StoreError, match=r"(?i)read-?only") as caught:
            store.claim(name)
        assert "may write" in caught.value.hint
    store.close()
    assert "may write" in open_fault(f"{scheme}:///{tmpfs}/new").hint


@pytest.mark.parametrize("scheme", FILES)
def test_a_full_disk_loses_nothing_and_with_new_space_the_study_goes_on(scheme: str, tmpfs: Path) -> None:
    url = f"{scheme}:///{tmpfs}/tune"
    store = filled(url)
    ballast = tmpfs / "ballast"
    free = psutil.disk_usage(str(tmpfs)).free
    ballast.write_bytes(bytes(free - 32_768))
    number, fault = 3, None
    while fault is None:
        try:
            append(store, [complete(number)])
        except StoreError as error:
            fault = error
        else:
            number += 1
    assert re.search("full|No space left", fault.message)
    assert "free some space" in fault.hint
    kept = stored_study(url)
    assert_same(study("study", kept.trials[:number]), study("study", [complete(n) for n in range(number)]))
    assert {one.state for one in kept.trials[number:]} <= {TrialState.RUNNING}
    ballast.unlink()
    append(store, [complete(900)])
    store.close()
    assert n_loaded(url) == len(kept.trials) + 1


def test_a_registered_store_opens_the_urls_of_its_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    drawers: dict[str, Store] = {}

    @tb.hookimpl
    def tunebridge_register_stores(register: Callable[[tb.StoreSpec], None]) -> None:
        def start(url: str) -> Store:
            return drawers.setdefault(url, MemoryStore())

        register(tb.StoreSpec(name="drawer", summary="a drawer", open=start, example="drawer:top"))

    registry = plugins.load([], strict=True)
    registry.add("drawers", SimpleNamespace(tunebridge_register_stores=tunebridge_register_stores), "drawers")
    monkeypatch.setattr(plugins, "registry", lambda: registry)
    filled("drawer+oak:top")
    assert drawers.keys() == {"drawer+oak:top"}
    assert n_loaded("drawer+oak:top") == 3
    with pytest.raises(tb.UnknownNameError, match="shelf"):
        open_store("shelf:top")


def test_a_database_that_another_program_has_locked_is_told(new_store: NewStore) -> None:
    url = new_store("sqlite")
    filled(url).close()
    store = open_store(f"{url}?timeout=0.1")
    other = sqlite3.connect(path_of(url), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked") as caught:
        store.claim("study")
    assert "other program" in caught.value.hint
    other.close()
    store.claim("study")
    store.close()


@pytest.mark.parametrize("scheme", [*FILES, *SERVERS])
def test_a_study_that_optuna_made_is_refused_and_left_alone(
    scheme: str, new_store: NewStore, native_storage: Native
) -> None:
    url = new_store(scheme)
    native = optuna.create_study(study_name="native", storage=native_storage(url))
    native.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    store = open_store(url)
    for method in (store.load, store.claim):
        with pytest.raises(StoreError, match="not written by tunebridge") as caught:
            method("native")
        assert "history=optuna.load_study" in caught.value.hint
    assert store.studies() == []
    write(store, "own", [complete(0)])
    store.close()
    assert native.user_attrs == {}
    assert len(native.trials) == 2


@pytest.mark.parametrize("scheme", [*FILES, *SERVERS])
def test_a_writer_that_was_killed_while_it_made_the_study_leaves_none(
    scheme: str, new_store: NewStore, native_storage: Native
) -> None:
    url = new_store(scheme)
    native = optuna.create_study(study_name="study", storage=native_storage(url), direction="minimize")
    native.set_user_attr("tunebridge:distributions", {})
    store = open_store(url)
    assert store.load("study") is None
    assert store.studies() == []
    written = write(store, "study", [complete(0)])
    assert_same(store.load("study"), written)
    store.close()


def test_an_empty_study_with_other_directions_is_not_taken_over(
    new_store: NewStore, native_storage: Native
) -> None:
    url = new_store("sqlite")
    optuna.create_study(study_name="study", storage=native_storage(url), direction="maximize")
    store = open_store(url)
    store.claim("study")
    with pytest.raises(StoreError, match="other directions"):
        store.append(tb.StudyCreated(study("study"), SPACE))
    store.close()


@pytest.mark.parametrize("name", ["STUDY", "stüdy", "study "])
def test_names_that_are_one_to_mysql_are_not_mixed_up(name: str, new_store: NewStore) -> None:
    url = new_store("mysql")
    first, second = filled(url), open_store(url)
    for method in (second.load, second.claim):
        with pytest.raises(StoreError, match="the same"):
            method(name)
    first.close()
    second.close()
    assert n_loaded(url) == 3
