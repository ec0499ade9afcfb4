"""Optuna's lock of a journal, which also mends what a killed writer has left.

Optuna ignores an unfinished last line, but its next append would glue to it and make the file unreadable for
good; and a lock that a killed writer has left makes it wait for half a minute, or for ever.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from optuna.storages.journal import JournalFileSymlinkLock

from tunebridge import StoreError, logger_of

logger = logger_of(__name__)

ENTRY = b'{"op_code":'
"""How every line of a journal begins."""

GRACE = 3.0
"""Seconds after which a native lock that has not changed is a dead writer's: an append takes milliseconds."""

BLOCK = 65_536
"""Bytes that are read at once on the way back to the last whole line."""


class MendingLock(JournalFileSymlinkLock):
    """Optuna's lock of a journal, under which each append finds the file ending with a whole line.

    Args:
        path: The journal, absolute: a relative link would dangle, and Optuna would wait for it for ever.
    """

    def __init__(self, path: Path) -> None:
        """Name the lock; nothing is locked yet."""
        super().__init__(str(path))
        self._path = path
        self._link = Path(f"{path}.lock")

    def acquire(self) -> bool:
        """Take the lock, a dead writer's too, and cut off what it left of an unfinished line."""
        while True:
            _clear(self._link)
            try:
                self._link.symlink_to(self._path)
            except FileExistsError:
                time.sleep(0.001)
            else:
                break
        try:
            mend(self._path)
        except BaseException:
            self.release()
            raise
        return True


def mend(path: Path) -> None:
    """Cut off an unfinished last line.

    Raises:
        StoreError: The last line is not the begin of an entry, so that the file may not be a journal at all.
    """
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        if size == 0 or os.pread(file.fileno(), 1, size - 1) == b"\n":
            return
        start = last_line_start(file.fileno(), size)
        file.seek(start)
        begin = file.read(len(ENTRY)).rstrip(b"\0")
        if not ENTRY.startswith(begin):
            raise not_a_journal(path)
        file.truncate(start)
        os.fsync(file.fileno())
    logger.warning("cut an unfinished last line of %d bytes off %s", size - start, path)


def last_line_start(descriptor: int, size: int) -> int:
    """Return the place after the last newline."""
    end = size
    while end > 0:
        begin = max(0, end - BLOCK)
        newline = os.pread(descriptor, end - begin, begin).rfind(b"\n")
        if newline >= 0:
            return begin + newline + 1
        end = begin
    return 0


def _clear(link: Path) -> None:
    """Remove a native lock that stays the same for so long that its holder must be dead."""
    if not os.path.lexists(link):
        return
    deadline = time.monotonic() + GRACE
    first = seen = _identity(link)
    while seen is not None and seen == first:
        if time.monotonic() > deadline:
            logger.warning("removed the lock %s, which a writer that died has left", link)
            link.unlink(missing_ok=True)
            return
        time.sleep(0.02)
        seen = _identity(link)


def _identity(link: Path) -> tuple[int, int] | None:
    """Return what tells a lock from the next one of its name; None when there is none."""
    try:
        status = link.lstat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def not_a_journal(path: Path) -> StoreError:
    """Return the error about a file that is something else."""
    return StoreError(f"{path} is not a journal of Optuna's", hint="check the path; nothing was changed")
