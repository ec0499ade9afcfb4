"""Distributions of Optuna, ConfigSpace, scikit-optimize and scipy, by their public attributes."""

from __future__ import annotations

import math
from typing import Any

from tunebridge.display.brief import brief
from tunebridge.space.foreign.written import written_choice, written_float, written_int, written_normal

ABOVE = 0.8413447460685429
"""The share of a normal distribution that is less than one standard deviation above its mean."""

BENT = ("Beta", "Normal")
"""What the name of a distribution says that is between two bounds, and not uniform there."""


def of_bounds(value: Any) -> str:
    """Return the parameter of an object with bounds or choices; nothing if it is another one."""
    kind = type(value).__name__
    for name in ("choices", "categories"):
        if hasattr(value, name):
            return written_choice(getattr(value, name), getattr(value, "weights", None))
    if hasattr(value, "sequence"):
        return f"Ordinal({brief(list(value.sequence))})"
    if any(word in kind for word in BENT):
        return ""
    low, high = (value.low, value.high) if hasattr(value, "low") else (value.lower, value.upper)
    log = getattr(value, "log", False) or getattr(value, "prior", "") == "log-uniform"
    write = written_int if "Int" in kind else written_float
    return write(low, high, log=log, step=getattr(value, "step", None))


def of_scipy(value: Any) -> str:
    """Return the parameter of a frozen distribution; nothing if there is none."""
    low, high = value.support()
    match value.dist.name:
        case "uniform":
            return written_float(low, high)
        case "loguniform" | "reciprocal" if math.isclose(value.median() ** 2, low * high):
            return written_float(low, high, log=True)
        case "randint":
            return written_int(low, high)
        case "norm":
            return written_normal(value.mean(), value.std())
        case "lognorm" if low == 0:
            middle = value.median()
            return written_normal(math.log(middle), math.log(value.ppf(ABOVE) / middle), log=True)
        case _:
            return ""
