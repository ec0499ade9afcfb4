"""A turn of a trial among those that train side by side."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """The part of a trial that is trained in one batch: trials that begin together, and end together."""

    batch: int
    """The batch's number in its study, from 0."""
    since: int
    """The step of the checkpoint with which the turn began; -1 for none."""
