"""Distributions that turn a value into Optuna's own number without a check: values come from samplers.

TPE turns the params of all trials into numbers in each ask. They were checked as they were drawn, so here a
type or a method of a tuple stands in for the method that checks them again.
"""

from __future__ import annotations

from typing import Any, Self

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)


class Unchanging(BaseDistribution):
    """A distribution that nobody changes: it is its own copy, and equal to itself at a glance."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return itself."""
        return self

    def __eq__(self, other: object) -> bool:
        """Compare as Optuna does, unless it is the same one."""
        return self is other or super().__eq__(other)

    __hash__ = BaseDistribution.__hash__


class QuickFloat(Unchanging, FloatDistribution):
    """A float."""

    to_internal_repr = float  # type: ignore[assignment]  # a type is called as the method would be


class QuickInt(Unchanging, IntDistribution):
    """An int."""

    to_internal_repr = float  # type: ignore[assignment]  # as above


class QuickChoice(Unchanging, CategoricalDistribution):
    """A choice."""

    __slots__ = ("to_internal_repr",)

    def __init__(self, choices: Any) -> None:
        """Take the place of a choice from the tuple itself."""
        super().__init__(choices)
        self.to_internal_repr = self.choices.index  # type: ignore[assignment, method-assign]  # as above


def quick(native: BaseDistribution) -> BaseDistribution:
    """Return the quick form of a distribution."""
    match native:
        case FloatDistribution():
            return QuickFloat(native.low, native.high, native.log, native.step)
        case IntDistribution():
            return QuickInt(native.low, native.high, native.log, native.step)
        case CategoricalDistribution():
            return QuickChoice(native.choices)
        case _:
            return native
