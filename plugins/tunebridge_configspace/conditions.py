"""When a hyperparameter of ConfigSpace's is active, in tunebridge's normal form: any of some sets of clauses.

A clause on an inactive parent is false, in ConfigSpace as here; but for "not equal", which ConfigSpace takes
for true there. So that one holds where the parent has another value, or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from ConfigSpace.conditions import (
    AndConjunction,
    Condition,
    ConditionLike,
    EqualsCondition,
    GreaterThanCondition,
    InCondition,
    LessThanCondition,
    NotEqualsCondition,
    OrConjunction,
)

import tunebridge as tb
from tunebridge_configspace.making import Listed, Make
from tunebridge_configspace.spans import Spans, complement, equal_to, first_after, last_before, meet

Wanted = frozenset[int] | Spans
"""What a parent may be: places of options, or spans of its range."""
Term = Mapping[str, Wanted]
"""Parents, and what all of them may be."""
Terms = list[Term]
"""Any of some terms: none at all is never, and an empty one is always."""
ALWAYS: Terms = [{}]
NEVER: Terms = []


@dataclass(slots=True)
class Parent:
    """A hyperparameter that others may depend on."""

    parameter: tb.AnyParameter
    """Its parameter, without a condition."""
    make: Make | None
    """What makes its value of a param; None if it is the same."""
    conditions: Sequence[ConditionLike]
    """When it is active: all of them hold."""

    def value(self, param: Any) -> Any:
        """Return ConfigSpace's value of a param."""
        return param if self.make is None else self.make(param)

    @property
    def options(self) -> Sequence[Any]:
        """The options of a listed one."""
        return self.make.options if isinstance(self.make, Listed) else self.parameter.grid(None)


@dataclass(slots=True)
class Activity:
    """When each hyperparameter is active, asked in the order of the space, parents first."""

    parents: dict[str, Parent] = field(default_factory=dict)

    def active(self, name: str) -> Terms:
        """Return when a hyperparameter is active."""
        if name not in self.parents:
            return NEVER
        # Alternatives that together leave nothing out are no condition.
        is_always = self.inactive(name) == NEVER
        return ALWAYS if is_always else _all([self.holds(one) for one in self.parents[name].conditions])

    def inactive(self, name: str) -> Terms:
        """Return when it is not."""
        if name not in self.parents:
            return ALWAYS
        return _any([self.fails(one) for one in self.parents[name].conditions])

    def holds(self, condition: ConditionLike) -> Terms:
        """Return when a condition holds."""
        match condition:
            case AndConjunction():
                return _all([self.holds(one) for one in condition.components])
            case OrConjunction():
                return _any([self.holds(one) for one in condition.components])
            case NotEqualsCondition():
                return _any([self._within(condition), self.inactive(condition.parent.name)])
            case _:
                return self._within(condition)

    def fails(self, condition: ConditionLike) -> Terms:
        """Return when it does not."""
        match condition:
            case AndConjunction():
                return _any([self.fails(one) for one in condition.components])
            case OrConjunction():
                return _all([self.fails(one) for one in condition.components])
            case NotEqualsCondition():
                return self._within(condition, negated=True)
            case _:
                return _any([self._within(condition, negated=True), self.inactive(condition.parent.name)])

    def when(self, terms: Terms) -> list[dict[str, Any]] | None:
        """Return terms as `when=` takes them; None if they always hold."""
        if ALWAYS[0] in terms:
            return None
        return [written for term in terms for written in self._written(term)]

    def _within(self, condition: Condition, *, negated: bool = False) -> Terms:
        """Return when the parent is active, and within what a condition asks for, or without."""
        name = condition.parent.name
        if name not in self.parents:
            return NEVER
        parent = self.parents[name]
        wanted = _wanted(condition, parent)
        other = _complement(wanted, parent)
        wanted, other = (other, wanted) if negated else (wanted, other)
        if not wanted:
            return NEVER
        return [{name: wanted}] if other else self.active(name)

    def _written(self, term: Term) -> list[dict[str, Any]]:
        texts = [[{name: one} for one in self._alternatives(name, wanted)] for name, wanted in term.items()]
        return [{name: one for part in parts for name, one in part.items()} for parts in product(*texts)]

    def _alternatives(self, name: str, wanted: Wanted) -> list[Any]:
        parameter = self.parents[name].parameter
        if isinstance(wanted, frozenset):
            values = parameter.grid(None)
            return [[values[place] for place in sorted(wanted)]]
        if isinstance(parameter, tb.Int) and len(wanted) > 1 and all(low == high for low, high in wanted):
            return [[low for low, _ in wanted]]
        return [_between(parameter, low, high) for low, high in wanted]


def _between(parameter: Any, low: float, high: float) -> tb.Between:
    return tb.Between(None if low == parameter.low else low, None if high == parameter.high else high)


def _wanted(condition: Condition, parent: Parent) -> Wanted:
    """Return what a condition asks of its parent, if that is active."""
    parameter, name = parent.parameter, condition.parent.name
    if not isinstance(parameter, tb.Float | tb.Int):
        fits = [condition.satisfied_by_value({name: option}) for option in parent.options]
        return frozenset(place for place, one in enumerate(fits) if one)
    match condition:
        case EqualsCondition():
            return equal_to(parameter, parent.value, [condition.value])
        case NotEqualsCondition():
            return complement(parameter, equal_to(parameter, parent.value, [condition.value]))
        case InCondition():
            return equal_to(parameter, parent.value, condition.values)
        case LessThanCondition():
            last = last_before(parameter, lambda param: parent.value(param) < condition.value)
            return () if last is None else ((parameter.low, last),)
        case GreaterThanCondition():
            first = first_after(parameter, lambda param: parent.value(param) > condition.value)
            return () if first is None else ((first, parameter.high),)
        case _:
            raise tb.SpaceError(
                [f"{condition.child.name}: has a condition of a class of its own, {condition!r}"],
                hint="write it with ConfigSpace's own conditions",
            )


def _complement(wanted: Wanted, parent: Parent) -> Wanted:
    if isinstance(wanted, frozenset):
        return frozenset(range(len(parent.options))) - wanted
    return complement(parent.parameter, wanted)  # type: ignore[arg-type]


def _any(several: Sequence[Terms]) -> Terms:
    return _shortened([term for terms in several for term in terms])


def _all(several: Sequence[Terms]) -> Terms:
    met = (_met(terms) for terms in product(*several))
    return _shortened([term for term in met if term is not None])


def _met(terms: Sequence[Term]) -> Term | None:
    """Return what holds where all terms do; None if they exclude one another."""
    met: dict[str, Wanted] = {}
    for term in terms:
        for name, wanted in term.items():
            met[name] = _common(met[name], wanted) if name in met else wanted
    return met if all(met.values()) else None


def _common(one: Wanted, other: Wanted) -> Wanted:
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one & other
    return meet(one, other)  # type: ignore[arg-type]


def _shortened(terms: Terms) -> Terms:
    """Return terms without those that another one contains."""
    kept: Terms = []
    for term in terms:
        if not any(_contains(other, term) for other in kept):
            kept = [other for other in kept if not _contains(term, other)] + [term]
    return kept


def _contains(one: Term, other: Term) -> bool:
    """Return whether a term holds wherever another one does."""
    return all(name in other and _common(wanted, other[name]) == other[name] for name, wanted in one.items())
