"""Deletes a study, and is killed at one point of it: `killed_delete.py URL POINT`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

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
"""In order, up to the moment at which all that is left of the study is an empty folder."""


def die(*_: object, **__: object) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def patch(monkey: pytest.MonkeyPatch, point: str) -> None:
    """Put a kill in place of a step."""
    match point:
        case "before the mark":
            monkey.setattr(folders.Mark, "write", die)
        case "after the mark":
            written = folders.Mark.write

            def write(mark: folders.Mark, folder: Path) -> None:
                written(mark, folder)
                die()

            monkey.setattr(folders.Mark, "write", write)
        case "in the store":
            monkey.setattr("optuna.storages.RDBStorage.delete_study", die)
            monkey.setattr("optuna.storages.JournalStorage.delete_study", die)
        case "after the store":
            monkey.setattr(delete, "remove_folder", die)
        case "in the folder":

            def remove_one(path: Path) -> None:
                rmtree(path)
                die()

            monkey.setattr(folders, "rmtree", remove_one)
        case _:
            monkey.setattr(Path, "rmdir", die)


if __name__ == "__main__":
    patch(pytest.MonkeyPatch(), sys.argv[2])
    tb.delete_study(sys.argv[1], "net")
