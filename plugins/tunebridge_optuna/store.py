"""Studies in a database or a journal, on Optuna's public storage interface.

A study of tunebridge's is one study of Optuna's, of the same name and directions, with params in natural
units: `optuna.load_study`, its plots and its dashboard work on it. It is a record to look at, never the study
that a sampler works on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from secrets import token_hex
from typing import Any

from optuna.storages import BaseStorage

from tunebridge import (
    Event,
    Store,
    StoredStudy,
    StoredTrial,
    StoreError,
    TrialReported,
)
from tunebridge_optuna import records
from tunebridge_optuna.documents import DamagedRecord
from tunebridge_optuna.faults import explained, shown
from tunebridge_optuna.journal import JournalPlace
from tunebridge_optuna.locks import WriterLock
from tunebridge_optuna.memberships import Membership, lock_name
from tunebridge_optuna.news import News
from tunebridge_optuna.place import Place
from tunebridge_optuna.quiet import quiet
from tunebridge_optuna.rdb import RdbPlace
from tunebridge_optuna.studies import Studies
from tunebridge_optuna.wire import Ask
from tunebridge_optuna.writer import StudyWriter

JOIN = "join=True (--join)"
"""How a study is shared."""


def open_rdb(url: str) -> Store:
    """Open a database; see `RdbPlace`."""
    with explained(url, "cannot be opened"):
        return OptunaStore(RdbPlace(url))


def open_journal(url: str) -> Store:
    """Open a journal file; see `JournalPlace`."""
    with explained(url, "cannot be opened"):
        return OptunaStore(JournalPlace(url))


class OptunaStore:
    """A `tunebridge.Store` over a storage of Optuna's; its methods may be called from any thread.

    Args:
        place: Where the studies lie.
    """

    def __init__(self, place: Place) -> None:
        """Take over an open place."""
        self._place = place
        self._studies = Studies(place)
        self._guard = threading.RLock()
        self._hearing = threading.Lock()
        self._lock: WriterLock | Membership | None = None
        self._part: Membership | None = None
        self._id = ""
        self._news: News | None = None
        self._writer: StudyWriter | None = None
        self._is_broken = False
        self._closed = False

    def studies(self) -> list[str]:
        """Return the names of tunebridge's studies, oldest first; see `Studies`."""
        with self._guard, explained(self._place.url, "cannot be read"):
            return self._studies.names()

    def load(self, name: str) -> StoredStudy | None:
        """Return a study, or None; see `Studies`.

        Raises:
            StoreError: Its name belongs to a study that Optuna made, or the place cannot be read.
        """
        with self._guard, explained(self._place.url, "cannot be read"):
            return self._studies.load(name)

    def claim(self, name: str) -> None:
        """Become the only writer of a study.

        Raises:
            StoreError: Another process, or another store of this one, is; or nothing can be written.
        """
        with self._guard, explained(self._place.url, "cannot be written to"):
            self._check_unclaimed()
            lock = self._place.lock(name)
            if not lock.take():
                raise self._held(name)
            try:
                self._check_unshared(name)
                self._studies.check_whole(name)
                self._writer = self._open_writer(self._place.writing(lock), name)
            except BaseException:
                lock.release()
                raise
            self._lock = lock

    @contextmanager
    def join(self, name: str, *, silence: float = 60.0) -> Iterator[str]:
        """Become one of the writers of a study; the block is the first turn.

        Raises:
            StoreError: A writer does not share it; or nothing can be written, or shared.
        """
        with self._guard, explained(self._place.url, "cannot be written to"):
            self._check_unclaimed()
            self._id = token_hex(8)
            part = self._place.membership(name, self._id, silence)
            part.enter()
            self._lock = self._part = part
        lock = self._place.lock(name)
        with self.turn(), ExitStack() as entered:
            with self._guard, explained(self._place.url, "cannot be written to"):
                if not lock.take():
                    raise self._held(name, unshared=True)
                entered.callback(lock.release)
                self._studies.check_whole(name)
                self._writer = self._open_writer(self._place.writing(lock), name)
            yield self._id
            self._write(lambda writer: writer.join(self._id))

    @contextmanager
    def turn(self) -> Iterator[Sequence[StoredTrial]]:
        """Wait until no other writer of the joined study has its turn, and keep them out; give the news."""
        part, turn = self._joined(), ExitStack()
        with explained(self._place.url, "cannot be written to"):
            ask = turn.enter_context(part.turn())
        try:
            yield self._read_news(ask)
        except BaseException:
            # MySQL's driver hangs up when a wait is interrupted, and the turn is over.
            with suppress(StoreError), explained(self._place.url, "cannot be written to"):
                turn.close()
            raise
        with explained(self._place.url, "cannot be written to"):
            turn.close()

    def news(self) -> Sequence[StoredTrial]:
        """Return what has begun or changed since this was called last."""
        self._joined()
        return self._read_news(None)

    def _read_news(self, ask: Ask | None) -> Sequence[StoredTrial]:
        """Return the news, in a turn that begins with the question, or out of turn."""
        with self._hearing, explained(self._place.url, "cannot be read"):
            if self._news is None and self._writer is not None and self._writer.study_id is not None:
                self._news = News(self._place.natives(self._joined()), self._writer.study_id)
            if self._news is not None:
                return self._news.read(ask)
            if ask is not None:
                ask()
            return ()

    def gone(self, writers: Iterable[str]) -> set[str]:
        """Return which other writers of the joined study have ended; called in a turn."""
        part = self._joined()
        with explained(self._place.url, "cannot be read"):
            return part.gone(writers)

    def append(self, event: Event) -> None:
        """Write an event of the claimed study.

        Raises:
            StoreError: It could not be written, or the claim was lost.
        """
        self._write(lambda writer: writer.write(event))

    def append_reports(self, reported: Sequence[TrialReported]) -> None:
        """Write reports of trials of the claimed study.

        Raises:
            StoreError: They could not be written, or the claim was lost.
        """
        self._write(lambda writer: writer.report(reported))

    def keep(self, notes: Mapping[str, Any]) -> None:
        """Write the state of the claimed study's session, in place of the one before.

        Raises:
            StoreError: It could not be written, or the claim was lost.
        """
        self._write(lambda writer: writer.keep(notes))

    def amend(self, notes: Mapping[str, Any]) -> None:
        """Write what is said of trials of the claimed study later.

        Raises:
            StoreError: It could not be written, or the claim was lost.
        """
        self._write(lambda writer: writer.amend(notes))

    def upgrade(self, number: int) -> None:
        """Raise the number of the claimed study's format.

        Raises:
            StoreError: It could not be written, or the claim was lost.
        """
        self._write(lambda writer: writer.upgrade(number))

    def delete(self, name: str) -> None:
        """Remove a study, by Optuna's own call: in one transaction, or by one line of a journal.

        Raises:
            StoreError: It is not there, is none of tunebridge's, or has a live writer.
        """
        with self._guard, explained(self._place.url, "cannot be written to"):
            self._check_unclaimed()
            lock = self._place.lock(name)
            if not lock.take():
                raise self._held(name)
            try:
                self._check_unshared(name)
                self._studies.check_whole(name)
                storage = self._place.writing(lock)
                study_id = self._studies.id_of(storage, name)
                if study_id is None:
                    raise StoreError(f"there is no study {name!r}", hint="check its name")
                attributes, _ = self._studies.attributes(storage, study_id)
                self._studies.is_created(storage, name, study_id, attributes)
                with quiet():
                    storage.delete_study(study_id)
                self._place.check()
            finally:
                self._release(lock)

    def close(self) -> None:
        """Give up the claim, and close all connections; closing twice does nothing.

        Raises:
            StoreError: What was written is no longer where it was written to.
        """
        with self._hearing, self._guard, explained(self._place.url, "cannot be closed"):
            if self._closed:
                return
            self._closed = True
            lock, self._lock = self._lock, None
            writer, self._writer = self._writer, None
            try:
                if lock is not None and not self._is_broken:
                    self._place.check()
                    if self._part is not None and writer is not None:
                        writer.leave(self._id)
            finally:
                self._release(lock)

    def _write(self, write: Callable[[StudyWriter], None]) -> None:
        """Write something; who shares the study was alive when its turn began, in which it begins trials."""
        with self._guard, explained(self._place.url, "cannot be written to"):
            if self._lock is None or self._writer is None:
                raise StoreError("no study is claimed", hint="call claim(name) before append(...)")
            try:
                if self._part is None:
                    self._lock.check()
                self._place.check()
                with nullcontext() if self._part is None else self._part.writing():
                    write(self._writer)
            except BaseException:
                self._is_broken = True
                raise
            self._is_broken = False

    def _joined(self) -> Membership:
        """Return the part in the study that is shared."""
        if self._part is None or self._closed:
            raise StoreError("no study is joined", hint="call join(name) first")
        return self._part

    def _check_unclaimed(self) -> None:
        if self._lock is not None:
            raise StoreError("this store has claimed a study already", hint="close it, and open it again")

    def _check_unshared(self, name: str) -> None:
        """Raise if processes share a study; they hold no lock that keeps a claim out, but one each."""
        for writer, signature in self._studies.members(name).items():
            lock = self._place.lock(lock_name(name, writer))
            if not lock.take():
                raise StoreError(
                    f"study {name!r} in {shown(self._place.url)} has live writers that share it, one of them "
                    f"{records.who(signature)}",
                    hint=f"wait until those processes end; to run trials beside them, share it, too: {JOIN}",
                )
            lock.release()

    def _release(self, lock: WriterLock | Membership | None) -> None:
        try:
            self._place.close()
        finally:
            if lock is not None:
                lock.release()

    def _open_writer(self, storage: BaseStorage, name: str) -> StudyWriter:
        study_id = self._studies.id_of(storage, name)
        rows = self._place.rows(self._part)
        if study_id is None:
            return StudyWriter(storage, rows, name)
        attributes, lost = self._studies.attributes(storage, study_id)
        created = self._studies.is_created(storage, name, study_id, attributes)
        try:
            for damage in lost:
                raise DamagedRecord(damage)
            return StudyWriter(storage, rows, name, study_id, attributes if created else None)
        except DamagedRecord as error:
            raise StoreError(f"the study {name!r} is damaged: {error.message}", error.hint) from error

    def _held(self, name: str, *, unshared: bool = False) -> StoreError:
        """Return the error that names who writes to a study."""
        holder = self._studies.signed(name) or "a process that is about to create it"
        alone = " that does not share it" if unshared else ""
        return StoreError(
            f"study {name!r} in {shown(self._place.url)} has a live writer{alone}: {holder}",
            hint="wait for that process, or end it, or choose another name; to share a study, start each of "
            f"its processes with {JOIN}",
        )
