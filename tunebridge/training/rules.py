"""Feedback rules: hyperparameters that change while a trial trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tunebridge.checks import is_finite, is_int
from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError, SpaceError, did_you_mean
from tunebridge.problem.problem import Direction
from tunebridge.space.numeric import Float, Int
from tunebridge.space.space import Node, Space
from tunebridge.trial.report import Change, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What a rule sees of a trial that trains."""

    number: int
    """The trial's place in the study."""
    params: Mapping[str, Any]
    """Flat params as they are now."""
    reports: Sequence[Report]
    """All reports up to now, the newest last."""
    schedule: Sequence[Change]
    """All changes up to now."""
    direction: Direction
    """Whether lower or higher reports are better."""
    names: frozenset[str]
    """All flat names of the space, those of inactive params too."""

    def has(self, name: str) -> bool:
        """Return whether a param is active in this trial.

        Raises:
            ProblemError: No param of the space has this name.
        """
        if name not in self.names:
            raise ProblemError(f"no param is called {name!r}", hint=did_you_mean(name, self.names))
        return name in self.params


Rule = Callable[[Training], Mapping[str, Any] | None]
"""A feedback rule: called after each report, returns the params to change, or None."""


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
                f"min_delta >= 0, and minimum a number or None; got {brief(self)}"
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
            raise ProblemError(f"a Schedule needs {rule}; got {brief(self)}")

    def __call__(self, training: Training) -> dict[str, Any] | None:
        """Return the value whose step has come with the newest report."""
        if not training.has(self.name):
            return None
        previous = training.reports[-2].step if len(training.reports) > 1 else -1
        due = [step for step in self.at if previous < step <= training.reports[-1].step]
        return {self.name: self.at[max(due)]} if due else None


def resolve(space: Space, training: Training, asked: Mapping[str, Any]) -> list[Change]:
    """Turn what a rule asks for into changes that the space allows.

    Args:
        space: The declared space.
        training: The trial that is to change.
        asked: New values by flat name.

    Returns:
        One change per name, also where the param has the value asked for already. Numbers are clipped to
        their bounds and ints stay ints, with a note; there is no change if that leaves the value as it is.

    Raises:
        SpaceError: A name is unknown or inactive, a choice has no such value, a param decides on a branch,
            or a constraint would be violated.
    """
    active = space.active(training.params)
    faults, changes = [], []
    for name, value in asked.items():
        try:
            nearest = _allowed(active, name).parameter.nearest(value)
        except ValueError as error:
            faults.append(f"{name}: {error}")
            continue
        note = _note(active[name].parameter, nearest, value)
        if not (note and nearest == training.params[name]):
            changes.append(Change(training.reports[-1].step, name, nearest, note))
    violated = space.violated({**training.params, **{change.name: change.value for change in changes}})
    if violated is not None:
        faults.append(f"{', '.join(asked)}: would violate the constraint {violated.reason!r}")
    if faults:
        raise SpaceError(faults)
    return changes


def _note(parameter: Any, nearest: Any, asked: Any) -> str:
    if not is_finite(asked) or nearest == asked or not isinstance(parameter, Float | Int):
        return ""
    return f"{'rounded' if parameter.low <= asked <= parameter.high else 'clipped'} from {asked!r}"


def _allowed(active: Mapping[str, Node], name: str) -> Node:
    if name not in active:
        raise ValueError(f"is no active param of this trial ({did_you_mean(name, active)})")
    if active[name].branching or active[name].fixed:
        raise ValueError("cannot change while a trial trains: it has branches, or one value only")
    return active[name]
