"""Which values count as numbers and as lists, everywhere."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any

from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError


def is_int(value: Any) -> bool:
    """Return whether a value is an integer; True and False are not."""
    return type(value) is int or (isinstance(value, Integral) and not isinstance(value, bool))


def is_finite(value: Any) -> bool:
    """Return whether a value is a real number that a float can hold; True and False are not."""
    if type(value) not in (float, int) and (not isinstance(value, Real) or isinstance(value, bool)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def bounded(value: float) -> float:
    """Return a number that is no NaN, or the largest float in place of one that has grown beyond it."""
    return max(-sys.float_info.max, min(sys.float_info.max, value))


def plain(value: Any) -> Any:
    """Return a numpy scalar as the builtin it stands for, and everything else as it is.

    Dates are left alone: those of nanoseconds would come out as bare integers.
    """
    scalar = type(value).__module__ == "numpy" and getattr(value, "shape", None) == ()
    return value.item() if scalar and value.dtype.kind in "biufcSU" else value


def check_flags(**given: Any) -> None:
    """Check that arguments are True or False; a text such as "no" would count as true.

    Raises:
        ProblemError: One is neither.
    """
    for argument, value in given.items():
        if not isinstance(plain(value), bool):
            raise ProblemError(f"{argument} must be True or False, got {brief(value)}")


def check_list(
    argument: str,
    given: Any,
    expected: str,
    fits: Callable[[Any], bool] = lambda one: True,
    *,
    may_be_empty: bool = True,
) -> None:
    """Check that an argument is a list, and that what is in it fits.

    Raises:
        ProblemError: It is none; the message shows the first that does not fit.
    """
    is_list = isinstance(given, Sequence) and not isinstance(given, str)
    wrong = [one for one in given if not fits(one)] if is_list and (given or may_be_empty) else [given]
    if wrong:
        alone = not is_list and given is not None and fits(given)
        hint = f"write {argument}=[{brief(given)}]" if alone else ""
        raise ProblemError(f"{argument} must be a list of {expected}, got {brief(wrong[0])}", hint=hint)
