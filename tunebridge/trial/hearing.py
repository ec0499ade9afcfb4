"""What a trial hears from its study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tunebridge.trial.report import Decision, Reply

Reporter = Callable[[Any, int | None], Reply]
"""Takes a value and a step from a trial, and answers."""


@dataclass(slots=True)
class Hearing:
    """A trial's way to its study, and whether it was told to stop; all copies of the trial share it.

    It does not leave its process: what is unpickled elsewhere hears nothing.
    """

    reporter: Reporter | None = None
    """Takes a report, and answers; None where there is nobody to answer."""
    is_stopped: bool = False
    """Whether the study has told the trial to stop."""
    may_return: bool = False
    """Whether it was told so by an answer, so that its objective ends by returning a value."""

    def ask(self, reporter: Reporter, value: Any, step: int | None, *, raises: bool) -> Reply:
        """Report, and note what is answered.

        Args:
            reporter: Takes the report.
            value: What is reported.
            step: Its step.
            raises: Whether the trial raises when it is told to stop.
        """
        reply = reporter(value, step)
        if reply.decision is Decision.PRUNE:
            self.is_stopped = True
            self.may_return = self.may_return or not raises
        return reply

    def __reduce__(self) -> tuple[type[Hearing], tuple[()]]:
        """Leave the way to the study, and what came by it, in this process."""
        return Hearing, ()
