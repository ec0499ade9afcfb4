"""What a backend has to know of a trial of Optuna's that is over."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

from tunebridge import Direction, OutcomeState, Report

STATES = {TrialState.COMPLETE: OutcomeState.COMPLETE, TrialState.PRUNED: OutcomeState.PRUNED}
"""What a backend is told of each end; of every other one, that the trial failed."""


class Got(Protocol):
    """What the objective of a trial has got so far: a frozen trial of Optuna's, or one that is over."""

    @property
    def number(self) -> int:
        """Its number in the study."""

    @property
    def params(self) -> Mapping[str, Any]:
        """The values, in the order of the suggestions."""

    @property
    def distributions(self) -> Mapping[str, BaseDistribution]:
        """Where each of them was to be from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedTrial:
    """A trial of Optuna's that is over."""

    number: int
    """Its number in the study."""
    params: Mapping[str, Any]
    """The values that the objective got, in the order of its suggestions."""
    distributions: Mapping[str, BaseDistribution]
    """Where each of them was to be from."""
    state: OutcomeState
    """How it ended."""
    values: tuple[float, ...] | None
    """What the objective returned; infinities may be among them. None unless COMPLETE."""
    reports: tuple[Report, ...]
    """Its finite reports, by step."""
    limits: Mapping[str, float]
    """Its constraints that are finite: above 0 one is violated."""

    @property
    def is_whole(self) -> bool:
        """Whether the objective came to its end, so that what it has not suggested is inactive."""
        return self.state is OutcomeState.COMPLETE


def ended(
    trial: FrozenTrial,
    state: TrialState | None = None,
    values: Sequence[float] | None = None,
    constraints: Mapping[str, float] | None = None,
) -> EndedTrial:
    """Return what is to be known of a trial.

    Args:
        trial: As the storage has it.
        state: How it ends, if the storage does not have it yet.
        values: The values it ends with, if the storage does not have them yet.
        constraints: Its constraints, if `trial` does not have them yet.
    """
    how = STATES.get(state or trial.state, OutcomeState.FAILED)
    known = trial.constraints if constraints is None else constraints
    is_measured = how is not OutcomeState.FAILED
    returned = trial.values if state is None else values
    steps = sorted(trial.intermediate_values.items())
    return EndedTrial(
        number=trial.number,
        params=dict(trial.params),
        distributions=dict(trial.distributions),
        state=how,
        values=tuple(returned) if returned is not None and how is OutcomeState.COMPLETE else None,
        reports=tuple(Report(step, value) for step, value in steps if math.isfinite(value)),
        limits={name: far for name, far in known.items() if math.isfinite(far)} if is_measured else {},
    )


class Extremes:
    """The best and the worst finite values so far: what an infinity is told as.

    Optuna takes infinities for values; few libraries can.

    Args:
        directions: Those of the study, one per objective.
    """

    def __init__(self, directions: Sequence[Direction]) -> None:
        """Begin with no values."""
        self._seen: list[list[float]] = [[] for _ in directions]

    def finite(self, values: Sequence[float]) -> tuple[float, ...] | None:
        """Return values with each infinity as the most extreme value so far; None if there was none yet."""
        told = [self._nearest(value, seen) for value, seen in zip(values, self._seen, strict=True)]
        return None if None in told else tuple(value for value in told if value is not None)

    def _nearest(self, value: float, seen: list[float]) -> float | None:
        if math.isfinite(value):
            seen[:] = [min([value, *seen]), max([value, *seen])]
            return value
        if not seen:
            return None
        return seen[-1] if value > 0 else seen[0]
