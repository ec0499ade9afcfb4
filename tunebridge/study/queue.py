"""What a study evaluates before it asks its backend, and the numbers of its trials."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tunebridge.space.natural import point_of
from tunebridge.space.space import Space
from tunebridge.stores.timeline import Attempt, Origin, Past

INITIAL = "initial"
"""Stands for a backend's name with points that were given."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a trial begins with."""

    number: int
    """Its number."""
    params: Mapping[str, Any]
    """Flat params."""
    origin: Origin
    """Who proposed them."""
    suggestion_id: int | None = None
    """The session's number for them; None if it did not propose them."""


class Agenda:
    """Trials that were interrupted, then points that were given.

    Args:
        past: What the study has been through.
        retried: The interrupted attempts that are made again.
        pending: Suggestions that wait for their end: the session's id by trial number.
        initial: The points given, those of earlier calls too.
        space: The declared space.
    """

    def __init__(
        self,
        past: Past,
        *,
        retried: Sequence[Attempt],
        pending: Mapping[int, int],
        initial: Sequence[Mapping[str, Any]],
        space: Space,
    ) -> None:
        """Line them up."""
        self._retries = deque(_again(one, pending) for one in retried)
        self._initial = deque(_not_begun(initial, past, space))
        self._number = max(past.records, default=-1) + 1

    def pop(self) -> Start | None:
        """Return what is next, or None when the backend is to be asked."""
        if self._retries:
            return self._retries.popleft()
        if self._initial:
            return Start(self.new_number(), self._initial.popleft(), Origin(backend=INITIAL))
        return None

    def repeat(self, start: Start) -> None:
        """Put the next attempt at a trial first: what it ran on was lost."""
        self._retries.appendleft(_next_attempt(start))

    def new_number(self) -> int:
        """Return the number of the next new trial."""
        self._number += 1
        return self._number - 1


def _again(attempt: Attempt, pending: Mapping[int, int]) -> Start:
    record = attempt.record
    return _next_attempt(Start(record.number, record.params, attempt.origin, pending.get(record.number)))


def _next_attempt(start: Start) -> Start:
    origin = replace(start.origin, asked=None, rejected=0, attempt=start.origin.attempt + 1)
    return replace(start, origin=origin)


def _not_begun(initial: Sequence[Mapping[str, Any]], past: Past, space: Space) -> list[Mapping[str, Any]]:
    """Return the points given that are no trial yet."""
    given = [record.params for record in past.records.values() if record.backend == INITIAL]
    begun = Counter(point_of(space, params) for params in given)
    left = []
    for params in initial:
        point = point_of(space, params)
        begun[point] -= 1
        left += [params] if begun[point] < 0 else []
    return left
