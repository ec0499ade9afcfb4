"""Whether a file of SQLite's that has become shorter is as long as it says itself.

A database gets shorter by VACUUM, and a log by a checkpoint that truncates it. Both say first how much of
them counts, and are cut off after that; where they say it is a part of SQLite's documented formats.

Another process reads it: who closes a file gives up all locks that its own has on it, those of SQLite too
(https://www.sqlite.org/howtocorrupt.html, section 2.2), and the next to come would take the log away.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

HEADER = struct.Struct(">16xH10xI")
"""Begin of a database: the size of its pages (1 stands for 65,536), and how many there are."""

LARGEST_PAGE = 65_536

INDEX = struct.Struct("=14xHI")
"""Begin of the shared memory beside a log: the size of the pages, and how many frames of the log count."""

READ = "import sys; sys.stdout.buffer.write(open(sys.argv[1], 'rb').read(int(sys.argv[2])))"

LOG_HEADER, FRAME_HEADER = 32, 24
"""Bytes before the frames of a log, and before the page in each."""


def pages_are_there(database: Path) -> bool:
    """Return whether a database has all its pages."""
    begin = _begin(database, HEADER.size)
    if begin is None:
        return False
    size, count = _two(HEADER, begin)
    return database.stat().st_size >= count * _page(size)


def frames_are_there(log: Path) -> bool:
    """Return whether a log has all its frames that count."""
    begin = _begin(log.with_name(log.name.removesuffix("-wal") + "-shm"), INDEX.size)
    if begin is None:
        return False
    size, count = _two(INDEX, begin)
    return count == 0 or log.stat().st_size >= LOG_HEADER + count * (FRAME_HEADER + _page(size))


def _two(form: struct.Struct, begin: bytes) -> tuple[int, int]:
    size, count = form.unpack(begin)
    return int(size), int(count)


def _page(size: int) -> int:
    return LARGEST_PAGE if size == 1 else size


def _begin(path: Path, size: int) -> bytes | None:
    """Return the first bytes of a file; None if there are not so many."""
    command = [sys.executable, "-I", "-S", "-c", READ, str(path), str(size)]
    begin = subprocess.run(command, capture_output=True, check=False).stdout
    return begin if len(begin) == size else None
