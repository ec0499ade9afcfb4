"""What is kept of a session while it proposes, so that the next one need not ask the sampler again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunebridge.contract.session import Recalling, Restorable, Session, Suggestion
from tunebridge.space.space import Space
from tunebridge.trial.track import PLAIN, Rejected, SessionState, Track

MIN_SECONDS = 0.1
"""Seconds of asks after which a state is worth its place in a store."""

SHARE = 0.01
"""Part of all seconds of asks that another run may have to ask again."""


class Keepsakes:
    """What one session gives to be kept, and takes back.

    Args:
        session: It.
        space: The declared space.
        is_stored: Whether anything is kept at all.
        is_restorable: Whether states are.
    """

    def __init__(self, session: Session, space: Space, *, is_stored: bool, is_restorable: bool) -> None:
        """See what the session can."""
        # Params do not say which of two labels with one value was proposed, but the library knows.
        is_plain = is_stored and not any(node.parameter.has_twins for node in space.nodes)
        self.recalling = session if is_plain and isinstance(session, Recalling) else None
        """The session, if each suggestion may be recalled; else None."""
        is_able = is_plain and is_restorable
        self.restorable = session if is_able and isinstance(session, Restorable) else None
        """The session, if its state may be kept; else None."""
        self.has_marks = self.restorable is not None or self.recalling is not None
        """Whether what is proposed is kept, be it rejected."""
        self._seconds = self._seconds_before = 0.0
        self._calls = 0

    def called(self, seconds: float = 0.0) -> None:
        """Count a call of the session, and the time that it took if it was asked."""
        self._calls += 1
        self._seconds += seconds

    def track(self, suggestion: Suggestion, rejected: Sequence[Rejected]) -> Track:
        """Return what is kept of a suggestion that was just made, and of those rejected before it."""
        mark = self._mark(suggestion)
        return Track(rejected=tuple(rejected), mark=mark) if mark or rejected else PLAIN

    def rejected(self, suggestion: Suggestion) -> Rejected:
        """Return what is kept of a suggestion that was just made, and is rejected."""
        return Rejected(params=suggestion.params, mark=self._mark(suggestion))

    def take_up(self, params: Mapping[str, Any], mark: Mapping[str, Any]) -> Suggestion:
        """Have the session take up a suggestion without asking its sampler.

        Raises:
            LookupError: It cannot.
        """
        if self.recalling is not None:
            return self.recalling.recall(params)
        if self.restorable is None:
            raise LookupError("it neither recalls nor is restorable")
        return self.restorable.take_up(params, mark)

    def due_state(self) -> SessionState | None:
        """Return the state of the session if the last one is out of date; None if it is not."""
        is_due = self._seconds - self._seconds_before > max(MIN_SECONDS, SHARE * self._seconds)
        if self.restorable is None or not is_due:
            return None
        self._seconds_before = self._seconds
        state = self.restorable.state()
        return None if state is None else SessionState(calls=self._calls, state=state)

    def restore(self, calls: int, state: Mapping[str, Any]) -> None:
        """Give the session a state.

        Raises:
            ValueError: It is none that the session had after these calls.
        """
        if self.restorable is None or calls != self._calls:
            raise ValueError(f"it was kept after {calls} calls of the session, and these are {self._calls}")
        self.restorable.restore(state)

    def _mark(self, suggestion: Suggestion) -> Mapping[str, Any]:
        return {} if self.restorable is None else self.restorable.mark(suggestion)
