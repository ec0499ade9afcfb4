"""Params in natural units: what people and databases read, and what declared values are made of again.

*Natural* params are plain data by full path, constants included: numbers, and the label of everything that
is listed. There a label is a label: it is never taken for the value of another choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.space.node import Node
from tunebridge.space.space import UNREAD, Space
from tunebridge.space.ways import Way, by_label


def to_natural(space: Space, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return flat params as natural ones."""
    natural = {}

    def keep(node: Node) -> Any:
        natural[node.path] = node.parameter.to_natural(params[node.name])
        return params[node.name]

    space.walk(keep)
    return natural


def point_of(space: Space, params: Mapping[str, Any]) -> frozenset[tuple[str, Any]]:
    """Return what flat params have in common with all others of the same point, to look it up by."""
    return frozenset(to_natural(space, params).items())


def from_natural(space: Space, natural: Mapping[str, Any], way: Way = by_label) -> dict[str, Any]:
    """Return the flat params of natural ones.

    Args:
        space: The declared space.
        natural: By full path, or by flat name.
        way: How each is read; others than tunebridge may write values where natural params have labels.

    Raises:
        SpaceError: Something is missing, or is no value of its parameter.
    """
    names = {node.path: node.name for node in space.nodes}
    return space.read({names.get(path, path): value for path, value in natural.items()}, way)


def filled_in(space: Space, natural: Mapping[str, Any], filled: Mapping[str, Any]) -> dict[str, Any]:
    """Return natural params of a space before it grew as those of the grown one, as far as that is known.

    Args:
        space: The grown space.
        natural: By full path.
        filled: What each param that may be missing there is then, by full path.
    """
    found = dict(natural)

    def take(node: Node) -> Any:
        if node.path in filled:
            found.setdefault(node.path, filled[node.path])
        try:
            return node.parameter.from_natural(found[node.path])
        except (KeyError, ValueError):
            return UNREAD

    space.walk(take)
    return found


def plain_value(space: Space, params: Mapping[str, Any], name: str, value: Any) -> Any:
    """Return the plain form of a value that an active parameter has taken."""
    return space.active(params)[name].parameter.to_natural(value)
