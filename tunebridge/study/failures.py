"""The failures of a study, and which of them end it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tunebridge.errors import TunebridgeError, last_line
from tunebridge.problem.ended import describe
from tunebridge.space.choices import Listed
from tunebridge.space.natural import to_natural
from tunebridge.space.parameter import Parameter
from tunebridge.space.space import Space
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState

WORKED = frozenset({TrialState.COMPLETE, TrialState.PRUNED})
"""How trials end whose objective does what it is to do."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a study ends."""

    message: str
    """What was wrong."""
    hint: str
    """What to do next."""
    cause: Exception
    """What an objective has raised."""


class Failures:
    """Failures in a row.

    A choice of the space may decide what a trial trains, and so what it measures, or what a rule can change;
    and so may a number of two values, a flag. So what is said to lie in all trials is taken to once every
    choice has met it.

    Args:
        most: How many of them end the study; None for no limit.
        space: The declared space.
    """

    def __init__(self, most: int | None, space: Space) -> None:
        """Begin without any."""
        self._most = most
        self._space = space
        self._errors: list[Exception] = []

    def clear(self) -> None:
        """Begin to count anew, as a trial has not failed."""
        self._errors.clear()

    def count(self, opened: OpenTrial, error: Exception, trials: Iterable[TrialRecord]) -> Reason | None:
        """Take a failure in, and return why it ends the study; None if the study goes on.

        Args:
            opened: The trial that has failed.
            error: What its objective has raised.
            trials: All of the study that have ended.
        """
        self._errors.append(error)
        shared = next((one for one in _chain(error) if one.in_every_trial), None)
        worked = (trial.state in WORKED for trial in trials)
        if shared is not None and self._is_met_by_all(opened) and not any(worked):
            said = f"every trial would fail as trial {opened.number}: {shared.message}"
            return Reason(said, shared.hint, error)
        if len(self._errors) != self._most:
            return None
        first = self._errors[0]
        step = next((one.hint for one in _chain(first) if one.hint), "mend the objective")
        return Reason(
            f"{len(self._errors)} trials in a row failed, the first with: {last_line(describe(first))}",
            f"{step}; or allow more of them: max_failures=...; error.result has all trials",
            first,
        )

    @cached_property
    def _unmet(self) -> set[tuple[str, Any]]:
        """The choices that have not met what is said to lie in all trials."""
        return {(node.path, one) for node in self._space.nodes for one in _choices(node.parameter)}

    def _is_met_by_all(self, opened: OpenTrial) -> bool:
        """Note which choices have met what is said to lie in all, and return whether all have."""
        self._unmet.difference_update(to_natural(self._space, opened.params).items())
        return not self._unmet


def _choices(parameter: Parameter) -> Sequence[Any]:
    """Return between what a parameter chooses: labels, or the two values of a number that may be a flag."""
    if isinstance(parameter, Listed):
        return parameter.labels
    return parameter.grid(None) if parameter.size == 2 else ()


def _chain(error: BaseException | None) -> Iterator[TunebridgeError]:
    """Yield the errors of tunebridge that an exception was raised from, or is: libraries wrap them."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, TunebridgeError):
            yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
