"""Truncation selection: who of a population copies, and whom it may copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tunebridge.problem.problem import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a member stands at its newest interval."""

    member: int
    """Number of its trial."""
    step: int
    """The last step of that interval, of which it has a checkpoint."""
    value: float
    """Its value there, in the user's sign."""


def donors_of(
    member: int, standings: Sequence[Standing], *, n_copied: int, direction: Direction
) -> list[Standing]:
    """Return whom a member may copy, best first; nobody if it is to go on with what it has.

    It copies if it is one of the last `n_copied`, and then one of the first `n_copied` that is better, for
    equal values are no reason to copy, and at least as far in its training, so that steps always rise.

    Args:
        member: Number of its trial.
        standings: Of all members that train, its own among them.
        n_copied: How many make a quantile.
        direction: Whether lower or higher values are better.
    """
    ranked = sorted(standings, key=lambda one: (direction.sign * one.value, one.member))
    n_copied = min(n_copied, len(ranked) // 2)
    own = next(one for one in ranked if one.member == member)
    if own not in ranked[len(ranked) - n_copied :]:
        return []
    better = [one for one in ranked[:n_copied] if direction.sign * one.value < direction.sign * own.value]
    return [one for one in better if one.step >= own.step]
