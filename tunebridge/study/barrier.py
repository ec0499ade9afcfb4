"""What trials say that run side by side, held back until it can be judged in one order."""

from __future__ import annotations

from collections.abc import Iterable

from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.report import Report
from tunebridge.trial.said import Written

Heard = Report | Written
"""What a trial has said, checked."""

Held = tuple[OpenTrial, Heard, int]
"""A trial, what it has said, and the key of its attempt."""


class Barrier:
    """Holds what each trial says until all that run have said something or ended."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._held: dict[int, Held] = {}

    def hold(self, opened: OpenTrial, heard: Heard, key: int) -> None:
        """Keep what a trial has said, with the key of its attempt."""
        self._held[opened.number] = opened, heard, key

    def release(self) -> Iterable[Held]:
        """Take out what is of the lowest step, by number; the reports of a step before its checkpoints."""
        first = min((place_of(heard) for _, heard, _ in self._held.values()), default=None)
        numbers = sorted(number for number, (_, heard, _) in self._held.items() if place_of(heard) == first)
        return [self._held.pop(number) for number in numbers]


def place_of(heard: Heard) -> tuple[int, bool]:
    """Return what decides when something is judged."""
    return heard.step, isinstance(heard, Written)
