"""The `points` option of every grid: how many values to take of which parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunebridge.checks import is_int
from tunebridge.display.brief import brief
from tunebridge.errors import OptionError, did_you_mean
from tunebridge.space.node import Node
from tunebridge.space.numeric import Float, Normal
from tunebridge.space.space import Space


def read_points(space: Space, points: Any) -> Callable[[Node], int | None]:
    """Return a function that says how many grid points a node takes; None means all its values.

    Args:
        space: The space whose grid is wanted.
        points: None, one number for all continuous parameters, or a mapping of names or full paths to
            numbers.

    Raises:
        OptionError: A name is unknown, or a number is below 1.
    """
    if not isinstance(points, Mapping):
        _check(points)
        return lambda node: points if _is_continuous(node) else None
    known = {node.name for node in space.nodes} | {node.path for node in space.nodes}
    for name, number in points.items():
        _check(number)
        if name not in known:
            raise OptionError(
                f"points names {name!r}, no parameter of the space", hint=did_you_mean(str(name), known)
            )
    return lambda node: points.get(node.path, points.get(node.name))


def _is_continuous(node: Node) -> bool:
    return isinstance(node.parameter, Float | Normal) and node.parameter.size is None


def _check(number: Any) -> None:
    if number is not None and not (is_int(number) and number >= 1):
        raise OptionError(
            f"points must be an integer >= 1 or a mapping of names to such, got {brief(number)}"
        )
