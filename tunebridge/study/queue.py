"""What a study evaluates before it asks its backend: the order of turns, and the numbers of trials."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tunebridge.space.natural import point_of
from tunebridge.space.space import Space
from tunebridge.stores.timeline import Attempt, Timeline
from tunebridge.study.paused import PausedTrials
from tunebridge.study.seeds import trial_seed
from tunebridge.study.shelf import Shelf
from tunebridge.trial.checkpoint import Checkpoint
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.origin import Origin
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState
from tunebridge.trial.track import PLAIN
from tunebridge.trial.trial import Trial

INITIAL = "initial"
"""Stands for a backend's name with points that were given."""


class TrialQueue:
    """Trials that were interrupted, then those that wait for a turn, then points that were given.

    Those that a pruner has paused wait aside, until it lets one have the next turn.

    Args:
        past: What the study has been through.
        seed: The study's seed, of which each trial has its own.
        retried: The interrupted attempts that are made again.
        pending: Suggestions that wait for their end: the session's id by trial number.
        initial: The points given, those of earlier calls too.
        space: The declared space.
        shelf: Where checkpoints lie.
        paused: Those that a pruner has paused.
    """

    def __init__(
        self,
        past: Timeline,
        *,
        seed: int,
        retried: Sequence[Attempt],
        pending: Mapping[int, int],
        initial: Sequence[Mapping[str, Any]],
        space: Space,
        shelf: Shelf,
        paused: PausedTrials,
    ) -> None:
        """Line them up."""
        self._seed = seed
        self._space = space
        self._shelf = shelf
        self.paused = paused
        """Trials that a pruner has paused; they have begun, or are attempts that do so when they go on."""
        self._waiting: deque[OpenTrial] = deque()
        again = [self._again(one, pending) for one in retried]
        self._retries = deque(one for one in again if one.pause is None)
        for one in again:
            if one.pause is not None:
                self.paused.add(one, one.pause)
        self.interrupted = again
        """The attempts that are made again, by number."""
        self._initial = deque(_not_begun(initial, past, space))
        self._number = max(past.records, default=-1) + 1

    @property
    def has_turns(self) -> bool:
        """Whether a trial that has begun waits for its next turn."""
        return bool(self._waiting)

    @property
    def repeats(self) -> bool:
        """Whether a trial that was interrupted is to begin again."""
        return bool(self._retries)

    @property
    def asks_next(self) -> bool:
        """Whether the backend is to be asked for what is next."""
        return not (self._retries or self._waiting or self._initial)

    def promote(self) -> None:
        """Give the next turn to a trial that may go on, unless another one waits for it."""
        if self._retries or self._waiting:
            return
        promoted = self.paused.promote()
        if promoted is not None:
            self._waiting.append(promoted)

    def pop(self) -> OpenTrial | None:
        """Return what is next, or None when the backend is to be asked."""
        if self._retries:
            return self._retries.popleft()
        if self._waiting:
            opened = self._waiting.popleft()
            opened.go_on()
            return opened
        if self._initial:
            return self.new(self._initial.popleft(), Origin(backend=INITIAL))
        return None

    def new(self, params: Mapping[str, Any], origin: Origin, suggestion_id: int | None = None) -> OpenTrial:
        """Return a new trial, under the next number."""
        self._number += 1
        return self._due(self._number - 1, params, origin, suggestion_id)

    def wait(self, opened: OpenTrial) -> None:
        """Put a trial last whose turn is over; the next one begins with what it has claimed by then."""
        if opened.pause is not None:
            self.paused.add(opened, opened.pause)
        else:
            self._waiting.append(opened)

    def hear(self, attempt: Attempt) -> None:
        """Take in that an attempt has begun in another process: its number and its point are taken."""
        number = attempt.record.number
        self._number = max(self._number, number + 1)
        self._retries = deque(one for one in self._retries if one.number != number)
        if attempt.origin.backend == INITIAL and attempt.origin.attempt == 0:
            point = point_of(self._space, attempt.record.params)
            same = [one for one in self._initial if point_of(self._space, one) == point]
            for one in same[:1]:
                self._initial.remove(one)

    def take_over(self, attempt: Attempt, pending: Mapping[int, int]) -> None:
        """Put the next attempt at a trial first whose process has died."""
        self._retries.append(self._again(attempt, pending))

    def repeat(self, ended: OpenTrial) -> OpenTrial:
        """Put the next attempt at a trial first, and return it: the machine of the last one was lost."""
        origin = _next_attempt(ended.origin)
        again = self._due(ended.number, ended.params, origin, ended.suggestion_id)
        if ended.resumed is not None:
            again.checkpoints = ended.checkpoints
            self._take_over(again, ended.resumed, ended.record(TrialState.INTERRUPTED))
        self._retries.appendleft(again)
        return again

    def _again(self, attempt: Attempt, pending: Mapping[int, int]) -> OpenTrial:
        record = attempt.record
        again = self._due(
            record.number, record.params, _next_attempt(attempt.origin), pending.get(record.number)
        )
        again.turn = attempt.turn
        if attempt.checkpoint is None:
            return again
        left = self._shelf.restore(again, attempt.checkpoint, record.reports)
        if left is not None:
            self._take_over(again, left, record)
            again.pause = next((one for one in again.reports if one.step == attempt.paused), None)
        return again

    def _take_over(self, again: OpenTrial, left: Checkpoint, record: TrialRecord) -> None:
        again.take_over(left, record)
        source, again.resumed = again.resumed, None
        self._shelf.claim(again, source)

    def _due(
        self, number: int, params: Mapping[str, Any], origin: Origin, suggestion_id: int | None
    ) -> OpenTrial:
        seed = trial_seed(self._seed, number)
        folder = self._shelf.folder(number, origin.attempt)
        trial = Trial(params, number=number, seed=seed, attempt=origin.attempt, folder=folder)
        return OpenTrial(trial, params, origin, suggestion_id, kept=self._shelf.kept)


def _next_attempt(origin: Origin) -> Origin:
    return replace(origin, asked=None, rejected=0, attempt=origin.attempt + 1, track=PLAIN, state=None)


def _not_begun(initial: Sequence[Mapping[str, Any]], past: Timeline, space: Space) -> list[Mapping[str, Any]]:
    """Return the points given that are no trial yet."""
    given = [record.params for record in past.records.values() if record.backend == INITIAL]
    begun = Counter(point_of(space, params) for params in given)
    left = []
    for params in initial:
        point = point_of(space, params)
        begun[point] -= 1
        left += [params] if begun[point] < 0 else []
    return left
