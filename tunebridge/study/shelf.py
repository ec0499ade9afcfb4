"""Where the checkpoints of a study lie, and which of them are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from tunebridge.display.printable import logger_of
from tunebridge.trial.checkpoint import Checkpoint
from tunebridge.trial.checkpoint_folder import CheckpointFolder, remove, sync
from tunebridge.trial.checkpoints import Checkpoints
from tunebridge.trial.kept_checkpoints import KeptCheckpoints
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.report import Report
from tunebridge.trial.state import TrialState
from tunebridge.trial.temporary_folder import TemporaryFolder

logger = logger_of(__name__)

LOST = (
    "the checkpoints of this study go to a temporary folder, and are lost with its process: its store is "
    "no file that they could lie beside. Trials that are interrupted then begin anew, and a loaded "
    "study has no checkpoints; name a folder that stays: checkpoints='checkpoints'"
)
"""What is said of a stored study with no place for checkpoints."""


class Shelf:
    """The checkpoints of one study: of each trial the last and the best, and what an open one starts from.

    Args:
        place: The folder where they stay; None for a temporary one.
        sign: Turns reports into losses.
        is_useful: Whether trials that are interrupted go on from their checkpoints.
        is_stored: Whether the study outlives its process, and so checkpoints in a temporary folder.
    """

    def __init__(
        self, place: Path | None, sign: float, *, is_useful: bool = False, is_stored: bool = False
    ) -> None:
        """Hold nothing; the folder is made with the first checkpoint."""
        self._is_useful = is_useful
        self._is_to_warn = is_stored and place is None
        keeper = TemporaryFolder()
        self._keeper = keeper if place is None else None
        self._place = keeper.path if place is None else place
        self._sign = sign
        self.kept = KeptCheckpoints(place=self._place, sign=sign, keeper=self._keeper)
        """What is kept of the trials' checkpoints, for their records."""
        self._unneeded: list[Checkpoint] = []
        self._kept: dict[int, Checkpoints] = {}
        self._claims: Counter[Path] = Counter()
        self._ended: set[int] = set()

    def folder(self, number: int, attempt: int) -> CheckpointFolder:
        """Return where an attempt at a trial puts its checkpoints."""
        return CheckpointFolder(self._place, number, attempt, self._is_useful)

    def shown(self, records: Mapping[int, TrialRecord]) -> dict[int, TrialRecord]:
        """Return records that were stored, with what is kept of their trials; of those that ended, all is."""
        self._ended = {number for number, one in records.items() if one.state.counts}
        return {number: replace(one, checkpoints=self.kept) for number, one in records.items()}

    def restore(self, opened: OpenTrial, step: int, reports: Iterable[Report]) -> Checkpoint | None:
        """Return the last checkpoint of an attempt before, if it is there; what came after it is removed.

        Args:
            opened: The attempt that goes on.
            step: The step of that checkpoint.
            reports: Of the attempt before.
        """
        folder = self.folder(opened.number, opened.trial.attempt)
        if not folder.at(step).is_dir():
            return None
        folder.clear({report.step for report in reports if report.step <= step})
        for report in sorted(reports, key=lambda report: report.step):
            if report.step <= step and folder.at(report.step).is_dir():
                checkpoint = self._checkpoint(opened, report.step, report.value)
                opened.checkpoints.take(checkpoint, self._sign * report.value)
        self._kept[opened.number] = opened.checkpoints
        return opened.checkpoints.last

    def stored(self, number: int, step: int, value: float) -> Checkpoint:
        """Return a checkpoint that a trial of this study wrote before it was opened."""
        return Checkpoint(path=self._place / str(number) / str(step), number=number, step=step, value=value)

    def _checkpoint(self, opened: OpenTrial, step: int, value: float) -> Checkpoint:
        path = self.folder(opened.number, opened.trial.attempt).at(step)
        return Checkpoint(
            path=path,
            number=opened.number,
            step=step,
            value=value,
            changed=opened.changed,
            keeper=self._keeper,
        )

    def take(self, opened: OpenTrial, step: int, value: float) -> Checkpoint:
        """Take in that a checkpoint has been written; the trial's next turn begins with it.

        Args:
            opened: Whose it is.
            step: The step of the report before it.
            value: That report, in the user's sign.
        """
        checkpoint = self._checkpoint(opened, step, value)
        if self._is_to_warn:
            self._is_to_warn = False
            logger.warning(LOST)
        if self._keeper is None:
            sync(checkpoint.path)
        self._unneeded += opened.checkpoints.take(checkpoint, self._sign * value)
        self._kept[opened.number] = opened.checkpoints
        self.claim(opened, checkpoint)
        return checkpoint

    def claim(self, opened: OpenTrial, checkpoint: Checkpoint | None) -> None:
        """Note what a trial's next turn begins with: it is there until the trial has written its own.

        Args:
            opened: The trial.
            checkpoint: Its own, or another trial's with `changed`; None for nothing.
        """
        before, opened.resumed = opened.resumed, checkpoint
        if checkpoint is not None:
            self._claims[checkpoint.path] += 1
        if before is not None:
            self._claims[before.path] -= 1
            self._unneeded.append(before)

    def end(self, opened: OpenTrial, state: TrialState) -> None:
        """Take in that a trial has ended: what it began its last turn with is needed no more.

        If it has come to its end with another trial's, and has written none since, that is its own model.
        """
        resumed = opened.resumed
        if resumed is not None and (resumed.number == opened.number or state is not TrialState.COMPLETE):
            self.claim(opened, None)

    def tidy(self) -> None:
        """Remove the checkpoints that nobody needs any more, once the store knows of those that took over."""
        unneeded, self._unneeded = self._unneeded, []
        for checkpoint in unneeded:
            self._drop(checkpoint)

    def pin(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint until it is unpinned, because a member of a population may copy it."""
        self._claims[checkpoint.path] += 1

    def unpin(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint no longer than others."""
        self._claims[checkpoint.path] -= 1
        self._unneeded.append(checkpoint)

    def _drop(self, checkpoint: Checkpoint) -> None:
        if checkpoint.number in self._ended:
            return
        kept = self._kept.get(checkpoint.number, Checkpoints()).kept
        if not self._claims[checkpoint.path] and checkpoint.path not in [one.path for one in kept]:
            del self._claims[checkpoint.path]
            remove(checkpoint.path)
