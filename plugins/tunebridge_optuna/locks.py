"""One live writer per study: a lock that ends with the process that holds it, however it ends."""

from __future__ import annotations

import hashlib
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import psutil
from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy import Dialect as DatabaseDialect
from sqlalchemy.exc import DBAPIError

from tunebridge import StoreError
from tunebridge_optuna.turns import Look, ServerTurn
from tunebridge_optuna.wire import Ask, Asked, Phrase, Rows, found

if TYPE_CHECKING:
    from tunebridge_optuna.ranges import RangeLock

HAS_RANGES = sys.platform == "linux"
"""Whether the system has locks of ranges that belong to an open file."""

NETWORK = {
    "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs3",
    "nfs4", "ocfs2", "orangefs", "panfs", "smb2", "smb3", "smbfs", "webdav",
}  # fmt: skip
"""File systems that other hosts write to as well, where an OS lock may hold on one host alone.

Not among them: 9p and virtiofs, by which containers and virtual machines see a disk of their own host.
"""

LOCAL_FUSE = {"fuse", "fuseblk", "fuse.fuse-overlayfs", "fuse.ntfs", "fuse.ntfs-3g", "fuse.mergerfs"}
"""File systems in user space over a local disk; others of that kind reach over the network."""

MAX_FILE_NAME = 255
"""The longest name in bytes that file systems take."""

PATIENCE = 2.0
"""Seconds that a server is given to notice the death of the last writer."""


class WriterLock(Protocol):
    """The right to write to one study."""

    def take(self) -> bool:
        """Take it; False when somebody has it."""

    def alone(self) -> AbstractContextManager[None]:
        """Wait, with the lock taken, until no other writer of the store is inside: it makes the store."""

    def check(self) -> None:
        """Raise unless it is still held."""

    def release(self) -> None:
        """Give it up, if it is held."""


class FileWriterLock:
    """A lock of the operating system on a file beside the store.

    On Linux one file serves all studies of a store, and the last writer that ends cleanly removes it.
    Elsewhere each study has a file of its own, which stays: to remove it would let two processes lock two
    files of one name. Earlier versions had such files on Linux, too: one that is there is locked as well.

    Args:
        path: The store's file.
        study: The study's name.
    """

    def __init__(self, path: Path, study: str) -> None:
        """Name the files; nothing is locked yet."""
        real = path.resolve()
        own = real.with_name(_sidecar(real.name, study))
        self.path = real.with_name(_shortened(real.name, ".writer")) if HAS_RANGES else own
        # Reports come from other threads than the rest, and a lock that is not native is none.
        self._own = FileLock(own, timeout=0, thread_local=False, fallback_to_soft=False)
        self._maker = FileLock(real.with_name(_shortened(real.name, ".maker")), thread_local=False)
        self._range = _range_lock(self.path, study)

    def take(self) -> bool:
        """Lock the file, unless other hosts reach it.

        Raises:
            StoreError: It lies on a network file system.
        """
        kind = file_system(self.path)
        if is_network(kind):
            raise StoreError(
                f"{self.path.parent} lies on a network file system ({kind}), where the lock that keeps a "
                "second writer out may not hold",
                hint="put the file on a local disk, or use a server: postgresql://... or mysql://...",
            )
        if self._range is not None and not self._range.take():
            return False
        try:
            if self._range is None or Path(self._own.lock_file).exists():
                self._own.acquire()
        except BaseException as error:
            self.release()
            if isinstance(error, Timeout):
                return False
            raise
        return True

    def alone(self) -> AbstractContextManager[Any]:
        """Wait until no other writer of the store is inside."""
        return self._maker.acquire() if self._range is None else self._range.alone()

    def turn(self, study: str) -> AbstractContextManager[None]:
        """Wait, with the lock taken, until no other writer of a study has its turn.

        Raises:
            OSError: The lock is not taken, or the system has no locks for this.
        """
        if self._range is None:
            raise OSError("this system has no locks of ranges")
        return self._range.alone(study)

    def check(self) -> None:
        """Raise unless the file is still the one that was locked.

        Raises:
            StoreError: It was removed, so that somebody else may write.
        """
        if self._range is not None:
            self._range.check()

    def release(self) -> None:
        """Unlock the file."""
        self._own.release()
        if self._range is not None:
            self._range.release()


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is said to a server."""

    database: str
    """Asks for the name of the database; the locks of MySQL are those of the whole server."""
    session: str
    """Asks for the number of the session."""
    take: str
    """Takes the lock, or not."""
    wait: str
    """Takes the lock, or waits for it."""
    give: str
    """Gives the lock up."""
    keep: str
    """Sets after how many milliseconds the server closes an idle session; and where statements may be said
    together, that each of them sees what is committed as it begins."""
    forever: int
    """What it takes for never: a trial may take hours."""


DIALECTS = {
    "postgresql": Dialect(
        database="SELECT current_database()",
        session="SELECT pg_backend_pid()",
        take="SELECT pg_try_advisory_lock(CAST(:key AS bigint))",
        wait="SELECT pg_advisory_lock(CAST(:key AS bigint)) IS NOT NULL",
        give="SELECT pg_advisory_unlock(CAST(:key AS bigint))",
        keep="SELECT set_config('default_transaction_isolation', 'read committed', false), "
        "(SELECT set_config(name, CAST(:ms AS text), false) FROM pg_settings "
        "WHERE name = 'idle_session_timeout')",
        forever=0,
    ),
    "mysql": Dialect(
        database="SELECT database()",
        session="SELECT connection_id()",
        take="SELECT get_lock(CONCAT('tunebridge:', :key), 0)",
        wait="SELECT get_lock(CONCAT('tunebridge:', :key), 600)",
        give="SELECT release_lock(CONCAT('tunebridge:', :key))",
        keep="SET SESSION wait_timeout = :ms DIV 1000",
        forever=31_536_000_000,
    ),
}


class ServerWriterLock:
    """An advisory lock of PostgreSQL, or a named one of MySQL, which lasts as long as its own connection.

    Args:
        engine: Connects to the database; it keeps no connection, and begins no transactions.
        study: The study's name.
        silence: Seconds after which the server closes a connection that says nothing; None for never.
    """

    def __init__(self, engine: Engine, study: str, *, silence: float | None = None) -> None:
        """Prepare the connection; nothing is locked yet."""
        self._silence = silence
        self._guard = threading.Lock()
        self._engine = engine
        self._dialect = DIALECTS[engine.dialect.name]
        self._study = study
        self._connection: Connection | None = None
        self._session: object = None
        self._database: object = None
        self._questions: dict[str, Phrase] = {}
        self._now: ServerTurn | None = None

    def take(self) -> bool:
        """Connect and ask for the lock, until the server has had time to notice that its last holder died."""
        try:
            self._connection = self._engine.connect()
            kept = self._dialect.forever if self._silence is None else math.ceil(1000 * self._silence)
            self._connection.execute(text(self._dialect.keep), {"ms": str(kept)})
            self._session = self._ask(self._dialect.session)
            self._database = self._ask(self._dialect.database)
            taken = self._try_for(PATIENCE, self._key(f":{self._study}"))
        except BaseException:
            self.release()
            raise
        if not taken:
            self.release()
        return taken

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until no other writer of the database is inside."""
        with self._turn("", "making the tables") as ask:
            ask()
            yield

    def turn(self, study: str, *looks: Look) -> AbstractContextManager[Ask]:
        """Take a turn in a study, which begins with the first that is asked in it; see `ServerTurn`."""
        return self._turn(f"\0{study}", f"beginning a trial of {study!r}", *looks)

    @contextmanager
    def _turn(self, whose: str, doing: str, *looks: Look) -> Iterator[Ask]:
        def take(has_come: object) -> None:
            if not has_come:
                raise StoreError(f"another writer has been {doing} for ten minutes", hint="end it")

        key = self._key(whose)
        wait, give = (self._asked(said, key=key) for said in (self._dialect.wait, self._dialect.give))
        turn = self._now = ServerTurn(self.rows, (wait, take), give, *looks)
        try:
            yield turn.ask
        finally:
            self._now = None
            if self._connection is not None and not self._connection.invalidated:  # else it is over
                turn.end()

    def check(self) -> None:
        """Ask the server whether the session that took the lock is still the one that answers.

        Raises:
            StoreError: It is not, so the lock is lost, and somebody else may write.
        """
        session = self._ask(self._dialect.session)
        if session != self._session:
            raise StoreError(
                f"session {self._session}, which held the writer's lock, is gone: {session} answers",
                hint="connect to the server itself, without a pooler between",
            )

    @property
    def dialect(self) -> DatabaseDialect:
        """What the database understands."""
        return self._engine.dialect

    def rows(self, *asked: Asked) -> list[Rows]:
        """Return all that statements find, said on the connection of the lock; see `found`."""
        with self._guard:
            if self._connection is None:
                raise StoreError("the writer's lock is not held")
            return found(self._connection, *asked)

    def last(self, *asked: Asked) -> list[Rows]:
        """Return all that statements find, said in one transaction; a turn that was taken ends with it."""
        begin, commit = self._asked("BEGIN"), self._asked("COMMIT")
        say = self.rows if self._now is None else self._now.last
        try:
            _, *found, _ = say(begin, *asked, commit)
        except DBAPIError:
            self._undo()
            raise
        return found

    def free(self, names: Sequence[str]) -> list[str]:
        """Return those of some other locks that nobody holds."""
        keys = [self._key(f":{name}") for name in names]
        taken = [bool(rows[0][0]) for rows in self.rows(*self._each(self._dialect.take, keys))]
        self.rows(*self._each(self._dialect.give, compress(keys, taken)))
        return [*compress(names, taken)]

    def look(self, name: str, lost: Callable[[], None]) -> Look:
        """Return what looks in a turn whether another lock is held, and calls something if it is not."""
        key = self._key(f":{name}")

        def take(is_free: object) -> None:
            if is_free:
                self._ask(self._dialect.give, key=key)
                lost()

        return self._asked(self._dialect.take, key=key), take

    def release(self) -> None:
        """Close the connection, and with it the lock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _undo(self) -> None:
        """Undo a transaction that came to nothing, unless the connection is gone with it."""
        with self._guard:
            if self._connection is not None and not self._connection.invalidated:
                self._connection.connection.rollback()

    def _try_for(self, seconds: float, key: str) -> bool:
        deadline = time.monotonic() + seconds
        while not self._ask(self._dialect.take, key=key):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _key(self, whose: str) -> str:
        """Return the number of a lock of this database."""
        return _number(f"tunebridge:{self._database}{whose}")

    def _ask(self, question: str, **values: str) -> object:
        ((row, *_),) = self.rows(self._asked(question, **values))
        return row[0]

    def _each(self, question: str, keys: Iterable[str]) -> list[Asked]:
        return [self._asked(question, key=key) for key in keys]

    def _asked(self, question: str, **values: str) -> Asked:
        if question not in self._questions:
            self._questions[question] = Phrase(self._engine.dialect, text(question))
        return self._questions[question], values


def file_system(path: Path) -> str:
    """Return the kind of the file system that a path lies on, or "" if it is not known."""
    real = os.path.realpath(path)
    mounts = [mount for mount in psutil.disk_partitions(all=True) if _holds(mount.mountpoint, real)]
    # Of mounts on one point, the last one hides the others.
    return max(reversed(mounts), key=lambda mount: len(mount.mountpoint)).fstype if mounts else ""


def is_network(kind: str) -> bool:
    """Return whether other hosts may write to a file system of this kind, too."""
    return kind in NETWORK or (kind.startswith("fuse") and kind not in LOCAL_FUSE)


def _holds(mountpoint: str, path: str) -> bool:
    return path == mountpoint or path.startswith(mountpoint.rstrip("/") + "/")


def _sidecar(file: str, study: str) -> str:
    """Return the name of a study's lock file; one that would be too long ends in a hash."""
    name = quote(study, safe="", errors="surrogatepass")
    room = MAX_FILE_NAME - len(os.fsencode(f"{file}..writer"))
    if len(name) > room:
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        name = name[: max(0, room - len(digest))] + digest
    return f"{file}.{name}.writer"


def file_lock_is_free(path: Path, study: str) -> bool:
    """Return whether nobody holds the lock of a name beside a file."""
    lock = FileWriterLock(path, study)
    free = lock.take()
    lock.release()
    return free


def _range_lock(path: Path, study: str) -> RangeLock | None:
    if not HAS_RANGES:
        return None
    from tunebridge_optuna.ranges import RangeLock

    return RangeLock(path, study)


def _shortened(file: str, ending: str) -> str:
    """Return the name of a store's own lock file; one that would be too long is a hash."""
    if len(os.fsencode(file + ending)) <= MAX_FILE_NAME:
        return file + ending
    return hashlib.sha256(os.fsencode(file)).hexdigest() + ending


def _number(name: str) -> str:
    """Return a number of 63 bits that is the same for a name everywhere."""
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).digest()
    return str(int.from_bytes(digest[:8], "big") >> 1)
