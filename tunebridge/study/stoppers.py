"""Stoppers: what ends a study before its budget is spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Protocol, runtime_checkable

from tunebridge.calls import checked
from tunebridge.checks import is_finite, is_int
from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError
from tunebridge.problem.problem import Problem
from tunebridge.trial.record import TrialRecord

Watch = Callable[[TrialRecord], bool]
"""Called with each finished trial; true ends the study."""


@runtime_checkable
class Stopper(Protocol):
    """Ends a study; holds no state of its own, so that one may serve many studies."""

    def start(self, problem: Problem) -> Watch:
        """Return the watch over one study that begins now."""


@checked
@dataclass(frozen=True, slots=True)
class Target:
    """Stop when a trial reaches a value.

    Args:
        value: In the user's sign; a trial that is as good or better ends the study.
    """

    value: float

    def __post_init__(self) -> None:
        """Check the number."""
        if not is_finite(self.value):
            raise ProblemError(f"a Target needs a finite number, got {brief(self.value)}")

    def start(self, problem: Problem) -> Watch:
        """Compare each value with the target."""
        sign = problem.single_direction("Target").sign
        return lambda trial: trial.is_eligible and sign * (trial.value or 0.0) <= sign * self.value


@checked
@dataclass(frozen=True, slots=True)
class Patience:
    """Stop when the best value has not improved for some trials.

    Args:
        n_trials: Finished trials in a row without improvement, >= 1. Pruned and failed ones count.
        min_delta: How much better than the best a value must be to count as an improvement, >= 0.
    """

    n_trials: int
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        """Check the numbers."""
        waits = is_int(self.n_trials) and self.n_trials >= 1
        if not (waits and is_finite(self.min_delta) and self.min_delta >= 0):
            given = f"n_trials={self.n_trials!r}, min_delta={self.min_delta!r}"
            raise ProblemError(f"Patience needs n_trials >= 1 and min_delta >= 0, got {given}")

    def start(self, problem: Problem) -> Watch:
        """Count the trials since the last improvement."""
        sign = problem.single_direction("Patience").sign
        best, waited = float("inf"), 0

        def watch(trial: TrialRecord) -> bool:
            nonlocal best, waited
            value = trial.value if trial.is_eligible else None
            if value is not None and sign * value < best - self.min_delta:
                best, waited = sign * value, 0
            else:
                waited += 1
            return waited >= self.n_trials

        return watch


@checked
@dataclass(frozen=True, slots=True)
class MaxSeconds:
    """Stop when some time has passed; the trial that runs then still ends.

    Args:
        seconds: Since the study began, > 0.
    """

    seconds: float

    def __post_init__(self) -> None:
        """Check the number."""
        if not (is_finite(self.seconds) and self.seconds > 0):
            raise ProblemError(f"MaxSeconds needs seconds > 0, got {brief(self.seconds)}")

    def start(self, problem: Problem) -> Watch:
        """Look at the clock after each trial."""
        end = monotonic() + self.seconds
        return lambda trial: monotonic() >= end
