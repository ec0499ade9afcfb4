"""The limits of a study."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tunebridge.checks import is_finite, is_int
from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Limits of a study."""

    n_trials: int | None
    """Trials in total; None for no limit."""
    max_seconds: float | None
    """Seconds after which no trial is started; None for no limit."""

    def __post_init__(self) -> None:
        """Check both limits."""
        if self.n_trials is not None and not (is_int(self.n_trials) and self.n_trials >= 1):
            raise ProblemError(f"n_trials must be an integer >= 1, got {brief(self.n_trials)}")
        if self.max_seconds is not None and not (
            (is_finite(self.max_seconds) or self.max_seconds == math.inf) and self.max_seconds > 0
        ):
            raise ProblemError(f"max_seconds must be a number > 0, got {brief(self.max_seconds)}")

    def spent(self, n_started: int, seconds: float) -> str:
        """Return the name of the limit that is reached, or an empty string."""
        if self.n_trials is not None and n_started >= self.n_trials:
            return "n_trials"
        if self.max_seconds is not None and seconds >= self.max_seconds:
            return "max_seconds"
        return ""
