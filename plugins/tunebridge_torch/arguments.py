"""Arguments of `training`, and params of the same names, checked."""

from __future__ import annotations

from typing import Any

from tunebridge import Direction, ProblemError, UnknownNameError
from tunebridge.display.brief import brief
from tunebridge.errors import did_you_mean
from tunebridge_torch.metrics import Metric


def read_count(name: str, value: Any) -> int:
    """Return a whole number >= 1.

    Raises:
        ProblemError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ProblemError(f"{name} must be an integer >= 1, got {brief(value)}")
    return value


def read_best(keep_best: Any, metric: Metric) -> Direction | None:
    """Return which way the weights to keep are better, or None to keep none.

    Raises:
        ProblemError: The metric is the user's own, and nothing says which way it is better.
        UnknownNameError: It is no direction.
    """
    if keep_best is False:
        return None
    if keep_best is True:
        if metric.direction is None:
            raise ProblemError(
                f"keep_best=True does not say which way {metric.name!r} is better",
                hint="write keep_best='minimize' or keep_best='maximize'",
            )
        return metric.direction
    if keep_best not in list(Direction):
        hint = did_you_mean(str(keep_best), [direction.value for direction in Direction])
        raise UnknownNameError(f"keep_best must be a bool or a direction, got {brief(keep_best)}", hint=hint)
    return Direction(keep_best)
