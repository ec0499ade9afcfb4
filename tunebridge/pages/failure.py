"""What failed for one reason."""

from __future__ import annotations

from dataclasses import dataclass

MOST_FAILURES = 20
"""Kinds of failures that a list shows."""

TRACEBACK = 4_000
"""Characters that are shown of a traceback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What failed for one reason."""

    where: str
    """What failed: trials of a study, say, or those of a line of a comparison."""
    what: str
    """Why, in one line, and how many did."""
    traceback: str
    """The whole error of the first."""
