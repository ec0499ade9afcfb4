"""Points of a space as rows of numbers, and how far apart they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tunebridge.space.choices import Categorical
from tunebridge.space.node import Node
from tunebridge.space.space import Space

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

INACTIVE = -2.0
"""What an inactive parameter has: it is as far as can be from all that is active."""

APART = 2.0
"""How far the numbers of two labels of a choice are apart at least, which counts as one."""


class Coordinates:
    """The rows of a space's points: a number per free parameter, in [0, 1] where it has an order.

    Args:
        space: The declared space.
    """

    def __init__(self, space: Space) -> None:
        """Find what is free."""
        self._space = space
        self._nodes = [node for node in space.nodes if not node.fixed]

    def rows(self, points: Iterable[Mapping[str, Any]]) -> Array:
        """Return the rows of flat params, of shape (n_points, n_free)."""
        import numpy as np

        pathed = map(self._space.unflatten, points)
        rows = [[_coordinate(node, params) for node in self._nodes] for params in pathed]
        return np.asarray(rows, dtype=float).reshape(len(rows), len(self._nodes))


def distances(rows: Array, one: Array) -> Array:
    """Return how far each row is from one: the sum over its parameters, each of which counts 1 at most."""
    import numpy as np

    found: Array = np.minimum(np.abs(rows - one), 1.0).sum(axis=1)
    return found


def _coordinate(node: Node, params: Mapping[str, Any]) -> float:
    if node.path not in params:
        return INACTIVE
    value = params[node.path]
    if isinstance(node.parameter, Categorical):
        return APART * node.parameter.index(value)
    return node.parameter.cdf(value)
