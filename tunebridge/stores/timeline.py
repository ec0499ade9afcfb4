"""What a study has been through before it was opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tunebridge.stores.exclusions import Exclusions
from tunebridge.trial.origin import Origin
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt at a trial, with its place in the course of its study."""

    record: TrialRecord
    """What is kept of it."""
    origin: Origin
    """How it came about."""
    place: int | None = None
    """Place of its tell among the study's events; None before, and for an attempt that is never told."""
    checkpoint: int | None = None
    """The step of its last checkpoint; None if it has written none."""
    paused: int | None = None
    """The step of the report that has paused it at that checkpoint; None if it was not."""
    turn: Turn | None = None
    """Its last turn in a batch; None where trials take none."""
    writer: str = ""
    """The id of the process that ran it, in a study that several share; empty in any other."""
    imported: bool = False
    """Whether it is no trial of this study, but of another one that backends are told of."""

    @property
    def is_told(self) -> bool:
        """Whether it has come to an end, of which backends have to be told unless it is excluded."""
        return self.record.state.counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The part of a study that one session proposes."""

    backend: str
    """The backend's full name."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Its options, those given, as JSON has them; like the next three, not looked at in memory."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The sampler's effective settings, as JSON has them."""
    versions: Mapping[str, str | None] = field(default_factory=dict)
    """Versions of Python, tunebridge and the backend's distributions."""
    pruner: str = ""
    """The study's pruner with its options; empty for none."""
    seed: int
    """Seed of the session."""
    n_trials: int | None
    """What the session was told of the number of trials."""
    start: int
    """Place of its begin among the study's events."""
    restorable: bool = False
    """Whether its suggestions are kept with all that its session needs to take them up."""
    shared: bool = False
    """Whether it is of a process that shares the study with others."""
    not_asked: Mapping[str, str] = field(default_factory=dict)
    """Of a backend that asks others: why these were not asked as it began, by name."""
    grown: Mapping[str, Any] | None = None
    """The space that the study has grown to as it began: see `GROWN` in `format`; None if it has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All that a study has been through."""

    segments: tuple[Segment, ...] = ()
    """In order."""
    attempts: tuple[Attempt, ...] = ()
    """All attempts at its own trials, in the order in which they began."""
    imported: tuple[Attempt, ...] = ()
    """Trials of other studies that its backends are told of, in order."""
    population: Mapping[str, Any] | None = None
    """What the user said of its population, by field; None if it had none, or an early version kept it."""
    exclusions: Exclusions = field(default_factory=Exclusions)
    """Which of its trials are excluded: their records say why."""
    records: Mapping[int, TrialRecord] = field(init=False)
    """The last attempt at each trial, by number."""

    def __post_init__(self) -> None:
        """Keep the last attempts by number."""
        object.__setattr__(self, "records", {one.record.number: one.record for one in self.attempts})

    @property
    def told(self) -> list[tuple[int, Attempt]]:
        """The attempts, imported ones too, that backends are told of, in that order, with their places."""
        return [(place, one) for place, one in self._ended if one.record.excluded is None]

    @property
    def excluded(self) -> list[Attempt]:
        """The attempts that are over, and excluded, so that backends are not told of them any more."""
        return [one for _, one in self._ended if one.record.excluded is not None]

    @property
    def finished(self) -> list[TrialRecord]:
        """The study's own trials that are over, excluded ones too, in the order in which they ended."""
        return [one.record for _, one in self._ended if not one.imported]

    @property
    def _ended(self) -> list[tuple[int, Attempt]]:
        both = (*self.imported, *self.attempts)
        ended = [(one.place, one) for one in both if one.place is not None and one.is_told]
        return sorted(ended, key=lambda pair: pair[0])

    @property
    def n_events(self) -> int:
        """The next place: those of events are taken, and no segment begins after it."""
        start = max((segment.start for segment in self.segments), default=0)
        asks = [one.origin.asked for one in self.attempts]
        tells = [one.place for one in (*self.imported, *self.attempts)]
        return max(start, *(1 + place for place in (*asks, *tells) if place is not None), 0)

    @property
    def prepared(self) -> list[int]:
        """The places at which the last session has proposed ahead: those of its time that no event has.

        It is of use for sessions that do so alone.
        """
        if not self.segments:
            return []
        asks = {one.origin.asked for one in self.attempts}
        tells = {one.place for one in (*self.imported, *self.attempts)}
        return sorted({*range(self.segments[-1].start, self.n_events)} - asks - tells)
