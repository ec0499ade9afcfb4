"""What makes Ray's value of a param where it is not the same: rounded as Ray rounds it."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rounded:
    """Makes the nearest multiple of `q`, of a float."""

    q: float

    def __call__(self, value: float) -> float:
        """Return the multiple; halves go to the even one, as numpy rounds."""
        return float(round(value / self.q) * self.q)


@dataclass(frozen=True, slots=True)
class Floored:
    """Makes the multiple of `q` below a float.

    Args:
        last: How many times `q` the last one is: what is drawn may reach the end of its range, which is not.
        q: The integer, or number, whose multiples they are.
    """

    last: int
    q: float = 1

    def __call__(self, value: float) -> int:
        """Return the multiple as an integer, cut off as Ray cuts it off."""
        places = value / self.q
        nearest = round(places)
        whole = nearest if math.isclose(places, nearest, rel_tol=1e-12) else math.floor(places)
        return int(min(whole, self.last) * self.q)


@dataclass(frozen=True, slots=True)
class Counted:
    """Makes an integer of how many times `q`, which is no integer, it is."""

    q: float

    def __call__(self, count: int) -> int:
        """Return the multiple, cut off as Ray cuts it off."""
        return int(count * self.q)


Make = Rounded | Floored | Counted
