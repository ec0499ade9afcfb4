"""The problem: an objective, its space and its direction(s)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tunebridge.calls import checked_with, of_the_study
from tunebridge.checks import check_flags, is_int
from tunebridge.display.brief import brief
from tunebridge.errors import ObjectiveError, ProblemError, ReportError, UnsupportedError, did_you_mean
from tunebridge.problem.evaluator import Evaluator
from tunebridge.problem.limits import check_limits
from tunebridge.problem.returned import NOT_ASYNC, dismissed, is_async, read_value
from tunebridge.space.foreign.advice import in_place_of_space
from tunebridge.space.space import Space
from tunebridge.trial.limit import Limit
from tunebridge.trial.report import Report


class Direction(StrEnum):
    """Whether lower or higher values are better."""

    MINIMIZE = "minimize"
    MAXIMIZE = "maximize"

    @property
    def sign(self) -> float:
        """Factor that turns a value of this direction into a loss, where lower is better."""
        return 1.0 if self is Direction.MINIMIZE else -1.0


def read_directions(given: Any) -> tuple[Direction, ...]:
    """Return directions that are given as one or as a list of them.

    Raises:
        ProblemError: They are something else, or none.
    """
    if not isinstance(given, Sequence):
        raise ProblemError(f"direction must be 'minimize', 'maximize' or a list of them, got {brief(given)}")
    names = (given,) if isinstance(given, str) else tuple(given)
    if not names:
        raise ProblemError("the list of directions is empty", hint="give one direction per objective")
    for name in names:
        if name not in list(Direction):
            raise ProblemError(f"{name!r} is no direction", hint=did_you_mean(str(name), Direction))
    return tuple(map(Direction, names))


@checked_with(of_the_study)
@dataclass(frozen=True, slots=True)
class Problem:
    """The unified description that every backend is given.

    Args:
        objective: Called with one trial, a dict of its params; returns its value, or one value per
            direction.
        space: The space of its params.
        direction: "minimize" or "maximize", or a list of them for several objectives.
        metric: Name of the metric that pruners and feedback look at, when reports are mappings of several.
        limits: How far numbers may go that each trial notes, by the name of the note, such as
            `{"size_mb": tb.Limit(at_most=20)}`. A trial beyond one is never best; one that comes to its end
            without the note has FAILED.
        noisy: Whether the objective returns another value each time, as `trial.seed` says: then the end of a
            study says that its best value is partly luck, and what tells how much.

    Raises:
        ProblemError: An argument is of the wrong kind, or the objective has a `direction` of its own and it
            is the other one.
        SpaceError: A condition of the space names no parameter of it.
    """

    objective: Callable[[Any], Any]
    space: Space
    direction: str | Sequence[str] = Direction.MINIMIZE
    metric: str | None = None
    limits: Mapping[str, Limit] = field(default_factory=dict, hash=False)
    noisy: bool = False
    directions: tuple[Direction, ...] = field(init=False, repr=False)
    """One per objective."""
    resumes_exactly: bool = field(init=False, repr=False, compare=False)
    """Whether training goes on from a checkpoint as if it had never stopped: the objective's `exact_resume`
    says so."""

    def __post_init__(self) -> None:
        """Check the three parts."""
        if not callable(self.objective):
            raise ProblemError(f"the objective must be a function of one trial, got {brief(self.objective)}")
        if is_async(self.objective):
            raise ProblemError(
                f"the objective must not be async, got {brief(self.objective)}", hint=NOT_ASYNC
            )
        if not isinstance(self.space, Space):
            is_read = isinstance(getattr(self.space, "space", None), Space)
            raise ProblemError(
                f"the space must be a tunebridge.Space, got {brief(self.space)}",
                hint="give its .space" if is_read else in_place_of_space(self.space),
            )
        check_limits(self.limits)
        check_flags(noisy=self.noisy)
        object.__setattr__(self, "limits", dict(self.limits))
        exact = getattr(self.objective, "exact_resume", True)
        if not isinstance(exact, bool):
            raise ProblemError(f"exact_resume of the objective must be True or False, got {brief(exact)}")
        object.__setattr__(self, "resumes_exactly", exact)
        self.space.check_names()
        directions = read_directions(self.direction)
        self._check_stated(directions)
        object.__setattr__(self, "directions", directions)
        object.__setattr__(
            self, "direction", directions[0] if isinstance(self.direction, str) else directions
        )

    def _check_stated(self, directions: tuple[Direction, ...]) -> None:
        stated = getattr(self.objective, "direction", None)
        if len(directions) == 1 and stated in list(Direction) and stated != directions[0]:
            raise ProblemError(
                f"the objective says that its values are to be {stated}d, and the problem's direction is "
                f"{directions[0].value!r}",
                hint=f"Problem(objective, space, direction={str(stated)!r})",
            )

    @property
    def evaluator(self) -> Evaluator:
        """What evaluates its trials."""
        directions = [direction.value for direction in self.directions]
        return Evaluator(self.objective, directions, self.metric, self.limits, self.space.layout.names)

    @property
    def no_checkpoints(self) -> str:
        """Why trials write no checkpoint, as the objective's `no_checkpoints` says; empty if they may."""
        return str(getattr(self.objective, "no_checkpoints", ""))

    def single_direction(self, what: str, hint: str = "optimise one of them alone") -> Direction:
        """Return the only direction.

        Raises:
            UnsupportedError: There are several objectives, so `what` has no meaning.
        """
        if len(self.directions) > 1:
            raise UnsupportedError(
                f"{what} needs one objective, and this problem has {len(self.directions)}",
                hint=hint,
            )
        return self.directions[0]

    def read_report(self, value: Any, step: int | None, highest: int) -> Report:
        """Return a report, checked.

        Args:
            value: What the trial reported.
            step: The step it named; None for the next one.
            highest: The highest step of its reports; -1 before the first.

        Raises:
            ReportError: The problem has several objectives, the value is no finite number, or the step
                no integer from 0.
        """
        if len(self.directions) > 1:
            raise ReportError(
                f"a problem with {len(self.directions)} objectives takes no reports",
                hint="return the values at the end",
            )
        if step is None:
            step = highest + 1
        elif not is_int(step) or step < 0:
            raise ReportError(
                f"steps must be integers from 0, got {brief(step)}",
                hint="report(value, step=epoch), or leave the step out: it is the next one then",
            )
        main, others = self._split(value)
        return Report(int(step), main, others)

    def _split(self, value: Any) -> tuple[float, dict[str, float]]:
        try:
            if not isinstance(value, Mapping):
                return read_value(value), {}
            metrics = {name: read_value(number) for name, number in value.items()}
        except ObjectiveError as error:
            hint = dismissed(value) or "report the metric alone"
            raise ReportError(f"a report must be a finite number, got {brief(value)}", hint=hint) from error
        if self.metric not in metrics:
            hint = (
                did_you_mean(str(self.metric), metrics)
                if self.metric
                else "name one: Problem(..., metric='...')"
            )
            said = f"the report {brief(value)} does not hold the metric {self.metric!r}"
            raise ReportError(said, hint=hint, in_every_trial=True)
        return metrics.pop(self.metric), metrics

    def read_values(self, returned: Any) -> tuple[float, ...]:
        """Return what the objective returned as one finite float per direction.

        Raises:
            ObjectiveError: It is no such thing; the message says what came and what is expected.
        """
        return self.evaluator.read_values(returned)
