"""A task, which an executor is given, and its end: all that a process that runs trials knows of executors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from tunebridge.problem.ended import Ended
from tunebridge.trial.limit import Limited
from tunebridge.trial.state import TrialState
from tunebridge.trial.trial import Trial
from tunebridge.values import passing


@passing
class Task:
    """One turn of an attempt at a trial, as an executor is given it; most attempts have one only."""

    key: int
    """The study's own number for it, used once."""
    trial: Trial
    """What the objective is to get: in another process a copy of it."""
    seconds: float = 0.0
    """Time that the objective ran in the turns of this attempt before; a limit of time counts it, too."""

    @property
    def number(self) -> int:
        """Number of the trial."""
        return self.trial.number

    @property
    def attempt(self) -> int:
        """Which attempt at this number it is, from 0."""
        return self.trial.attempt

    @property
    def seed(self) -> int:
        """Seed of the trial."""
        return self.trial.seed

    @property
    def params(self) -> Mapping[str, Any]:
        """Flat params."""
        return self.trial.params


@passing
class Ending(Ended):
    """How an attempt has ended."""

    key: int
    """Whose end it is."""
    state: TrialState
    """COMPLETE, PRUNED, FAILED, TIMED_OUT, or INTERRUPTED if it is to be run again: the machine was lost.

    RUNNING, if only its turn is over: the trial was paused, and goes on with another task.
    """
    values: tuple[float, ...] | None = None
    """One per direction; None unless COMPLETE."""
    error: Exception | None = None
    """What the objective of a trial that FAILED raised, or why there is no other end."""
    trace: str = ""
    """The traceback in words; empty for an error that says all."""
    artifacts: Mapping[str, Any] = field(default_factory=dict)
    """What the objective has kept, by name."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the objective has noted, by name."""
    limits: Mapping[str, Limited] = field(default_factory=dict)
    """What has been limited, by name."""
    seconds: float
    """Time that the objective ran."""
    device: str | None = None
    """Where it ran, as the study says it; None where trials are given no devices, or nobody knows."""
