"""Populations whose process dies at a chosen event of their store, and goes on from what was there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import tunebridge as tb
from tunebridge.contract.events import Event, StudyCreated, TrialReported
from tunebridge.testing import MemoryStore

STUDY = "killed"

Run = Callable[..., tb.Result]
"""Runs a study to its end, with the settings `storage`, `study` and `checkpoints`."""


class Killed(BaseException):
    """Stands for the death of a process."""


class DyingStore(MemoryStore):
    """Dies at an event; nothing that comes later gets into it.

    Reports are no events to die at: they are written beside the trial, and are there with the next event.

    Args:
        folder: Of the checkpoints.
        n_events: How many are durable before it dies.
        is_late: Whether it dies when the next one is due, not as soon as the last of them is durable.
    """

    def __init__(self, folder: Path, n_events: int | None = None, *, is_late: bool = False) -> None:
        super().__init__()
        self.folder = folder
        self.left_behind: Path | None = None
        """The checkpoints as the death left them; None while it lives."""
        self._left = n_events
        self._is_late = is_late

    def append(self, event: Event) -> None:
        """Take in an event, or die."""
        if self.left_behind is not None:
            return
        counts = not isinstance(event, TrialReported | StudyCreated)
        if counts and self._left == 0 and self._is_late:
            self._die()
        super().append(event)
        if counts and self._left is not None:
            self._left -= 1
            if self._left == 0 and not self._is_late:
                self._die()

    def again(self, n_events: int | None = None, *, is_late: bool = False) -> DyingStore:
        """Return what another process finds, which may die, too."""
        assert self.left_behind is not None
        found = DyingStore(self.left_behind, n_events, is_late=is_late)
        study = self.load(STUDY)
        assert study is not None
        found._studies[STUDY] = study
        return found

    def _die(self) -> None:
        self.left_behind = self.folder.with_name(f"{self.folder.name}+")
        self.left_behind.mkdir()
        if self.folder.is_dir():
            shutil.copytree(self.folder, self.left_behind, dirs_exist_ok=True)
        raise Killed


def killed(run: Run, folder: Path, deaths: Sequence[int], *, is_late: bool = False) -> tb.Result | None:
    """Run a study that dies once for each number of events, and then to its end; None if it outlived them.

    Args:
        run: Runs the study.
        folder: For checkpoints.
        deaths: After how many events of its own each process dies.
        is_late: Whether they die when the next event is due.
    """
    store = None
    for n_events in deaths:
        store = (
            DyingStore(folder, n_events, is_late=is_late)
            if store is None
            else store.again(n_events, is_late=is_late)
        )
        try:
            run(storage=store, study=STUDY, checkpoints=store.folder)
        except Killed:
            continue
        return None
    assert store is not None
    last = store.again()
    return run(storage=last, study=STUDY, checkpoints=last.folder)
