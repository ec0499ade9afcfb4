"""Parameters as one would write them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from tunebridge.checks import plain
from tunebridge.display.brief import brief


def number(value: Any) -> str:
    """Return a number as one would write it.

    Raises:
        ValueError: It is infinite.
    """
    read = float(value)
    if not math.isfinite(read):
        raise ValueError("no number that one would write")
    return f"{read:.12g}"


def written_float(low: Any, high: Any, *, log: bool = False, step: Any = None) -> str:
    """Return the Float of some bounds."""
    rest = (", log=True" if log else "") + (f", step={number(step)}" if step else "")
    return f"Float({number(low)}, {number(high)}{rest})"


def written_int(low: Any, high: Any, *, log: bool = False, step: Any = None) -> str:
    """Return the Int of some bounds, both included."""
    rest = (", log=True" if log else "") + (f", step={number(step)}" if step not in (None, 1) else "")
    return f"Int({number(low)}, {number(high)}{rest})"


def written_normal(mean: Any, sd: Any, *, log: bool = False) -> str:
    """Return the Normal of a mean and a standard deviation."""
    return f"Normal({number(mean)}, {number(sd)}{', log=True' if log else ''})"


def written_choice(values: Iterable[Any], weights: Iterable[Any] | None = None) -> str:
    """Return the Categorical of some values."""
    weighted = f", weights={brief(list(map(float, weights)))}" if weights else ""
    return f"Categorical({brief(list(map(plain, values)))}{weighted})"
