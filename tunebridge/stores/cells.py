"""One cell of a table."""

from __future__ import annotations

from math import isnan
from numbers import Real
from typing import Any

from tunebridge.checks import is_finite
from tunebridge.space.matching import number_of


def is_empty(cell: Any) -> bool:
    """Return whether a cell is empty: None, NaN, NA, or no text."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return True
    return type(cell).__name__ in ("NAType", "NaTType") or (isinstance(cell, Real) and isnan(cell))


def number(cell: Any) -> float | int | None:
    """Return the finite number that a cell holds or shows."""
    if isinstance(cell, str):
        return int(cell) if cell.strip().isdecimal() else number_of(cell)
    return cell if is_finite(cell) else None
