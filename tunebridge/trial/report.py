"""What a study knows of a trial that trains: what it has reported, and what was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
