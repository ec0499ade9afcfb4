"""What a backend proposes next, asked for before it is needed where that keeps nobody waiting."""

from __future__ import annotations

from time import perf_counter

from tunebridge.study.ask_tell import AskTell, Proposal


class Proposals:
    """Asks a session.

    Args:
        ask_tell: The session.
        is_early: Whether one may be made before it is known who evaluates it.
    """

    def __init__(self, ask_tell: AskTell, *, is_early: bool) -> None:
        """Begin with none."""
        self._is_early = is_early
        self._ask_tell = ask_tell
        self._made: Proposal | None = None
        self._seconds = 0.0

    def make(self) -> None:
        """Have one made, if that may be and there is none."""
        if self._is_early and self._made is None:
            begun = perf_counter()
            self._made = self._ask_tell.ask()
            self._seconds += perf_counter() - begun

    def take(self) -> Proposal | None:
        """Return the one that was made, or else ask; None if there are no more."""
        made, self._made = self._made, None
        return made or self._ask_tell.ask()

    def take_seconds(self) -> float:
        """Return how long the one took that was taken, before that."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds
