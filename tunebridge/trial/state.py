"""Where a trial stands."""

from __future__ import annotations

from enum import Enum


class TrialState(Enum):
    """Where a trial stands."""

    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    INTERRUPTED = "interrupted"

    counts: bool
    """Whether the trial has come to an end of its own: one that was interrupted is to run again."""
    is_failure: bool
    """Whether the trial was to have a value, and has none: it failed, or ran out of time."""

    def __init__(self, said: str) -> None:
        """Work out what each trial in this state is asked."""
        self.counts = said not in ("running", "interrupted")
        self.is_failure = said in ("failed", "timed_out")

    @property
    def is_finished(self) -> bool:
        """Whether the trial will not change any more."""
        return self is not TrialState.RUNNING
