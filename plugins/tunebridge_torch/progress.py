"""How far the training of one trial has come, and its way into a checkpoint and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tunebridge import Checkpoint, Trial
from tunebridge_torch import saved
from tunebridge_torch.changes import apply_changes
from tunebridge_torch.loop import Learner
from tunebridge_torch.randomness import Randomness

MODEL = "model"
"""The name under which a trial keeps its best weights."""


@dataclass(slots=True)
class Progress:
    """How far the training of one trial has come."""

    learner: Learner
    """The model, and what it learns by."""
    randomness: Randomness
    """What the trial draws from."""
    trial: Trial
    """Whose training it is."""
    epoch: int = field(default=0, init=False)
    """The epoch that comes next."""
    value: float | None = field(default=None, init=False)
    """The metric of the weights that are kept; None if none are."""

    def save(self) -> None:
        """Write a checkpoint.

        Raises:
            TrialPaused: The trial's turn is over.
        """
        with self.trial.checkpoint() as folder:
            plain = {
                "epoch": self.epoch,
                "value": self.value,
                "best weights": self.trial.kept.get(MODEL),
                "params": _plain(self.trial),
            }
            saved.write(folder, {**self._parts, **plain}, of_process=False)

    def load(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint, its own or that of another trial, with the params that it has now."""
        plain = saved.read(checkpoint, self._parts, partial=False)
        self.epoch, self.value = plain["epoch"], plain["value"]
        if plain["best weights"] is not None:
            self.trial.keep(MODEL, plain["best weights"])
        had = plain["params"]
        apply_changes(self.learner.optimizer, had, checkpoint.news(had, self.trial))

    @property
    def _parts(self) -> dict[str, Any]:
        learner = self.learner
        return {MODEL: learner.model, "optimizer": learner.optimizer, "random state": self.randomness}


def _plain(trial: Trial) -> dict[str, Any]:
    """Return the params that can be written, among which are all options of an optimizer."""
    return {name: value for name, value in trial.items() if isinstance(value, int | float | str | None)}
