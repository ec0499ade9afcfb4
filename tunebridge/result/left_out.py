"""A trial of a history that a study cannot be told of."""

from __future__ import annotations

from dataclasses import dataclass

from tunebridge.display.printable import printable, printed


@printed
@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A trial of another study that is not carried."""

    source: str
    """Which study it is from."""
    number: int
    """Its number there."""
    reason: str
    """Why it is not carried: a param is unknown, missing or out of its bounds, or a constraint is broken."""

    def __str__(self) -> str:
        """Return it in one line."""
        return printable(f"trial {self.number} of {self.source}: {self.reason}")
