"""What intervals gained, made comparable over the whole training."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tunebridge.population.explorer import Interval
from tunebridge.problem.problem import Direction


def shares(intervals: Sequence[Interval], direction: Direction) -> list[float | None]:
    """Return for each interval the share of the others at the same step that gained less, equal ones half.

    A model gains less and less the longer it trains, so that gains themselves would say above all how early
    an interval was. Who is at a step alone has nothing to be compared with: None. In a member's first
    interval the value before is not known, but all of them begin with an untrained model.
    """
    groups: dict[tuple[int, bool], list[float]] = defaultdict(list)
    for one in intervals:
        groups[_group(one)].append(_gain(one, direction))
    return [_share(_gain(one, direction), groups[_group(one)]) for one in intervals]


def _group(one: Interval) -> tuple[int, bool]:
    return one.last, one.before is None


def _gain(one: Interval, direction: Direction) -> float:
    return direction.sign * ((one.before or 0.0) - one.after)


def _share(gain: float, group: Sequence[float]) -> float | None:
    if len(group) < 2:
        return None
    less, equal = sum(other < gain for other in group), group.count(gain) - 1
    return (less + equal / 2) / (len(group) - 1)
