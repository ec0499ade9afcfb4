"""The note of a trial that goes on from a checkpoint in another way than it would have without a stop."""

from __future__ import annotations

from tunebridge.trial.trial import Trial

NEW_DRAW = "new draw"
"""Under this name a trial notes the steps after which it did so."""


def note_new_draw(trial: Trial) -> None:
    """Note it, if the trial goes on from a checkpoint."""
    if trial.resumed is not None:
        trial.noted[NEW_DRAW] = [*trial.noted.get(NEW_DRAW, ()), trial.resumed.step]
