"""Whether a file is still the one that was opened: programs that tidy up take no notice of locks."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from tunebridge import StoreError

HINT = (
    "find out which program did it; error.result has all trials of this call, and a call with history=... "
    "goes on from them in another store"
)


def look(path: Path) -> tuple[int, int, int, int]:
    """Return what changes when a file is replaced or written to: what was found in it holds until then."""
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


class HeldFile:
    """A file that a writer has open.

    Args:
        path: The file, which exists.
        is_whole: Returns whether it is whole, although it has become shorter; by default, it always is.
    """

    def __init__(self, path: Path, *, is_whole: Callable[[], bool] = lambda: True) -> None:
        """Remember which file it is."""
        status = path.stat()
        self.path = path
        self._identity = status.st_dev, status.st_ino
        self._size = status.st_size
        self._is_whole = is_whole

    @property
    def is_there(self) -> bool:
        """Whether the path still leads to the file."""
        try:
            status = os.stat(self.path)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._identity

    def check(self) -> None:
        """Raise unless the file is where it was, and no part of it is missing.

        Raises:
            StoreError: It was removed, moved, replaced or truncated.
        """
        try:
            status = os.stat(self.path)
        except OSError as error:
            raise self._lost("removed or moved") from error
        if (status.st_dev, status.st_ino) != self._identity:
            raise self._lost("replaced by another file")
        if status.st_size < self._size and not self._is_whole():
            raise self._lost(f"truncated from {self._size} to {status.st_size} bytes")
        self._size = status.st_size

    def _lost(self, what: str) -> StoreError:
        return StoreError(f"{self.path} was {what} while a study was written to it", hint=HINT)


def check_folder(path: Path) -> None:
    """Check that a file is there, or can be made.

    Raises:
        OSError: It cannot.
    """
    if path.exists():
        return
    folder = path.parent
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(folder))
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))
