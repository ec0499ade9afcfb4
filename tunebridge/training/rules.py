"""Feedback rules: what changes a hyperparameter, such as the learning rate, while a trial trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tunebridge.calls import checked
from tunebridge.checks import is_finite, is_int
from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError
from tunebridge.training.training import Training

Rule = Callable[[Training], Mapping[str, Any] | None]
"""A feedback rule: called after each report, returns the params to change, or None."""


@checked
@dataclass(frozen=True, slots=True)
class Plateau:
    """Multiply a param by a factor when the reports stop improving, as PyTorch's ReduceLROnPlateau does.

    Args:
        name: Flat name of a numeric param.
        factor: What its value is multiplied by, > 0.
        patience: Reports without improvement to wait for; the next one triggers.
        minimum: Lower limit of the value, besides the space's own.
        min_delta: How much better than the best a report must be to count as an improvement, >= 0.
    """

    name: str
    factor: float = 0.1
    patience: int = 10
    minimum: float | None = None
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        """Check the name and the numbers."""
        fits = (
            isinstance(self.name, str)
            and (is_finite(self.factor) and self.factor > 0 and self.factor != 1)
            and (is_int(self.patience) and self.patience >= 0)
            and (is_finite(self.min_delta) and self.min_delta >= 0)
            and (self.minimum is None or is_finite(self.minimum))
        )
        if not fits:
            raise ProblemError(
                "a Plateau needs the name of a param, factor > 0 other than 1, an integer patience >= 0, "
                f"min_delta >= 0, and minimum a number or None; got {brief(self)}",
                hint="write Plateau('lr', factor=0.5, patience=3)",
            )

    def __call__(self, training: Training) -> dict[str, Any] | None:
        """Return the reduced value when patience has run out."""
        if not training.has(self.name):
            return None
        changed = max((change.step for change in training.schedule if change.name == self.name), default=-1)
        since = max(self._best_step(training), changed)
        waited = sum(report.step > since for report in training.reports)
        if waited <= self.patience:
            return None
        value = training.params[self.name] * self.factor
        limited = value if self.minimum is None else max(value, self.minimum)
        return None if limited == training.params[self.name] else {self.name: limited}

    def _best_step(self, training: Training) -> int:
        """Return the step of the last improvement."""
        sign = training.direction.sign
        best, step = float("inf"), -1
        for report in training.reports:
            if sign * report.value < best - self.min_delta:
                best, step = sign * report.value, report.step
        return step


@checked
@dataclass(frozen=True, slots=True)
class Schedule:
    """Set a param to given values at given steps.

    Args:
        name: Flat name of the param.
        at: Value by step; it holds from the first report whose step is that or later.
    """

    name: str
    at: Mapping[int, Any] = field(hash=False)

    def __post_init__(self) -> None:
        """Check the steps."""
        steps = list(self.at) if isinstance(self.at, Mapping) else [None]
        if not isinstance(self.name, str) or not all(is_int(step) and step >= 0 for step in steps):
            rule = "the name of a param, and at={step: value} with integer steps >= 0"
            hint = "write Schedule('lr', {10: 0.01, 20: 0.001})"
            raise ProblemError(f"a Schedule needs {rule}; got {brief(self)}", hint=hint)

    def __call__(self, training: Training) -> dict[str, Any] | None:
        """Return the value whose step has come with the newest report."""
        if not training.has(self.name):
            return None
        previous = training.reports[-2].step if len(training.reports) > 1 else -1
        due = [step for step in self.at if previous < step <= training.reports[-1].step]
        return {self.name: self.at[max(due)]} if due else None
