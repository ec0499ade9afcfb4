"""A journal file that a killed writer cannot spoil, and that shows when it has lost lines."""

from __future__ import annotations

import os
from collections.abc import Generator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend

from tunebridge import Damage, StoreError
from tunebridge_optuna.bad_line import BadLine, bad_line, ends_badly, find_bad_line, names_after
from tunebridge_optuna.chain import Gap, move_mark, read_chain, signed
from tunebridge_optuna.held import HeldFile, check_folder, look
from tunebridge_optuna.locks import FileWriterLock, WriterLock
from tunebridge_optuna.memberships import FileMembership, Membership
from tunebridge_optuna.mending import ENTRY, MendingLock, not_a_journal
from tunebridge_optuna.news import NativesByCalls
from tunebridge_optuna.quiet import quiet
from tunebridge_optuna.rows import Calls

PREFIX = "journal:///"

SPOILT = (LookupError, TypeError, ValueError, AssertionError)
"""What Optuna raises for entries that contradict one another."""


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
        self.path = file_of(url)
        self._storage: JournalStorage | None = None
        self._whole: object = None
        self._bad: BadLine | None = None
        self._sound: tuple[object, int] = None, 0
        self._held: HeldFile | None = None
        self._file: BinaryIO | None = None
        check_folder(self.path)
        _check_kind(self.path)
        self.reading()

    def lock(self, study: str) -> FileWriterLock:
        """Return the lock of a study's writer."""
        return FileWriterLock(self.path, study)

    def membership(self, study: str, writer: str, silence: float) -> FileMembership:
        """Return the part that a writer is to have in a study."""
        return FileMembership(self.path, study, writer)

    def natives(self, part: Membership) -> NativesByCalls:
        """Return the way to see what has changed of trials."""
        return NativesByCalls(self._known())

    def reading(self) -> BaseStorage | None:
        """Return Optuna's way to the file, up to what is damaged; None as long as there is none."""
        if self._storage is None and self.path.exists():
            now, gap = look(self.path), self._gap()
            journal = Journal(self.path, None if gap is None else gap.n_left)
            try:
                self._storage = _storage(journal)
                self._sound = now, journal.n_read
                if gap is None and ends_badly(self.path):
                    self._bad = bad_line(self.path, journal.n_read + 1)
            except (*SPOILT, StoreError) as error:
                self._bad = bad_line(self.path, journal.n_read + isinstance(error, StoreError))
                self._storage = _storage(Journal(self.path, self._bad.n_left))
        return self._storage

    def sharing(self) -> BaseStorage | None:
        """Return Optuna's way for one who looks, and may note something: a dashboard.

        Raises:
            StoreError: Lines are missing.
        """
        for damage in self.damage():
            raise StoreError(str(damage), hint="`tunebridge show` and `studies` give what stands before")
        return self.reading()

    def damage(self) -> list[Damage]:
        """Return which lines are missing, or bad: entries name all by place, so all studies are concerned."""
        fault = self._fault()
        if fault is None:
            return []
        found = f"{fault}: what follows is not read"
        record, expected = f"the journal {self.path}", "every line that was written"
        return [Damage(record=record, field="lines", found=found, expected=expected)]

    def lost(self) -> list[str]:
        """Return the names of studies that begin after what is damaged, ours or others'."""
        fault = self._fault()
        return [] if fault is None else names_after(self.path, fault.n_left)

    def _fault(self) -> BadLine | Gap | None:
        return self._bad or (self._gap() if self.path.exists() else None)

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
        now, n_read = self._sound
        n_sound = n_read if now == look(self.path) else 0
        storage = None if find_bad_line(self.path, n_sound) else self.reading()
        if storage is None:
            raise _spoilt(self.path)
        self.close()  # an earlier claim that came to nothing has opened it
        self._file = self.path.open("rb")  # open, so that no other file is given its number
        self._held = HeldFile(self.path, is_whole=lambda: False)
        return storage

    def rows(self, part: Membership | None) -> Calls:
        """Return the way to write trials."""
        return Calls(self._known())

    def _known(self) -> BaseStorage:
        storage = self.reading()
        if storage is None:
            raise _spoilt(self.path)
        return storage

    def names(self) -> list[str]:
        """Return the names of all studies."""
        storage = self.reading()
        return [] if storage is None else [study.study_name for study in storage.get_all_studies()]

    def texts(self, study_id: int) -> list[tuple[str, Any]]:
        """Return nothing: a journal with a line that is no JSON is not read at all."""
        return []

    def _gap(self) -> Gap | None:
        """Return what is missing; read twice, as a writer may have overwritten the mark while it was read."""
        now = look(self.path)
        if now == self._whole:
            return None
        gap = read_chain(self.path).gap and read_chain(self.path).gap
        self._whole = now if gap is None else None
        return gap

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
    """Optuna's journal, mended before each append, in which each line says where it began.

    Args:
        path: The file, absolute.
        n_left: How many lines are read; None for all. What follows lines that are missing, or one that is no
            entry, is not read, as it names trials by their places.
    """

    def __init__(self, path: Path, n_left: int | None = None) -> None:
        """Make the file if there is none."""
        self._native_lock = MendingLock(path)
        super().__init__(str(path), lock_obj=self._native_lock)
        self._path = path
        self._n_left = n_left
        self.n_read = 0
        """How many lines were read, and were entries."""
        self._mark: int | None = None

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        """Yield the entries from a number on.

        Raises:
            StoreError: A line is no entry.
        """
        n_left = None if self._n_left is None else max(0, self._n_left - log_number_from)
        try:
            for number, entry in enumerate(islice(super().read_logs(log_number_from), n_left), start=1):
                self.n_read = log_number_from + number
                yield entry
        except ValueError as error:
            raise _spoilt(self._path) from error

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append entries, on the disk when this returns, and note where the last one begins."""
        self._native_lock.acquire()
        try:
            if self._mark is None:
                self._mark = read_chain(self._path).mark
            for entry in logs:
                self._append(entry)
        finally:
            self._native_lock.release()

    def _append(self, entry: dict[str, Any]) -> None:
        with self._path.open("ab") as file:
            begin = file.tell()
            file.write(signed(entry, begin, marked=self._mark is None))
            file.flush()
            os.fsync(file.fileno())
        if self._mark is None:
            self._mark = read_chain(self._path).mark
        else:
            move_mark(self._path, self._mark, begin)


def exists(url: str) -> bool:
    """Return whether there is a file."""
    return file_of(url).exists()


def file_of(url: str) -> Path:
    """Return the file that a URL names.

    Raises:
        StoreError: It names none.
    """
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
        raise not_a_journal(path)


def _storage(journal: Journal) -> JournalStorage:
    with quiet():
        return JournalStorage(journal)


def _spoilt(path: Path) -> StoreError:
    line = find_bad_line(path)
    place = f"line {line} is" if line else "its entries contradict one another, or are"
    return StoreError(
        f"the journal {path} cannot be read: {place} no entry",
        hint="restore it from a copy; `tunebridge show` and `studies` give what stands before",
    )
