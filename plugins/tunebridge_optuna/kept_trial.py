"""Trials of a session's own storage: one that runs is written to, one that is over is its own copy.

Samplers read all trials in each ask, so what they read of one that is over is found without a call.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from optuna.trial import FrozenTrial, TrialState


class KeptTrial(FrozenTrial):
    """A trial that is written to while it runs."""

    @classmethod
    def running(cls, number: int) -> Self:
        """Return one that begins now."""
        return cls(
            trial_id=number,
            number=number,
            state=TrialState.RUNNING,
            value=None,
            datetime_start=datetime.now(),
            datetime_complete=None,
            params={},
            distributions={},
            user_attrs={},
            system_attrs={},
            intermediate_values={},
        )

    @classmethod
    def like(cls, native: FrozenTrial, number: int) -> Self:
        """Return a copy of one that was given, under its number here."""
        return cls(
            trial_id=number,
            number=number,
            state=native.state,
            value=None,
            values=native.values,
            datetime_start=native.datetime_start,
            datetime_complete=native.datetime_complete,
            params={**native.params},
            distributions={**native.distributions},
            user_attrs=copy.deepcopy(native.user_attrs),
            system_attrs=copy.deepcopy(native.system_attrs),
            intermediate_values={**native.intermediate_values},
        )

    def __copy__(self) -> KeptTrial:
        """Return another trial with the same parts."""
        other = KeptTrial.__new__(KeptTrial)
        vars(other).update(vars(self))
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> KeptTrial:
        """Return a copy of its own."""
        other = self.__copy__()
        vars(other).update({name: copy.deepcopy(part, memo) for name, part in vars(self).items()})
        return other

    def snapshot(self) -> KeptTrial:
        """Return it as it is now."""
        other = self.__copy__()
        other.params, other.distributions = {**self.params}, {**self.distributions}
        other.user_attrs, other.system_attrs = {**self.user_attrs}, {**self.system_attrs}
        other.intermediate_values = {**self.intermediate_values}
        return other


class EndedTrial(KeptTrial):
    """A trial that is over, which nobody writes to."""

    __slots__ = ("constraints", "number", "params", "value")
    constraints: dict[str, float]
    number: int
    params: dict[str, Any]
    value: float | None

    @classmethod
    def of(cls, kept: KeptTrial) -> Self:
        """Return one that has just ended."""
        other = cls.__new__(cls)
        vars(other).update(vars(kept))
        other.number, other.params, other.constraints = kept.number, kept.params, kept.constraints
        if kept.values is None or len(kept.values) == 1:
            other.value = kept.value
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> KeptTrial:
        """Return itself."""
        return self

    def set_constraint(self, key: str, value: float) -> None:
        """Set a constraint of a trial that has none of this name."""
        super().set_constraint(key, value)
        self.constraints = self.__copy__().constraints

    def put_back(self, noted: Mapping[str, Any]) -> None:
        """Set attributes that a sampler has set in an earlier run."""
        self.system_attrs = {**self.system_attrs, **noted}
        self.constraints = self.__copy__().constraints
