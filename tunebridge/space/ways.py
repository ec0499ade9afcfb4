"""How one param is read, which depends on who wrote it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tunebridge.space.node import AnyParameter

Way = Callable[[AnyParameter, Any], Any]
"""How one param is read: takes a parameter and what was written of it, and returns the declared value."""


def as_written(parameter: AnyParameter, given: Any) -> Any:
    """Read what a user wrote: a value first, then a label."""
    return parameter.read(given)


def by_label(parameter: AnyParameter, natural: Any) -> Any:
    """Read what tunebridge wrote: numbers, and labels of choices."""
    return parameter.from_natural(natural)
