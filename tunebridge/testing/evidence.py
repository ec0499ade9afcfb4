"""Whether a sampler learns: shown over seeds, in pairs, at a stated rate of false alarms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

FALSE_ALARM = 0.01
"""How often, at most, a sampler passes whose proposals do not depend on what is claimed."""

STAKE = 0.95
"""The share of all that it has which a bet on the next seed stakes."""

MAX_SEEDS = 32
"""After how many seeds there is no evidence: a sampler may lose four of them, and a fast one needs seven."""


def is_shown(differences: Iterable[float]) -> bool:
    """Return whether differences, one per seed, are above 0 by more than chance.

    Each seed is a fair bet if the sign of its difference is up to chance: `STAKE` of the wealth, 1 at first,
    is won when it is above 0, and lost when it is below. By Ville's inequality the wealth of a fair game ever
    reaches 1 / FALSE_ALARM with a probability of at most FALSE_ALARM, so that looking after every seed costs
    nothing: fast learners need few seeds, slow ones get more, and two runs that are the same win nothing.

    Args:
        differences: Taken as far as they are needed, MAX_SEEDS of them at most.
    """
    wealth, goal = 1.0, 1.0 / FALSE_ALARM
    for left, difference in _counted(differences):
        wealth *= 1.0 + STAKE * ((difference > 0) - (difference < 0))
        if wealth >= goal:
            return True
        if wealth * (1.0 + STAKE) ** left < goal:
            return False
    return False


def _counted(differences: Iterable[float]) -> Iterator[tuple[int, float]]:
    """Yield each difference with the number of seeds that are left after it."""
    yield from zip(range(MAX_SEEDS - 1, -1, -1), differences, strict=False)
