"""The folders of a study's checkpoints: how large they are, and whose study was deleted."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from tunebridge.contract.store import Store
from tunebridge.display.passwords import without_passwords
from tunebridge.errors import StoreError
from tunebridge.registry.store_url import store_spec
from tunebridge.trial.checkpoint_folder import sync

MARK = ".deleted"
"""The file in a study's folder that says from which store the study is being deleted."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is noted in a study's folder before the study is deleted, so that `clean` can end it."""

    store: str
    """Which store, as `store_name` has it."""
    study: str
    """The study's name."""

    def write(self, folder: Path) -> None:
        """Put it into a study's folder, on the disk when this returns."""
        part = folder / f"{MARK}.{os.getpid()}"
        part.write_text(json.dumps({"store": self.store, "study": self.study}))
        os.replace(part, folder / MARK)
        sync(folder)


def read_mark(folder: Path) -> Mark | None:
    """Return the mark of a folder; None if it has none that can be read."""
    with suppress(OSError, ValueError, TypeError):
        return Mark(**json.loads((folder / MARK).read_text()))
    return None


def store_name(storage: str | Store) -> str:
    """Return what tells a store from others: its file, or its URL without the password."""
    if not isinstance(storage, str):
        return ""
    file = store_spec(storage).file(storage)
    return without_passwords(storage, storage) if file is None else str(file.resolve())


def size_of(folder: Path) -> int:
    """Return how many bytes the files in a folder have; what goes meanwhile has none."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += os.lstat(os.path.join(root, name)).st_size
    return total


def remove_folder(folder: Path) -> None:
    """Remove a folder with all in it; its mark goes last, so that what is left is still known for what it is.

    Raises:
        StoreError: It cannot be removed.
    """
    try:
        for one in sorted(folder.iterdir(), key=lambda one: one.name == MARK):
            if one.is_dir() and not one.is_symlink():
                rmtree(one)
            else:
                one.unlink()
        folder.rmdir()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be removed: {error.strerror or error}",
            hint="see to its permissions, then remove what is left: tunebridge clean URL",
        ) from error
