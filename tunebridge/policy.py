"""What a study does when something is not as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from tunebridge.checks import is_finite, is_int
from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError, did_you_mean

OnLossy = Literal["error", "warn"]
"""What to do about a lossy translation."""

OnError = Literal["record", "raise"]
"""Whether an objective's exception becomes a FAILED trial, or ends the study."""

OnDuplicate = Literal["allow", "reuse", "resample"]
"""Whether a point that was evaluated before is evaluated again, gets its value, or costs no trial."""

Interrupted = Literal["retry", "drop"]
"""Whether a trial that was interrupted is run again under its number, or left as it is."""

OnSpaceChange = Literal["error", "carry"]
"""Whether a stored study with another problem is refused, or carried into a new one."""

OnObjectiveChange = Literal["error", "accept"]
"""Whether a stored study whose objective computes something else is refused, or goes on all the same."""

OnDamage = Literal["error", "skip"]
"""Whether a stored study with damaged records is refused, or what is left of it is shown."""

MAX_FAILURES = 10
"""Failures in a row that end a study."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Choices that hold for a whole study."""

    on_error: OnError = "record"
    """What an objective's exception does."""
    on_duplicate: OnDuplicate = "allow"
    """What becomes of a point that was evaluated before."""
    interrupted: Interrupted = "retry"
    """What becomes of trials that were interrupted."""
    max_replay_seconds: float = 30.0
    """How long a session may take to be brought back exactly, in seconds, >= 0."""
    max_failures: int | None = MAX_FAILURES
    """Failures in a row that end the study; None for no limit."""
    retries: int = 0
    """How often a trial is run again that was stopped, or whose process has died."""

    def __post_init__(self) -> None:
        """Check all of them."""
        check_choice("on_error", self.on_error, get_args(OnError))
        check_choice("on_duplicate", self.on_duplicate, get_args(OnDuplicate))
        check_choice("interrupted", self.interrupted, get_args(Interrupted))
        if not (is_finite(self.max_replay_seconds) and self.max_replay_seconds >= 0):
            raise ProblemError(
                f"max_replay_seconds must be a number >= 0, got {brief(self.max_replay_seconds)}"
            )
        if not (self.max_failures is None or (is_int(self.max_failures) and self.max_failures >= 1)):
            raise ProblemError(
                f"max_failures must be an integer >= 1 or None, got {brief(self.max_failures)}"
            )


def check_choice(argument: str, given: object, known: tuple[str, ...]) -> None:
    """Check that an argument is one of its known words.

    Raises:
        ProblemError: It is not.
    """
    if given not in known:
        listing = " or ".join(map(repr, known))
        hint = did_you_mean(str(given), known)
        raise ProblemError(f"{argument} must be {listing}, got {brief(given)}", hint=hint)
