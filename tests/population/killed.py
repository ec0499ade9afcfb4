"""Populations whose process dies at a chosen event of their store, and goes on from what was there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

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
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        """Of the checkpoints."""
        self.left_behind: Path | None = None
        """The checkpoints as the death left them; None while it lives."""
        self._left: int | None = None
        self._is_late = False

    def dies(self, n_events: int, *, is_late: bool) -> None:
        """Die after so many events from now on.

        Args:
            n_events: How many are durable by then.
            is_late: Whether it dies when the next one is due, not as soon as the last of them is durable.
        """
        self._left, self._is_late = n_events, is_late

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

    def again(self) -> DyingStore:
        """Return what the next process finds."""
        study = self.load(STUDY)
        assert self.left_behind is not None
        found = DyingStore(self.left_behind)
        found._studies |= {} if study is None else {STUDY: study}
        return found

    def _die(self) -> None:
        self.left_behind = self.folder.with_name(f"{self.folder.name}+")
        self.left_behind.mkdir()
        if self.folder.is_dir():
            shutil.copytree(self.folder, self.left_behind, dirs_exist_ok=True)
        raise Killed


def killed(run: Run, folder: Path, deaths: Iterable[int], *, is_late: bool = False) -> tuple[tb.Result, int]:
    """Run a study to its end in one process after another, and return how many of them have died.

    Args:
        run: Runs the study.
        folder: For checkpoints.
        deaths: After how many events of its own each process dies.
        is_late: Whether they die when the next event is due.
    """
    store, n_died = DyingStore(folder), 0
    for n_events in deaths:
        store.dies(n_events, is_late=is_late)
        try:
            return run(storage=store, study=STUDY, checkpoints=store.folder), n_died
        except Killed:
            store, n_died = store.again(), n_died + 1
    return run(storage=store, study=STUDY, checkpoints=store.folder), n_died
