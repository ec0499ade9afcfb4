"""Params in natural units: what people and databases read, and what declared values are made of again.

*Natural* params are plain data by full path, constants included: numbers, and the label of everything that
is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from tunebridge.listed import Categorical, Constant, Ordinal
from tunebridge.numeric import Float, Int, Normal
from tunebridge.space import AnyParameter, Node, Space


def to_natural(space: Space, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return flat params as natural ones."""
    natural = {}

    def keep(node: Node) -> Any:
        natural[node.path] = _plain(node.parameter, params[node.name])
        return params[node.name]

    space.walk(keep)
    return natural


def point_of(space: Space, params: Mapping[str, Any]) -> frozenset[tuple[str, Any]]:
    """Return what flat params have in common with all others of the same point, to look it up by."""
    return frozenset(to_natural(space, params).items())


def from_natural(space: Space, natural: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flat params of natural ones.

    Raises:
        SpaceError: Something is missing, or is no value of its parameter.
    """
    names = {node.path: node.name for node in space.nodes}
    return space.read({names.get(path, path): value for path, value in natural.items()})


def plain_value(space: Space, params: Mapping[str, Any], name: str, value: Any) -> Any:
    """Return the plain form of a value that an active parameter has taken."""
    return _plain(space.active(params)[name].parameter, value)


def _plain(parameter: AnyParameter, value: Any) -> Any:
    match parameter:
        case Float() | Int() | Normal():
            return value
        case Ordinal() | Categorical():
            return parameter.labels[parameter.index(value)]
        case Constant():
            return repr(parameter.value)
        case _:
            assert_never(parameter)
