"""Errors that end a study, and carry what it has found."""

from __future__ import annotations

from tunebridge.errors import TunebridgeError
from tunebridge.result.result import Result


class StudyFailedError(TunebridgeError):
    """A study ended because it could not go on.

    Args:
        message: Why it ended.
        hint: What to do next.
        result: Everything the study has up to here; nothing is lost.
    """

    def __init__(self, message: str, hint: str = "", *, result: Result) -> None:
        """Carry the result beside the message."""
        super().__init__(message, hint)
        self.result = result


class InfeasibleError(StudyFailedError):
    """The backend proposed nothing that satisfies the constraints."""
