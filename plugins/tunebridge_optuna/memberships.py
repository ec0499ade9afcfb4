"""One of several writers of a study: alive as long as it holds a lock of its own, and at times alone."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from tunebridge import StoreError
from tunebridge_optuna.locks import HAS_RANGES, FileWriterLock, ServerWriterLock, file_lock_is_free
from tunebridge_optuna.wire import Ask

WRITING = ""
"""Stands in place of the name of a study for all of a store."""


class Membership(Protocol):
    """The part that a writer has in a study."""

    def enter(self) -> None:
        """Show that this writer is alive, from now on."""

    @property
    def line(self) -> ServerWriterLock | None:
        """What has the connection on which the turns are; None if there is none."""

    def turn(self) -> AbstractContextManager[Ask | None]:
        """Wait until no other writer of the study has its turn, and keep them out until the block ends.

        Gives None, or what has to be called in the block: the turn begins when it is, with what it asks.

        Raises:
            StoreError: Others take this writer for dead; it may be what is called that raises.
        """

    def writing(self) -> AbstractContextManager[None]:
        """Wait until no other writer of the store writes, where the store itself would poll for that.

        Raises:
            StoreError: Others may take this writer for dead, and the store itself would not notice.
        """

    def gone(self, writers: Iterable[str]) -> set[str]:
        """Return which other writers are alive no more; called in a turn."""

    def check(self) -> None:
        """Raise unless all others take this writer for alive."""

    def release(self) -> None:
        """Leave."""


def lock_name(study: str, writer: str) -> str:
    """Return the name of the lock of a writer."""
    return f"{study}\0{writer}"


class FileMembership:
    """Locks of the operating system, which end with the process.

    Args:
        path: The store's file.
        study: The study's name.
        writer: The id of this writer.
    """

    def __init__(self, path: Path, study: str, writer: str) -> None:
        """Name the lock; nothing is locked yet."""
        self._path = path
        self._study = study
        self._lock = FileWriterLock(path, lock_name(study, writer))

    def enter(self) -> None:
        """Take the lock of this writer.

        Raises:
            StoreError: The file lies on a network file system, or the system has no locks for this.
        """
        if not HAS_RANGES:
            raise StoreError(
                "several processes can share a file on Linux only",
                hint="use a server: postgresql://... or mysql://...",
            )
        if not self._lock.take():
            raise StoreError(f"the lock of this writer of {self._study!r} is taken")

    @property
    def line(self) -> None:
        """None: the turns are on a file."""

    def turn(self) -> AbstractContextManager[None]:
        """Wait for the turn."""
        return self._lock.turn(self._study)

    def writing(self) -> AbstractContextManager[None]:
        """Wait, for SQLite and the journal sleep for longer and longer between their tries."""
        self._lock.check()
        return self._lock.turn(WRITING)

    def gone(self, writers: Iterable[str]) -> set[str]:
        """Return those whose locks are free."""
        return {one for one in writers if file_lock_is_free(self._path, lock_name(self._study, one))}

    def check(self) -> None:
        """Raise unless the lock file is still there."""
        self._lock.check()

    def release(self) -> None:
        """Give the lock up."""
        self._lock.release()


class ServerMembership:
    """Locks of a server, which last as long as two connections that say something every now and then.

    Args:
        engine: Connects to the database; it keeps no connection, and begins no transactions.
        study: The study's name.
        writer: The id of this writer.
        silence: Seconds after which the server closes a connection that says nothing.
    """

    def __init__(self, engine: Engine, study: str, writer: str, silence: float) -> None:
        """Prepare the connections; nothing is locked yet."""
        self._study = study
        self._silence = silence
        self._name = lock_name(study, writer)
        self._lock = ServerWriterLock(engine, self._name, silence=silence)
        self._turns = ServerWriterLock(engine, lock_name(study, f"{writer} waits"), silence=silence)
        self._over = threading.Event()

    def enter(self) -> None:
        """Take the lock of this writer, and begin to give signs of life: of each connection by itself.

        The one on which this writer waits for its turn can say nothing else meanwhile.
        """
        for lock in (self._lock, self._turns):
            if not lock.take():
                raise StoreError(f"the lock of this writer of {self._study!r} is taken")
            threading.Thread(
                target=self._live, args=(lock,), name="tunebridge-heartbeat", daemon=True
            ).start()

    @property
    def line(self) -> ServerWriterLock:
        """What has the connection on which this writer waits."""
        return self._turns

    def turn(self) -> AbstractContextManager[Ask]:
        """Take the turn; it begins with a look whether others take this writer for alive."""
        return self._turns.turn(self._study, self._turns.look(self._name, self._lost))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Wait for nobody: the server does.

        What goes on with a trial is refused once others have taken it over; it is asked why.
        """
        try:
            yield
        except BaseException:
            self.check()
            raise

    def gone(self, writers: Iterable[str]) -> set[str]:
        """Return those whose locks are free."""
        names = {lock_name(self._study, one): one for one in writers}
        return {names[name] for name in self._turns.free([*names])}

    def check(self) -> None:
        """Raise unless the session that took the lock still answers."""
        self._lock.check()

    def release(self) -> None:
        """Close the connections."""
        self._over.set()
        with ExitStack() as last:
            last.callback(self._lock.release)
            last.callback(self._turns.release)

    def _lost(self) -> None:
        """Raise, for others take this writer for dead."""
        self.check()
        raise StoreError(
            f"the lock of this writer of {self._study!r} is lost, and others take it for dead",
            hint="connect to the server itself, without a pooler between",
        )

    def _live(self, lock: ServerWriterLock) -> None:
        """Say something until it is over; a lost connection shows when the next event is written."""
        while not self._over.wait(self._silence / 3):
            try:
                lock.check()
            except (SQLAlchemyError, StoreError):
                return
