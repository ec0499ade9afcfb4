"""What is known of an option that another library chose, where that is not simply its value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tunebridge.calls import checked
from tunebridge.space.choices import Listed
from tunebridge.space.parameter import Parameter


@checked
@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option of a choice, as a reader of histories hands it over; nothing else identifies it."""

    unknown: str
    """What to say where that identifies no choice: what was found, and what to do."""
    values: tuple[Any, ...] = ()
    """What it may be written as."""
    texts: frozenset[str] = frozenset()
    """What stands in it and in no other option; one of them may be a label."""
    names: frozenset[str] = frozenset()
    """The params that it has, if no other option has just these."""

    def within(self, parameter: Parameter) -> Any:
        """Return the choice that it is: by its value, else by a label, else by the params of a branch.

        Raises:
            ValueError: It is none, or may be several.
        """
        for value in self.values:
            try:
                return parameter.find(value)
            except ValueError:
                continue
        for found in ([*self._labelled(parameter)], [*self._alike(parameter)]):
            if len(found) == 1:
                return parameter.from_natural(found[0])
        raise ValueError(self.unknown)

    def _labelled(self, parameter: Parameter) -> Iterator[str]:
        """Yield the labels that stand in it."""
        if isinstance(parameter, Listed):
            yield from (label for label in parameter.labels if label in self.texts)

    def _alike(self, parameter: Parameter) -> Iterator[str]:
        """Yield the labels of branches that have its params; those of one value may be left out."""
        branches: dict[str, Any] = dict(getattr(parameter, "branches", {}))
        for label, branch in branches.items():
            if self.names and branch.layout.always <= self.names <= branch.layout.names:
                yield label
