"""Runs an objective in turns: it is paused at each checkpoint, and goes on from it in a new trial."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import tunebridge as tb
from tunebridge.trial.checkpoint_folder import CheckpointFolder


class Turns:
    """The turns of one trial.

    Args:
        folder: Of its checkpoints.
        objective: Trains it.
        pauses: At each checkpoint; else it is one turn.
    """

    def __init__(self, folder: Path, objective: Callable[[tb.Trial], Any], *, pauses: bool = True) -> None:
        self.objective, self.pauses = objective, pauses
        self.folder = CheckpointFolder(folder, 0, is_useful=True)
        self.trial = tb.Trial({"lr": 0.1}, number=0, seed=7, folder=self.folder)
        self.said: list[tb.Said] = []
        self.outcome: Any = None

    @property
    def scores(self) -> list[Any]:
        return [one.value for one in self.said if isinstance(one, tb.Told)]

    @property
    def written(self) -> list[int]:
        return [one.step for one in self.said if isinstance(one, tb.Written)]

    def turn(self) -> None:
        self.trial.begin(self.hear)
        with suppress(tb.TrialPaused):
            self.outcome = self.objective(self.trial)

    def hear(self, said: tb.Said) -> tb.Reply:
        self.said.append(said)
        pauses = self.pauses and isinstance(said, tb.Written)
        return tb.Reply(tb.Decision.PAUSE if pauses else tb.Decision.CONTINUE)

    def run(self, changes: dict[int, float] | None = None) -> Any:
        self.turn()
        while self.outcome is None:
            step = self.written[-1]
            changed = {"lr": changes[step]} if changes and step in changes else {}
            checkpoint = tb.Checkpoint(
                path=self.folder.at(step), number=0, step=step, value=self.scores[-1], changed=changed
            )
            self.trial = self.trial.again(checkpoint, {**self.trial.params, **changed})
            self.turn()
        return self.outcome

    def resumed(self) -> tb.Trial:
        """Return a trial that goes on from the first checkpoint."""
        self.turn()
        checkpoint = tb.Checkpoint(path=self.folder.at(0), number=0, step=0, value=1.0)
        trial = self.trial.again(checkpoint, self.trial.params)
        trial.begin(self.hear)
        return trial
