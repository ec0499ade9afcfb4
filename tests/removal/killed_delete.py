"""Deletes a study, and is killed at one point of it: `killed_delete.py URL POINT`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import tunebridge as tb
from tunebridge.removal import delete, folders

POINTS = (
    "before the mark",
    "after the mark",
    "in the store",
    "after the store",
    "in the folder",
    "at its end",
)
"""Before the mark, and so on, to the moment at which only the mark is left of the study's folder."""


def die(*_: object, **__: object) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, point: str) -> None:
    removed = folders.rmtree
    match point:
        case "before the mark":
            delete.Mark.write = die  # type: ignore[method-assign]
        case "after the mark":
            written = delete.Mark.write

            def write(mark: delete.Mark, folder: Path) -> None:
                written(mark, folder)
                die()

            delete.Mark.write = write  # type: ignore[method-assign]
        case "in the store":
            from optuna.storages import JournalStorage, RDBStorage

            RDBStorage.delete_study = die  # type: ignore[method-assign]
            JournalStorage.delete_study = die  # type: ignore[method-assign]
        case "after the store":
            delete.remove_folder = die
        case "in the folder":

            def once(path: Path) -> None:
                removed(path)
                die()

            folders.rmtree = once
        case "at its end":
            Path.rmdir = die  # type: ignore[method-assign]
    tb.delete_study(url, "net")


if __name__ == "__main__":
    main(*sys.argv[1:])
