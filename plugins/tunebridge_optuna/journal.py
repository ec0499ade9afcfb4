"""A journal file that a killed writer cannot spoil.

Optuna ignores an unfinished last line, but its next append would glue to it and make the file unreadable for
good; and a lock that a killed writer has left makes it wait for half a minute, or for ever.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, BinaryIO

from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock

from tunebridge import StoreError, logger_of
from tunebridge_optuna.held import HeldFile, check_folder
from tunebridge_optuna.locks import FileWriterLock, WriterLock
from tunebridge_optuna.quiet import quiet

logger = logger_of(__name__)

PREFIX = "journal:///"

ENTRY = b'{"op_code":'
"""How every line of a journal begins."""

GRACE = 3.0
"""Seconds after which a native lock that has not changed is a dead writer's: an append takes milliseconds."""

BLOCK = 65_536
"""Bytes that are read at once on the way back to the last whole line."""


class JournalPlace:
    """A journal file.

    Args:
        url: `journal:///tune.log`, or with four slashes an absolute path.

    Raises:
        StoreError: The URL names no file, or the file is no journal.
    """

    def __init__(self, url: str) -> None:
        """Look at what is there; nothing is made."""
        self.url = url
        self.path = _path(url)
        self._storage: JournalStorage | None = None
        self._held: HeldFile | None = None
        self._file: BinaryIO | None = None
        check_folder(self.path)
        _check_kind(self.path)
        self.reading()

    def lock(self, study: str) -> FileWriterLock:
        """Return the lock of a study's writer."""
        return FileWriterLock(self.path, study)

    def reading(self) -> BaseStorage | None:
        """Return Optuna's way to the file; None as long as there is none."""
        if self._storage is None and self.path.exists():
            try:
                with quiet():
                    self._storage = JournalStorage(Journal(self.path))
            except (LookupError, TypeError, ValueError, AssertionError) as error:
                raise _spoilt(self.path) from error
        return self._storage

    def sharing(self) -> BaseStorage | None:
        """Return Optuna's way for one who looks, and may note something: a dashboard."""
        return self.reading()

    def writing(self, lock: WriterLock) -> BaseStorage:
        """Make the file if there is none, and fit to be written to; called with the lock taken.

        Raises:
            StoreError: A line that is not the last one is no entry.
        """
        with lock.alone():
            self.path.open("ab").close()
            native = MendingLock(self.path)
            native.acquire()
            native.release()
        storage = None if _bad_line(self.path) else self.reading()
        if storage is None:
            raise _spoilt(self.path)
        self.close()  # an earlier claim that came to nothing has opened it
        self._file = self.path.open("rb")  # open, so that no other file is given its number
        self._held = HeldFile(self.path, only_grows=True)
        return storage

    def names(self) -> list[str]:
        """Return the names of all studies."""
        storage = self.reading()
        return [] if storage is None else [study.study_name for study in storage.get_all_studies()]

    def check(self) -> None:
        """Raise unless the file is still the one that was opened to be written to.

        Raises:
            StoreError: It was removed, moved, replaced or truncated.
        """
        if self._held is not None:
            self._held.check()

    def close(self) -> None:
        """Give up the file."""
        if self._file is not None:
            self._file.close()


class Journal(JournalFileBackend):
    """Optuna's journal, mended before each append.

    Args:
        path: The file, absolute.
    """

    def __init__(self, path: Path) -> None:
        """Make the file if there is none."""
        super().__init__(str(path), lock_obj=MendingLock(path))
        self._path = path

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        """Yield the entries from a number on.

        Raises:
            StoreError: A line is no entry.
        """
        try:
            yield from super().read_logs(log_number_from)
        except ValueError as error:
            raise _spoilt(self._path) from error


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
        start = _last_line_start(file.fileno(), size)
        file.seek(start)
        begin = file.read(len(ENTRY)).rstrip(b"\0")
        if not ENTRY.startswith(begin):
            raise _not_a_journal(path)
        file.truncate(start)
        os.fsync(file.fileno())
    logger.warning("cut an unfinished last line of %d bytes off %s", size - start, path)


def _last_line_start(descriptor: int, size: int) -> int:
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


def exists(url: str) -> bool:
    """Return whether there is a file."""
    return _path(url).exists()


def _path(url: str) -> Path:
    name = url.removeprefix(PREFIX)
    if name == url or not name:
        raise StoreError(
            f"{url!r} names no journal file",
            hint="write journal:///tune.log, or journal:////folder/tune.log for an absolute path",
        )
    return Path(name).absolute()


def _check_kind(path: Path) -> None:
    """Refuse a file that is something else before anything is done to it."""
    if not path.exists():
        return
    with path.open("rb") as file:
        begin = file.read(len(ENTRY)).rstrip(b"\0")
    if not ENTRY.startswith(begin):
        raise _not_a_journal(path)


def _bad_line(path: Path) -> int | None:
    """Return the number of the first whole line that is no entry, from 1."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.endswith(b"\n") and not _is_entry(line):
                return number
    return None


def _is_entry(line: bytes) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:
        return False
    return isinstance(entry, dict) and "op_code" in entry


def _not_a_journal(path: Path) -> StoreError:
    return StoreError(f"{path} is not a journal of Optuna's", hint="check the path; nothing was changed")


def _spoilt(path: Path) -> StoreError:
    line = _bad_line(path)
    place = f"line {line} is" if line else "its entries contradict one another, or are"
    return StoreError(
        f"the journal {path} cannot be read: {place} no entry",
        hint=f"look at it, and copy the journal without that line: sed {line}d" if line else "restore a copy",
    )
