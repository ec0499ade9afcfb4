"""One parameter at its place in a space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunebridge.space.choices import Categorical, Constant, Ordinal
from tunebridge.space.conditions import ALWAYS, Clause, Condition
from tunebridge.space.numeric import Float, Int, Normal
from tunebridge.space.parameter import Branch

AnyParameter = Float | Int | Ordinal | Normal | Constant | Categorical
"""All kinds of parameters: the closed union that adapters match over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One parameter at its place in a space."""

    path: str
    """Full path: `optimizer.sgd.momentum`."""
    name: str
    """The name as the user wrote it: `momentum`."""
    parameter: AnyParameter
    """The declaration."""
    branch: Clause | None
    """The choice and the label whose branch it is in, the innermost; None outside of branches."""
    when: Condition
    """What `when=` says of it, and of the groups that it is in."""
    branching: bool
    """Whether it is a choice with branches."""
    deciding: bool
    """Whether it has branches, or conditions of others name it."""
    fixed: bool
    """Whether it has one value only, which no backend needs to propose."""

    @property
    def condition(self) -> Condition:
        """Under which it is active, as far as its parents say; they have conditions of their own."""
        return self.when if self.branch is None else Condition(((self.branch,),)) & self.when

    def is_active(self, decided: Mapping[str, Any]) -> bool:
        """Return whether it is active.

        Args:
            decided: The natural values of the active nodes before it that are `deciding`, by full path.
        """
        if self.branch is not None and not self.branch.holds(decided):
            return False
        return self.when is ALWAYS or self.when.holds(decided)

    @property
    def declared(self) -> str:
        """The declaration in short: branches show the names inside, which have nodes of their own."""
        return f"{self._shape()} when {self.when}" if self.when else self._shape()

    def _shape(self) -> str:
        if not isinstance(self.parameter, Categorical) or not self.branching:
            return self.parameter.declaration()
        pairs = zip(self.parameter.labels, self.parameter.values, strict=True)
        weights = f", weights={list(self.parameter.weights)!r}" if self.parameter.weights else ""
        return (
            f"Categorical({{{', '.join(f'{label!r}: {_short(value)}' for label, value in pairs)}}}{weights})"
        )


def is_fixed(parameter: AnyParameter) -> bool:
    """Return whether a parameter has one value only."""
    if isinstance(parameter, Categorical):
        return len(parameter.labels) == 1
    return parameter.size == 1


def _short(value: Any) -> str:
    return (
        f"Space({', '.join(name for name, _ in value.entries)})" if isinstance(value, Branch) else repr(value)
    )
