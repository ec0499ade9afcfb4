"""A folder for what lives no longer than those who look at it."""

from __future__ import annotations

import os
import tempfile
import weakref
from pathlib import Path
from shutil import rmtree


class TemporaryFolder:
    """A folder that is made when something is put there, and is removed with the last reference to this.

    It does not leave its process: what is unpickled elsewhere is None, and removes nothing.
    """

    def __init__(self) -> None:
        """Choose a name that nobody else has."""
        self.path = Path(tempfile.gettempdir(), f"tunebridge-{os.urandom(16).hex()}")
        weakref.finalize(self, _remove, str(self.path), os.getpid())

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        """Stay in this process."""
        return type(None), ()


def _remove(path: str, process: int) -> None:
    """Remove a folder, but not in a child that was forked."""
    if os.getpid() == process:
        rmtree(path, ignore_errors=True)
