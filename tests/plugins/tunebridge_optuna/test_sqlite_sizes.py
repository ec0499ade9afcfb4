"""Looking at how long a database should be takes nothing from those who have it open."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from tunebridge_optuna.sqlite_sizes import is_whole

VISIT = """
import fcntl, sqlite3, sys
with open(sys.argv[1] + "-shm", "r+b") as shared:
    try:
        fcntl.lockf(shared, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)
    except OSError:
        print("in use")
visitor = sqlite3.connect(sys.argv[1])
visitor.execute("SELECT count(*) FROM told").fetchall()
visitor.close()
"""
"""Asks as SQLite does whether the shared memory may be cleared; the last to close takes the log away."""


@pytest.mark.parametrize("kind", ["database", "log"])
def test_who_looks_keeps_the_locks_of_its_process(kind: Literal["database", "log"], tmp_path: Path) -> None:
    database, log = tmp_path / "a.db", tmp_path / "a.db-wal"
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE told (value)")
        writer.commit()
        assert is_whole(kind, {"database": database, "log": log}[kind])
        visit = [sys.executable, "-c", VISIT, str(database)]
        assert subprocess.run(visit, capture_output=True, text=True, check=True).stdout == "in use\n"
        assert log.exists()
        writer.execute("INSERT INTO told VALUES (1)")
        writer.commit()
    with closing(sqlite3.connect(database)) as reader:
        assert reader.execute("SELECT value FROM told").fetchall() == [(1,)]
