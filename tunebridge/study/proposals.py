"""The trials that a backend proposes, asked for before they are needed where that keeps nobody waiting."""

from __future__ import annotations

from time import perf_counter

from tunebridge.study.ask_tell import Proposal
from tunebridge.study.places import Places
from tunebridge.study.queue import TrialQueue
from tunebridge.study.resuming import Resumed
from tunebridge.trial.open_trial import OpenTrial


class Proposals:
    """Asks a session, and makes trials of what it proposes.

    Args:
        resumed: The session.
        backend: The name of who proposes.
        queue: Gives trials their numbers.
        places: The places of the study's events that are not taken yet.
    """

    def __init__(self, resumed: Resumed, *, backend: str, queue: TrialQueue, places: Places) -> None:
        """Begin with none."""
        self._ask_tell = resumed.ask_tell
        self._segment = resumed.index
        self._is_early = resumed.learns_from_others
        self._backend = backend
        self._queue = queue
        self._places = places
        self._made: Proposal | None = None
        self._seconds = 0.0

    def prepare(self, *, side_by_side: bool) -> None:
        """Have the session propose ahead, if it is to; see `AskTell`."""
        if self._ask_tell.prepare(side_by_side=side_by_side):
            next(self._places)

    def make(self) -> None:
        """Have one made before it is known who evaluates it, if that may be and there is none."""
        if self._is_early and self._made is None:
            begun = perf_counter()
            self._made = self._ask_tell.ask()
            self._seconds += perf_counter() - begun

    def take(self) -> OpenTrial | None:
        """Return the trial of the one that was made, or else ask; None if there are no more."""
        made, self._made = self._made, None
        proposal = made or self._ask_tell.ask()
        if proposal is None:
            return None
        origin = proposal.origin(backend=self._backend, segment=self._segment, asked=next(self._places))
        return self._queue.new(proposal.suggestion.params, origin, proposal.suggestion.id)

    def take_seconds(self) -> float:
        """Return how long the one took that was taken, before that."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds
