"""A space as a list of dicts: what scikit-learn takes where params depend on one another.

Some parameters are *split*: each dict has some of their values alone, and only what is active there. What
depends on a parameter that is not split stands in every dict in which it may be active.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tunebridge import Node, Space


@dataclass(frozen=True, slots=True)
class Part:
    """Some values of a split parameter, between which no condition tells."""

    value: Any
    """One of them."""
    entry: Any
    """What stands for all of them in a dict."""
    probability: Fraction = Fraction(1)
    """How likely they are."""


@dataclass(frozen=True, slots=True)
class Dict:
    """One of the dicts that are being made."""

    entries: Mapping[str, Any] = field(default_factory=dict)
    """What stands under full paths."""
    decided: Mapping[str, Any] = field(default_factory=dict)
    """The natural values of the parameters that are split, or have one value only."""
    probability: Fraction = Fraction(1)
    """How likely it is."""

    def may_have(self, node: Node) -> bool:
        """Return whether a parameter is active for some values of this dict."""
        return any(
            all(
                clause.holds(self.decided) if clause.path in self.decided else clause.path in self.entries
                for clause in all_of
            )
            for all_of in node.condition.any_of
        )

    def extended(self, node: Node, leaf: Callable[[Node], Any], parts: Sequence[Part]) -> list[Dict]:
        """Return what becomes of it with one parameter more: a dict for each part of a split one."""
        if not self.may_have(node):
            return [self]
        if node.fixed:
            parts = [Part(node.parameter.quantile(0.0), None)]
        if not parts:
            return [Dict({**self.entries, node.path: leaf(node)}, self.decided, self.probability)]
        return [
            Dict(
                self.entries if node.fixed else {**self.entries, node.path: part.entry},
                {**self.decided, node.path: node.parameter.to_natural(part.value)},
                self.probability * part.probability,
            )
            for part in parts
        ]


def dicts(
    space: Space, leaf: Callable[[Node], Any], split: Callable[[Node], Sequence[Part]]
) -> list[tuple[dict[str, Any], Fraction]]:
    """Return the dicts of a space, each with its probability.

    Args:
        space: The declared space.
        leaf: Returns what stands for a parameter that is not split.
        split: Returns the parts of a parameter, in order; none if it is not split.
    """
    found = [Dict()]
    for node in space.nodes:
        parts = () if node.fixed else split(node)
        found = [longer for one in found for longer in one.extended(node, leaf, parts)]
    return [(dict(one.entries), one.probability) for one in found]
