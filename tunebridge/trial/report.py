"""What passes between a trial that trains and the study that watches it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Decision(Enum):
    """What becomes of a trial after a report, or as a checkpoint has closed."""

    CONTINUE = "continue"
    """It trains on."""
    PRUNE = "prune"
    """It is stopped: others have shown that it is not worth its cost."""
    PAUSE = "pause"
    """Its turn is over, the trial is not: it goes on later from a checkpoint. Answers a checkpoint only."""


@dataclass(frozen=True, slots=True)
class Report:
    """An intermediate value of a trial."""

    step: int
    """The resource used so far, such as epochs; from 0."""
    value: float
    """The metric that pruners look at, in the user's sign."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """The other metrics that came with it, by name."""


@dataclass(frozen=True, slots=True)
class Change:
    """One param that a feedback rule has changed during training."""

    step: int
    """The step of the report after which it holds."""
    name: str
    """Flat name of the param."""
    value: Any
    """Its new value."""
    note: str = ""
    """What was done to the value asked for, such as "clipped from 2.0"; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The study's answer to a report, or to a checkpoint."""

    decision: Decision
    """Whether the trial trains on."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """The params that feedback has changed, by flat name; only those."""
    checkpoint: bool = False
    """Whether the study waits for a checkpoint of the step that was reported."""
