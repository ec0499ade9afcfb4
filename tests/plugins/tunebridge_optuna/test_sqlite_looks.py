"""What others that use SQLite do while a log or a database is looked at never looks like a loss.

The others are a process of their own, and so is the one that looks: this one opens no database.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy

import tunebridge as tb
from tunebridge import Store
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import append, trial, write
from tunebridge_optuna import sqlite, sqlite_looks
from tunebridge_optuna.held import HeldFile
from tunebridge_optuna.sqlite_looks import is_database_whole, is_log_whole
from tunebridge_optuna.sqlite_sizes import is_whole

SAYS = """
import sqlite3, sys
connections = [sqlite3.connect(sys.argv[1], isolation_level=None) for _ in range(2)]
for line in sys.stdin:
    place, _, statement = line.strip().partition(" ")
    print(connections[int(place)].execute(statement).fetchall(), flush=True)
"""

Say = Callable[..., str]
"""Takes a statement and which of two connections says it, and returns what SQLite answers."""

N_PAGES = 50


@contextmanager
def others(database: Path) -> Iterator[Say]:
    """Give a way to another process, which has a database open twice."""
    with subprocess.Popen(
        [sys.executable, "-c", SAYS, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def say(statement: str, place: int = 0) -> str:
            stdin.write(f"{place} {statement}\n")
            stdin.flush()
            return stdout.readline().strip()

        try:
            yield say
        finally:
            stdin.close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "a.db"


@pytest.fixture
def say(database: Path) -> Iterator[Say]:
    with others(database) as saying:
        assert saying("PRAGMA journal_mode=WAL") == "[('wal',)]"
        saying("PRAGMA wal_autocheckpoint=0")
        saying("CREATE TABLE told (value)")
        yield saying


def add(say: Say, n_pages: int = N_PAGES) -> None:
    say(
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n_pages}) "
        "INSERT INTO told SELECT hex(randomblob(1900)) FROM n"
    )


def truncates(say: Say) -> None:
    assert say("PRAGMA wal_checkpoint(TRUNCATE)") == "[(0, 0, 0)]"


def begins_anew(say: Say) -> None:
    truncates(say)
    add(say, 2)


def limits(say: Say) -> None:
    say("PRAGMA journal_size_limit=0")
    say("PRAGMA wal_checkpoint(RESTART)")
    add(say, 2)


ACTS = [truncates, begins_anew, limits, add]


@pytest.mark.parametrize("place", [1, 2])
@pytest.mark.parametrize("act", ACTS)
def test_whatever_happens_between_two_looks_at_a_log_is_no_loss(
    act: Callable[[Say], None], place: int, database: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, looked = sqlite_looks.header_of, list[bytes]()
    add(say)

    def header_of(index: int) -> bytes:
        """Let the others act after the index was looked at, or before it is looked at again."""
        if len(looked) == 1 and place == 2:
            act(say)
        looked.append(look(index))
        if len(looked) == 1 and place == 1:
            act(say)
        return looked[-1]

    monkeypatch.setattr(sqlite_looks, "header_of", header_of)
    log = database.with_name("a.db-wal")
    assert is_log_whole(log)
    assert len(looked) == 4, "it looked again, as the index was another one"
    assert (log.stat().st_size < N_PAGES * 4096) == (act is not add)
    monkeypatch.undo()
    size = log.stat().st_size
    os.truncate(log, size and size - 1)
    assert is_log_whole(log) == (act is truncates)


def test_a_log_that_never_stands_still_is_not_called_cut(
    database: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(say)
    log = database.with_name("a.db-wal")
    headers = iter([n.to_bytes(48, "big") for n in range(2 * sqlite_looks.N_LOOKS)])
    monkeypatch.setattr(sqlite_looks, "header_of", lambda index: next(headers))
    assert is_log_whole(log)
    assert next(headers, None) is None


def test_a_database_is_whole_although_a_checkpoint_left_its_last_page_to_the_log(
    database: Path, say: Say
) -> None:
    add(say, 10)
    truncates(say)
    add(say, 10)
    say("BEGIN", 1)
    say("SELECT count(*) FROM told", 1)
    say("UPDATE told SET value = hex(randomblob(1900)) WHERE rowid > 15")
    assert say("PRAGMA wal_checkpoint(PASSIVE)") != "[(0, 0, 0)]"
    said = int.from_bytes(database.read_bytes()[28:32], "big")
    assert database.stat().st_size < said * 4096, "it says that it has more pages than there are"
    assert is_database_whole(database)
    os.truncate(database, database.stat().st_size // 2)
    assert not is_database_whole(database)


@pytest.mark.parametrize("size", [0, 100, 4096, 20_000])
def test_a_database_that_was_cut_off_is_not_whole_and_keeps_its_log(
    size: int, database: Path, say: Say
) -> None:
    add(say)
    truncates(say)
    add(say, 2)
    assert is_database_whole(database)
    os.truncate(database, size)
    assert not is_database_whole(database)
    assert database.with_name("a.db-wal").stat().st_size > 0


def test_what_the_looking_process_says_is_a_verdict_only_where_it_could_look(
    database: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(say)
    log = database.with_name("a.db-wal")
    assert is_whole("log", log)
    assert is_whole("database", database)
    monkeypatch.setattr(sqlite_looks, "__file__", str(database.with_name("none.py")))
    with pytest.raises(tb.StoreError, match=r"was to see whether it is whole failed: .*none\.py"):
        is_whole("log", log)
    database.with_name("ends.py").write_text("raise SystemExit(7)")
    monkeypatch.setattr(sqlite_looks, "__file__", str(database.with_name("ends.py")))
    with pytest.raises(tb.StoreError, match="failed: it ended with 7") as caught:
        is_whole("database", database)
    assert caught.value.hint


def opened(path: Path) -> Store:
    store = open_store(f"sqlite:///{path}")
    write(store, "study", [trial(0, tb.TrialState.RUNNING)])
    return store


def test_a_log_that_others_make_and_take_away_as_a_writer_opens_is_not_the_writer_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tune.db"
    opened(path).close()
    ask, hold, remember = sqlite.SqliteFile.ask, sqlite.SqliteFile.hold, HeldFile.__init__

    with others(path) as say:

        def asked(self: sqlite.SqliteFile, pragma: str) -> object:
            found = ask(self, pragma)
            assert say("PRAGMA journal_mode=DELETE") == "[('delete',)]"
            return found

        def remembered(self: HeldFile, held_path: Path, **options: Callable[[], bool]) -> None:
            if held_path == path:
                assert say("PRAGMA journal_mode=WAL") == "[('wal',)]"
                assert say("CREATE TABLE others (value)") == "[]"
            remember(self, held_path, **options)

        def held(self: sqlite.SqliteFile, engine: sqlalchemy.Engine) -> None:
            hold(self, engine)
            assert say("PRAGMA journal_mode=DELETE") == "[('delete',)]"

        with monkeypatch.context() as patching:
            patching.setattr(sqlite.SqliteFile, "ask", asked)
            patching.setattr(sqlite.SqliteFile, "hold", held)
            patching.setattr(HeldFile, "__init__", remembered)
            store = open_store(f"sqlite:///{path}")
            store.claim("study")
        append(store, [trial(1, tb.TrialState.RUNNING)])
        store.close()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["tune.db"]


def test_who_closes_beside_others_brings_all_into_the_file_and_leaves_the_log_as_it_is(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tune.db"
    with others(path) as say:
        store = opened(path)
        assert say("SELECT count(*) FROM studies") == "[(1,)]"
        log = tmp_path / "tune.db-wal"
        size = log.stat().st_size
        store.close()
        assert log.stat().st_size == size > 0
        copy = tmp_path / "copy.db"
        copy.write_bytes(path.read_bytes())
        with closing(sqlite3.connect(copy)) as copied:
            assert copied.execute("SELECT count(*) FROM trials").fetchall() == [(1,)]
