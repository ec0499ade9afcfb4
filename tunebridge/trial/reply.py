"""What a study answers to a trial that trains."""

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
class Reply:
    """The study's answer to a report, or to a checkpoint."""

    decision: Decision
    """Whether the trial trains on."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """The params that feedback has changed, by flat name; only those."""
    checkpoint: bool = False
    """Whether the study waits for a checkpoint of the step that was reported."""
