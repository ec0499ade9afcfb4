"""What is kept of the checkpoints of a study's trials, as their records find it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tunebridge.trial.checkpoint import Checkpoint
from tunebridge.trial.report import Report

Which = Literal["last", "best"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCheckpoints:
    """The folder of the checkpoints of all trials."""

    place: Path
    """The folder: one folder per trial is in it, with one per step; none of them need exist."""
    sign: float
    """Turns reports into losses."""
    keeper: object = field(default=None, repr=False, compare=False)
    """What keeps a temporary folder there; None for a folder that stays."""

    def find(self, which: Which, number: int, reports: Iterable[Report]) -> Checkpoint | None:
        """Return a trial's checkpoint of the last report that has one, or of its best, the earliest first."""
        folder = self.place / str(number)
        there = [report for report in reports if (folder / str(report.step)).is_dir()]
        if not there:
            return None
        found = (
            max(there, key=lambda report: report.step)
            if which == "last"
            else min(there, key=lambda report: (self.sign * report.value, report.step))
        )
        return self.at(number, found.step)

    def at(self, number: int, step: int) -> Checkpoint | None:
        """Return a trial's checkpoint of a step; None if it is not there."""
        path = self.place / str(number) / str(step)
        return Checkpoint(path=path, number=number, step=step, keeper=self.keeper) if path.is_dir() else None
