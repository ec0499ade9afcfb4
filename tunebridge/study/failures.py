"""The failures of a study, and which of them end it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from tunebridge.errors import TunebridgeError, last_line
from tunebridge.policy import Policy
from tunebridge.problem.ended import describe
from tunebridge.result.failure import StudyFailedError
from tunebridge.space.choices import Listed
from tunebridge.space.natural import to_natural
from tunebridge.space.parameter import Parameter
from tunebridge.space.space import Space
from tunebridge.study.findings import Findings
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.state import TrialState

WORKED = frozenset({TrialState.COMPLETE, TrialState.PRUNED})
"""How trials end whose objective does what it is to do."""


class Failures:
    """Failures in a row.

    A choice of the space may decide what a trial trains, and so what it measures, or what a rule can change;
    and so may a number of two values, a flag. So what is said to lie in all trials is taken to once every
    choice has met it.

    Args:
        policy: Which of them end the study.
        space: The declared space.
        findings: What the study has found up to now.
    """

    def __init__(self, policy: Policy, space: Space, findings: Findings) -> None:
        """Begin without any."""
        self._policy = policy
        self._space = space
        self._findings = findings
        self._errors: list[Exception] = []

    def clear(self) -> None:
        """Begin to count anew, as a trial has not failed."""
        self._errors.clear()

    def take_in(self, opened: OpenTrial, error: Exception) -> None:
        """Take in that a trial has failed with what its objective has raised.

        Raises:
            StudyFailedError: It ends the study.
            Exception: The error itself, if the first failure is to end the study.
        """
        if self._policy.on_error == "raise":
            self._findings.stop_reason = "failed"
            raise error
        self._errors.append(error)
        shared = next((one for one in _chain(error) if one.in_every_trial), None)
        if shared is not None and self._is_met_by_all(opened) and not self._has_worked:
            said = f"every trial would fail as trial {opened.number}: {shared.message}"
            raise self._findings.failed(said, shared.hint) from error
        if len(self._errors) == self._policy.max_failures:
            raise self._too_many() from self._errors[0]

    def _too_many(self) -> StudyFailedError:
        first = self._errors[0]
        step = next((one.hint for one in _chain(first) if one.hint), "mend the objective")
        return self._findings.failed(
            f"{len(self._errors)} trials in a row failed, the first with: {last_line(describe(first))}",
            f"{step}; or allow more of them: max_failures=...; error.result has all trials",
        )

    @property
    def _has_worked(self) -> bool:
        """Whether an objective has done what it is to do."""
        return any(trial.state in WORKED for trial in self._findings.records.values())

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
