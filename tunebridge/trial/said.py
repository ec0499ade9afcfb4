"""What a trial says to its study while its objective runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tunebridge.trial.limit import Limited


@dataclass(frozen=True, slots=True)
class Told:
    """A report, as the objective made it; its study checks it."""

    value: Any
    """A number, or a mapping of metrics."""
    step: int | None = None
    """Its step; None for the one after the highest."""


@dataclass(frozen=True, slots=True)
class Written:
    """A checkpoint has closed."""

    step: int
    """The step of the trial's last report."""
    packed: bytes | None = None
    """What it holds, from where the study's folder cannot be seen; None where it is in its place."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the trial has noted up to here, by name: plain data."""
    limits: Mapping[str, Limited] = field(default_factory=dict)
    """What it has limited up to here, by name."""


Said = Told | Written
"""What a trial says; executors hand it on as it is."""
