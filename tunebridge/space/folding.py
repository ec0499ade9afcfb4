"""The tree of a space, turned into a library's own: for libraries whose natives are nested."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TypeVar

from tunebridge.space.space import Conditions, Node, Space

T = TypeVar("T")


def fold(
    space: Space,
    leaf: Callable[[Node, Conditions], T],
    choice: Callable[[Node, Mapping[str, Mapping[str, T]], Conditions], T],
) -> dict[str, T]:
    """Make a library's nested native of a space, from the leaves up.

    Both functions are given, last, the conditions of their parameter that no branch expresses. There are none
    in today's spaces. A library without such conditions proposes the parameter in any case, and its value is
    dropped where they do not hold.

    Args:
        space: The declared space.
        leaf: Returns the native of a parameter without branches.
        choice: Returns the native of a choice with branches. It is given what the branches hold: by label, in
            order, a mapping of full path to native, which is empty for a label without a branch.

    Returns:
        The natives at the top by full path. Fixed parameters are left out, and what the branch of a single
        choice holds stands in its place.
    """
    levels: dict[Conditions, list[Node]] = defaultdict(list)
    for node in space.nodes:
        levels[node.conditions].append(node)

    def level(conditions: Conditions) -> dict[str, T]:
        natives: dict[str, T] = {}
        for node in levels[conditions]:
            labels = node.parameter.labels if node.branching else ()  # type: ignore[union-attr]
            branches = {label: level((*conditions, (node.path, label))) for label in labels}
            if node.fixed:
                natives.update(*branches.values())
            else:
                natives[node.path] = choice(node, branches, ()) if node.branching else leaf(node, ())
        return natives

    return level(())
