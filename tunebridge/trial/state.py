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

    @property
    def is_finished(self) -> bool:
        """Whether the trial will not change any more."""
        return self is not TrialState.RUNNING

    @property
    def counts(self) -> bool:
        """Whether the trial has come to an end of its own: one that was interrupted is to run again."""
        return self not in (TrialState.RUNNING, TrialState.INTERRUPTED)

    @property
    def is_failure(self) -> bool:
        """Whether the trial was to have a value, and has none: it failed, or ran out of time."""
        return self in (TrialState.FAILED, TrialState.TIMED_OUT)
