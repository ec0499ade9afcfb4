"""What a backend is told of the end of a trial: complete, pruned, failed or infeasible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tunebridge.trial.report import Report


class OutcomeState(Enum):
    """What a library has to be told of a trial."""

    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"
    INFEASIBLE = "infeasible"
    """The params violate a constraint; they were never evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of one suggestion, or of a trial that somebody else proposed."""

    suggestion_id: int | None
    """Whose end it is; None for a foreign trial (an initial point, another backend's)."""
    params: Mapping[str, Any]
    """Flat params."""
    state: OutcomeState
    """How it ended."""
    values: tuple[float, ...] | None = None
    """In the user's sign, one per direction; None unless COMPLETE."""
    reports: Sequence[Report] = ()
    """The trial's intermediate values, each step once, in the order in which they were told."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """How far it is beyond each of its limits, by name: above 0 the limit is violated. A session that does
    not declare `limits` need not look here: it is told of a violation by a worse value."""

    @property
    def is_beyond(self) -> bool:
        """Whether it is beyond one of its limits."""
        return any(excess > 0.0 for excess in self.limits.values())
