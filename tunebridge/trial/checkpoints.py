"""The checkpoints of one trial that are kept: its last one, and its best one."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from tunebridge.trial.checkpoint import Checkpoint


@dataclass(slots=True)
class Checkpoints:
    """What one trial has written, and is to be kept."""

    last: Checkpoint | None = None
    """The newest one."""
    best: Checkpoint | None = None
    """That of the best report, the earliest of equals."""
    loss: float = field(default=inf, repr=False)
    """The report of the best one, the lower the better."""

    def take(self, checkpoint: Checkpoint, loss: float) -> list[Checkpoint]:
        """Take a new one in, and return those that are kept no longer."""
        before = self.kept
        self.last = checkpoint
        if self.best is None or loss < self.loss:
            self.best, self.loss = checkpoint, loss
        return [old for old in before if old not in self.kept]

    @property
    def kept(self) -> list[Checkpoint]:
        """Those that are kept, each once."""
        return [one for one in {self.last, self.best} if one is not None]
