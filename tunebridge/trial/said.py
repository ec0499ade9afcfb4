"""What a trial says to its study while its objective runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """A report, as the objective made it; its study checks it."""

    value: Any
    """A number, or a mapping of metrics."""
    step: int | None = None
    """Its step; None for the one after the highest."""


@dataclass(frozen=True, slots=True)
class Written:
    """A checkpoint has closed: its folder is in place."""

    step: int
    """The step of the trial's last report."""


Said = Told | Written
"""What a trial says; executors hand it on as it is."""
