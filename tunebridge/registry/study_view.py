"""What an observer may read of a study."""

from __future__ import annotations

from typing import Protocol

from tunebridge.budget import Budget
from tunebridge.problem.problem import Problem
from tunebridge.result.carried import Carried
from tunebridge.result.result import Result


class StudyView(Protocol):
    """A study as observers see it: to be read, never changed."""

    name: str
    """Its name."""
    identity: str
    """What no other study has, and a stored one keeps."""
    backend: str
    """The full name of the backend that proposes."""
    seed: int
    """Its seed."""
    problem: Problem
    """What is optimised."""
    budget: Budget
    """What limits it."""
    carried: Carried | None
    """What its backend was told of trials from before it was opened; None if there were none."""

    @property
    def result(self) -> Result:
        """What it has found up to now."""
