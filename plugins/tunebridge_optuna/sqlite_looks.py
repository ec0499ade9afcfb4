"""Looks whether a file of SQLite's that has become shorter has lost something: a program of its own.

    python sqlite_looks.py database|log PATH

It prints "whole" or "cut". Others may write, tidy up and make checkpoints meanwhile.

A process of its own looks, as who closes a file gives up all locks that its process has on it, SQLite's own
too (https://www.sqlite.org/howtocorrupt.html, section 2.2), and the next to come would take the log away.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

INDEX = struct.Struct("=14xHI28x")
"""Header of the index in the shared memory beside a log: the size of the pages, how many frames of the log
count, and what changes with every transaction and with every new begin of the log."""

LOG_HEADER, FRAME_HEADER = 32, 24
"""Bytes before the frames of a log, and before the page in each."""

LARGEST_PAGE = 65_536
"""The size of pages for which 1 stands."""

N_LOOKS = 1_000
"""How often the log is looked at, at the most, until nobody changes it meanwhile: that takes microseconds."""

PATIENCE_SECONDS = 30.0
"""How long SQLite waits for another program to end its transaction."""


def is_log_whole(log: Path) -> bool:
    """Return whether a log has all its frames that count.

    Who truncates it lets no frame count before, and who adds frames lets them count after. So it was cut off
    where it is shorter than an index says that is the same before and after its size was taken.
    """
    with log.with_name(log.name.removesuffix("-wal") + "-shm").open("rb", buffering=0) as index:
        for _ in range(N_LOOKS):
            before = header_of(index.fileno())
            size = log.stat().st_size
            if header_of(index.fileno()) == before:
                return size >= _needed(before)
    return True


def is_database_whole(database: Path) -> bool:
    """Return whether SQLite finds all pages of a database, be it in the file or in the log."""
    if database.stat().st_size == 0:  # to SQLite it is a new one, whose log is to be removed
        return False
    with closing(
        sqlite3.connect(f"file:{quote(str(database))}?mode=rw", uri=True, timeout=PATIENCE_SECONDS)
    ) as connection:
        try:
            return connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                return False
            raise


def header_of(index: int) -> bytes:
    """Return what an index says of its log just now."""
    os.lseek(index, 0, os.SEEK_SET)
    return os.read(index, INDEX.size)


def _needed(header: bytes) -> int:
    """Return how many bytes of a log count."""
    size, count = map(int, INDEX.unpack(header))
    page = LARGEST_PAGE if size == 1 else size
    return count and LOG_HEADER + count * (FRAME_HEADER + page)


LOOKS: dict[str, Callable[[Path], bool]] = {"database": is_database_whole, "log": is_log_whole}

if __name__ == "__main__":
    sys.stdout.write("whole" if LOOKS[sys.argv[1]](Path(sys.argv[2])) else "cut")
