"""A rule between the parameters of a space."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tunebridge.calls import checked
from tunebridge.display.brief import brief
from tunebridge.errors import SpaceError


@checked
@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule between parameters.

    Args:
        predicate: Takes the flat params, inactive ones absent; true when the rule holds.
        reason: The rule in words, for messages.
    """

    predicate: Callable[[Mapping[str, Any]], bool]
    reason: str

    def holds(self, params: Mapping[str, Any]) -> bool:
        """Return whether `params` keep the rule.

        Raises:
            SpaceError: The predicate itself raised.
        """
        try:
            return bool(self.predicate(MappingProxyType(dict(params))))
        except Exception as error:
            raise SpaceError(
                [f"constraint {self.reason!r} raised {brief(error)} for params {brief(dict(params))}"],
                hint="inactive parameters are absent: use params.get(name)",
            ) from error


def constraint_faults(given: object) -> Iterator[str]:
    """Yield every rule that something in a list of constraints breaks."""
    if not isinstance(given, Constraint):
        yield f"must be Constraint(predicate, reason), got {brief(given)}"
        return
    if not callable(given.predicate):
        yield f"the predicate must be a function of the params, got {brief(given.predicate)}"
    if not isinstance(given.reason, str) or not given.reason:
        yield f"the reason must be the rule in words, a string that is not empty, got {brief(given.reason)}"
