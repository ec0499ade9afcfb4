"""Trials: what an objective receives, and what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any


class TrialState(Enum):
    """Where a trial stands."""

    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def is_finished(self) -> bool:
        """Whether the trial will not change any more."""
        return self is not TrialState.RUNNING


class Trial(dict[str, Any]):
    """The params of one evaluation, as a dict of the trial's own, with a handle.

    Changing the dict changes nothing but this trial's copy.
    """

    __slots__ = ("number", "seed")

    number: int
    """Place in the study, from 0."""
    seed: int
    """Seed of this trial, 0 <= seed < 2**32: the same for the same study seed and number."""

    def __init__(self, params: Mapping[str, Any], *, number: int, seed: int) -> None:
        """Hold a copy of the params."""
        super().__init__(params)
        self.number = number
        self.seed = seed

    def __repr__(self) -> str:
        """Show the number beside the params."""
        return f"Trial({self.number}, {dict(self)!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """What is kept of a trial."""

    number: int
    """Place in the study, from 0."""
    state: TrialState
    """How it ended, or RUNNING."""
    params: Mapping[str, Any]
    """The params it began with: flat names, inactive ones absent."""
    values: tuple[float, ...] | None
    """What the objective returned, in the user's sign, one per direction; None unless COMPLETE."""
    backend: str
    """Who proposed the params: the backend's name, or "initial"."""
    told: str
    """How the backend's library was told of the outcome."""
    error: str | None
    """The traceback of a trial that did not complete."""
    seed: int
    """The trial's own seed."""
    started: datetime
    """When it began, in UTC."""
    finished: datetime | None
    """When it ended, in UTC; None while RUNNING."""
    sampler_seconds: float
    """Time spent in the backend for this trial, asking and telling, in seconds."""
    objective_seconds: float
    """Time between the end of ask and the begin of tell, in seconds."""

    @property
    def value(self) -> float | None:
        """The value of a single objective; None unless COMPLETE, and None for several objectives."""
        return self.values[0] if self.values is not None and len(self.values) == 1 else None
