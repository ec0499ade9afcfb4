"""Where the checkpoints of a study lie, and which of them are kept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tunebridge.trial.checkpoint import Checkpoint
from tunebridge.trial.checkpoint_folder import CheckpointFolder, remove
from tunebridge.trial.checkpoints import Checkpoints
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.temporary_folder import TemporaryFolder


class Shelf:
    """The checkpoints of one study: of each trial the last and the best, and what an open one starts from."""

    def __init__(self, *, is_useful: bool = False) -> None:
        """Hold nothing; the folder is made with the first checkpoint.

        Args:
            is_useful: Whether trials that are interrupted go on from their checkpoints.
        """
        self._is_useful = is_useful
        self._keeper = TemporaryFolder()
        self._kept: dict[int, Checkpoints] = {}
        self._claims: Counter[Path] = Counter()

    def folder(self, number: int, attempt: int) -> CheckpointFolder:
        """Return where an attempt at a trial puts its checkpoints."""
        return CheckpointFolder(self._keeper.path / str(number), attempt, self._is_useful)

    def take(self, opened: OpenTrial, step: int, loss: float, value: float) -> Checkpoint:
        """Take in that a checkpoint has been written; the trial's next turn begins with it.

        Args:
            opened: Whose it is.
            step: The step of the report before it.
            loss: That report, the lower the better.
            value: The same, in the user's sign.
        """
        path = self.folder(opened.number, opened.trial.attempt).at(step)
        checkpoint = Checkpoint(
            path=path,
            number=opened.number,
            step=step,
            value=value,
            changed=opened.changed,
            keeper=self._keeper,
        )
        for old in opened.checkpoints.take(checkpoint, loss):
            self._drop(old)
        self._kept[opened.number] = opened.checkpoints
        self.claim(opened, checkpoint)
        return checkpoint

    def claim(self, opened: OpenTrial, checkpoint: Checkpoint | None) -> None:
        """Note what a trial's next turn begins with: it is there until the trial has written its own.

        Args:
            opened: The trial.
            checkpoint: Its own, or another trial's with `changed`; None for nothing, as when it has ended.
        """
        before, opened.resumed = opened.resumed, checkpoint
        if checkpoint is not None:
            self._claims[checkpoint.path] += 1
        if before is not None:
            self._claims[before.path] -= 1
            self._drop(before)

    def pin(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint until it is unpinned, because a member of a population may copy it."""
        self._claims[checkpoint.path] += 1

    def unpin(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint no longer than others."""
        self._claims[checkpoint.path] -= 1
        self._drop(checkpoint)

    def _drop(self, checkpoint: Checkpoint) -> None:
        """Remove a checkpoint that nobody needs."""
        kept = self._kept[checkpoint.number].kept
        if not self._claims[checkpoint.path] and checkpoint.path not in [one.path for one in kept]:
            del self._claims[checkpoint.path]
            remove(checkpoint.path)
