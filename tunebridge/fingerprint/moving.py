"""Sources of random numbers: what one is, and how one is read without being moved on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

MOVING = {"Generator", "RandomState", "Random"}
"""Names of the classes of random numbers, whose state moves on when they are used."""


def is_moving(value: Any) -> bool:
    """Return whether a value is a source of random numbers."""
    return any(
        kind.__name__ in MOVING and kind.__module__.partition(".")[0] in ("numpy", "random", "torch")
        for kind in type(value).__mro__
    )


@contextmanager
def unmoved(values: Iterable[Any]) -> Iterator[None]:
    """Put the sources of random numbers among some values back to where they are now, when the block ends.

    XGBoost's `get_params`, for one, draws a number from the `random_state` that it was given.
    """
    backs = [_way_back(value) for value in values if is_moving(value)]
    try:
        yield
    finally:
        for back in backs:
            back()


def _way_back(moving: Any) -> Callable[[], object]:
    """Return what brings a source of random numbers back to its state of now."""
    if hasattr(moving, "bit_generator"):  # numpy's Generator
        return partial(setattr, moving.bit_generator, "state", moving.bit_generator.state)
    if hasattr(moving, "random_sample"):  # numpy's RandomState, with any bit generator
        return partial(moving.set_state, moving.get_state(legacy=False))
    if hasattr(moving, "get_state"):  # torch's
        return partial(moving.set_state, moving.get_state())
    try:
        return partial(moving.setstate, moving.getstate())
    except NotImplementedError:  # SystemRandom has no state.
        return lambda: None
