"""How a slot has ended, as the process that watched over it says."""

from __future__ import annotations

import signal

from tunebridge.contract.task import Ending
from tunebridge.errors import ExecutorError
from tunebridge.trial.state import TrialState
from tunebridge.values import passing


@passing
class Death:
    """The end of a slot."""

    attempt: int | None
    """Key of the attempt that it had begun last; None if it had begun none."""
    state: TrialState = TrialState.FAILED
    """How that attempt is to end."""
    reason: str
    """Why, in words."""
    seconds: float
    """Time that its objective ran."""
    device: str | None = None
    """What the slot had for itself, if anything."""

    def ending(self, key: int, number: int) -> Ending:
        """Return the end of the attempt that was in the slot.

        A slot that has died after one attempt and before the next has begun costs no trial: it is run again.

        Args:
            key: Key of the attempt.
            number: Number of its trial.
        """
        if self.attempt not in (None, key):
            state = TrialState.INTERRUPTED
            return Ending(key=key, state=state, trace=self.reason, seconds=0.0, device=self.device)
        error = ExecutorError(f"trial {number} was stopped: {self.reason}")
        return Ending(
            key=key,
            state=self.state,
            error=error,
            trace=str(error),
            seconds=self.seconds,
            device=self.device,
        )


def in_words(code: int) -> str:
    """Return how a process has ended.

    Args:
        code: Its exit code; negative for a signal.
    """
    if code >= 0:
        return f"its process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    return f"its process was ended by signal {-code} ({name})"
