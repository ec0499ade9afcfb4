"""One lock file per store: each of its bytes is a lock, and the last one who holds any removes it.

The locks are those of Linux that belong to an open file ("open file description locks"): threads exclude
one another as processes do, and they end with the process, however it ends. The first byte is a gate that is
held only while somebody opens or removes the file, so that nobody locks a file that is no longer there.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tunebridge_optuna.held import HeldFile

FLOCK = "hhqqi4x"
"""`struct flock`: kind, whence, start, length (0 for all that follows), process."""

GATE, MAKER, FIRST = 0, 1, 2
"""The bytes: of those who open or remove the file, of who makes the store, and the first of a study."""


class RangeLock:
    """The lock of one name in a lock file.

    Args:
        path: The lock file; made when the lock is taken.
        name: What is locked.
    """

    def __init__(self, path: Path, name: str) -> None:
        """Name the lock; nothing is locked yet."""
        self.path = path
        self._byte = _byte(name)
        self._file: int | None = None
        self._held: HeldFile | None = None

    def take(self) -> bool:
        """Take the lock; False when somebody has it."""
        while True:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                _set(file, fcntl.F_WRLCK, GATE, wait=True)
                if not _is(file, self.path):  # the last holder has just removed it
                    continue
                if not _set(file, fcntl.F_WRLCK, self._byte):
                    return False
                _set(file, fcntl.F_UNLCK, GATE)
                self._file, file = file, -1
                self._held = HeldFile(self.path)
                _open.add(self)
            finally:
                if file >= 0:
                    os.close(file)
            return True

    @contextmanager
    def alone(self, study: str | None = None) -> Iterator[None]:
        """Wait until nobody else, whatever its name, is inside, or none has its turn in a study."""
        file, byte = self._descriptor, MAKER if study is None else _byte(f"\0{study}")
        _set(file, fcntl.F_WRLCK, byte, wait=True)
        try:
            yield
        finally:
            if self._file == file:  # else the lock was given up inside
                _set(file, fcntl.F_UNLCK, byte)

    def check(self) -> None:
        """Raise unless the file is still there: who comes next would lock another one.

        Raises:
            StoreError: It was removed or replaced.
        """
        if self._held is not None:
            self._held.check()

    def release(self) -> None:
        """Give the lock up, and remove the file if nobody else holds any; that of a parent is left alone."""
        file, self._file = self._file, None
        if file is None:
            return
        _open.discard(self)
        _set(file, fcntl.F_WRLCK, GATE, wait=True)
        if _is(file, self.path) and _set(file, fcntl.F_WRLCK, MAKER, length=0):
            self.path.unlink(missing_ok=True)
        _set(file, fcntl.F_UNLCK, GATE, length=0)
        os.close(file)

    def forget(self) -> None:
        """Close the file without unlocking it, as a forked child must: the lock is its parent's."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    @property
    def _descriptor(self) -> int:
        if self._file is None:
            raise OSError(f"the lock {self.path} is not held")
        return self._file


_open: weakref.WeakSet[RangeLock] = weakref.WeakSet()


def _forget_all() -> None:
    for lock in list(_open):
        lock.forget()
    _open.clear()


os.register_at_fork(after_in_child=_forget_all)


def _byte(name: str) -> int:
    """Return the byte of a name."""
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).digest()
    return FIRST + (int.from_bytes(digest[:8], "big") >> 2)


def _is(file: int, path: Path) -> bool:
    """Return whether a path leads to an open file."""
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False


def _set(file: int, kind: int, start: int, *, length: int = 1, wait: bool = False) -> bool:
    """Lock or unlock a range; False when somebody else has a part of it."""
    command = fcntl.F_OFD_SETLKW if wait else fcntl.F_OFD_SETLK
    try:
        fcntl.fcntl(file, command, struct.pack(FLOCK, kind, os.SEEK_SET, start, length, 0))
    except BlockingIOError:
        return False
    return True
