"""What ConfigSpace forbids, as constraints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ConfigSpace.forbidden import (
    ForbiddenAndConjunction,
    ForbiddenClause,
    ForbiddenLike,
    ForbiddenOrConjunction,
)

from tunebridge import Constraint


@dataclass(frozen=True, slots=True)
class Allowed:
    """Holds where a clause does not forbid."""

    clause: ForbiddenLike
    values: Callable[[Mapping[str, Any]], dict[str, Any]] = field(repr=False)
    """Returns ConfigSpace's values of flat params."""

    def __call__(self, params: Mapping[str, Any]) -> bool:
        """Return whether flat params are allowed."""
        return not forbids(self.clause, self.values(params))


def constraint(clause: ForbiddenLike, values: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Constraint:
    """Return the constraint of a clause; the rule in words is ConfigSpace's own."""
    rule = str(clause).replace("Forbidden: ", "").replace("&&", "and").replace("||", "or")
    return Constraint(Allowed(clause, values), f"forbidden: {rule}")


def forbids(clause: ForbiddenLike, values: Mapping[str, Any]) -> bool:
    """Return whether a clause forbids values; it says nothing of a hyperparameter that is inactive.

    ConfigSpace's own check by values takes an inactive ordinal for the value in the clause.
    """
    match clause:
        case ForbiddenAndConjunction():
            return all(forbids(one, values) for one in clause.components)
        case ForbiddenOrConjunction():
            return any(forbids(one, values) for one in clause.components)
        case ForbiddenClause():
            return clause.hyperparameter.name in values and bool(clause.is_forbidden_value(dict(values)))
        case _:
            return bool(clause.is_forbidden_value(dict(values)))
