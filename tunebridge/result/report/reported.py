"""What a page tells of: all that it reads of a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from tunebridge.problem.problem import Problem
from tunebridge.trial.record import TrialRecord


class Reported(Protocol):
    """A study's result, as its page reads it."""

    @property
    def problem(self) -> Problem:
        """What was optimised."""

    @property
    def study(self) -> str:
        """The study's name."""

    @property
    def backend(self) -> str:
        """The backend's full name."""

    @property
    def seed(self) -> int:
        """The study's seed."""

    @property
    def trials(self) -> Sequence[TrialRecord]:
        """All trials, by number."""

    @property
    def stop_reason(self) -> str:
        """What ended it; empty till then."""

    @property
    def carried(self) -> object:
        """What its backend was told of trials from before, in words; None if there were none."""

    @property
    def damaged(self) -> Sequence[str]:
        """What was left out of a stored study, in words."""

    @property
    def not_asked(self) -> Mapping[str, str]:
        """Why others were not asked, by name."""

    @property
    def members(self) -> Mapping[str, str]:
        """What is to be said of each member of the backend, by name."""

    @property
    def grown(self) -> Sequence[object]:
        """The spaces that the study has grown to, in words."""

    @property
    def complete_trials(self) -> Sequence[TrialRecord]:
        """The trials that have a value."""

    @property
    def eligible_trials(self) -> Sequence[TrialRecord]:
        """The trials of which one may be the best."""

    @property
    def best_trials(self) -> Sequence[TrialRecord]:
        """The Pareto front; of one objective, the trials that share the best value."""
