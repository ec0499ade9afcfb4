"""What an attempt may use, and whether it has used more."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from tunebridge.contract import Ending
from tunebridge.errors import ExecutorError
from tunebridge.executors.slot import Slot
from tunebridge.trial import TrialState

LOOKING_SECONDS = 0.1
"""How often the memory of slots is looked at, if it is limited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of every attempt of a study."""

    trial_timeout: float | None
    """Seconds; None for no limit."""
    memory_limit: int | None
    """Bytes of resident memory; None for no limit."""

    def patience(self, begun: float | None) -> float | None:
        """Return how long to wait before `passed` is to be asked again, in seconds; None for ever.

        Args:
            begun: When the objective began, by the clock of `monotonic`; None if it has not yet.
        """
        if self.memory_limit is not None:
            return LOOKING_SECONDS
        if self.trial_timeout is None or begun is None:
            return None
        return max(0.0, begun + self.trial_timeout - monotonic())

    def passed(self, slot: Slot, begun: float | None) -> tuple[TrialState, str]:
        """Return how an attempt that is past a limit is to end, and why; no reason if it is within them."""
        timeout, limit = self.trial_timeout, self.memory_limit
        if timeout is not None and begun is not None and monotonic() - begun > timeout:
            return TrialState.TIMED_OUT, f"it ran for more than trial_timeout={timeout:g} s"
        used = 0 if limit is None else slot.memory()
        if limit is not None and used > limit:
            return TrialState.FAILED, f"it used {used:,} bytes of memory, more than memory_limit={limit:,}"
        return TrialState.FAILED, ""


def stopped(key: int, number: int, state: TrialState, reason: str, seconds: float) -> Ending:
    """Return the end of an attempt that was stopped, or whose slot has died."""
    error = ExecutorError(f"trial {number} was stopped: {reason}")
    return Ending(key=key, state=state, error=error, trace=str(error), seconds=seconds)
