"""What a store keeps of a study: plain data, of which nothing is ever unpickled.

A study is stored as a sequence of events. Each names all that a store has fields for; what it has no fields
for is in `notes`, a mapping that goes through JSON unchanged and that no store looks into.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tunebridge.display.printable import one_line, printed
from tunebridge.problem.problem import Direction
from tunebridge.space.space import Space
from tunebridge.trial.report import Report
from tunebridge.trial.state import TrialState


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTrial:
    """One attempt at a trial."""

    number: int | None
    """Its number in the study; None for a trial of another study that was imported."""
    attempt: int
    """Which attempt at this number it is, from 0; for an imported trial, its place among those."""
    state: TrialState
    """RUNNING from its begin to its end."""
    params: Mapping[str, Any]
    """Natural params: numbers, and labels of choices, by full path; constants included."""
    values: tuple[float, ...] | None = None
    """In the user's sign, one per direction; None unless COMPLETE."""
    reports: tuple[Report, ...] = ()
    """Steps and values, in the order in which they were told; other metrics are in the notes."""
    started: datetime
    """In UTC."""
    finished: datetime | None = None
    """In UTC; None while RUNNING. A store may note the moment at which it was told instead."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """Everything else, as JSON. Those of the end are added to those of the begin."""
    checkpoints: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """What was noted as each checkpoint was written, as JSON, by its step."""
    is_natural: bool = False
    """From a reader: whether tunebridge wrote the trial, and its params are natural. In a store, they are."""

    @property
    def key(self) -> tuple[int | None, int]:
        """What tells it from all others of its study."""
        return self.number, self.attempt


@printed
@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A record of a stored study that is not as it was written."""

    record: str
    """Which one: "the study", "segment 0", "trial 3", "trial 3, attempt 1"."""
    field: str
    """Where in it: "notes.seed"."""
    found: str
    """What is there, in words; "nothing" for what is missing."""
    expected: str
    """What should be there, in words."""

    def __str__(self) -> str:
        """Return it in one line."""
        return one_line(f"{self.record}: {self.field}: found {self.found}, expected {self.expected}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStudy:
    """A study as it lies in a store."""

    name: str
    """Its name, unique in the store."""
    directions: tuple[Direction, ...]
    """One per objective."""
    notes: Mapping[str, Any]
    """Space, objective, seed and versions, as JSON."""
    segments: tuple[Mapping[str, Any], ...] = ()
    """One per session that proposed, as JSON, in order."""
    trials: tuple[StoredTrial, ...] = ()
    """All attempts, in the order in which they began."""
    damaged: tuple[Damage, ...] = ()
    """The records that the store cannot give back as one of these; the others are all here."""
    amendments: tuple[Mapping[str, Any], ...] = ()
    """What was said of trials after they had ended, as JSON, in order, from a store that is `Amending`."""
    session: Mapping[str, Any] | None = None
    """The last state of its session, as JSON, from a store that is `Keeping`; None if none can be read."""

    @property
    def excluded(self) -> Mapping[int, str]:
        """Why trials are excluded, by number, as its amendments say; one that is damaged says nothing."""
        found: dict[int, str] = {}
        for one in self.amendments:
            whole = isinstance(one, Mapping) and isinstance(one.get("trials"), list | tuple)
            for number in one["trials"] if whole else ():
                if one.get("excluded") is None:
                    found.pop(number, None)
                else:
                    found[number] = one["excluded"]
        return found


@dataclass(frozen=True, slots=True)
class StudyCreated:
    """A study begins to exist; it has no segments and no trials yet."""

    study: StoredStudy
    """Its name, directions and notes."""
    space: Space
    """The space, for a store that keeps the range of each parameter; its objects are never stored."""


@dataclass(frozen=True, slots=True)
class SegmentBegan:
    """A session begins to propose."""

    notes: Mapping[str, Any]
    """All of it, as JSON can hold it."""
    space: Space | None = None
    """The space from now on, if it has grown, for a store that keeps the range of each parameter."""


@dataclass(frozen=True, slots=True)
class TrialBegan:
    """An attempt begins, or, with a state that is finished, an imported trial is added."""

    trial: StoredTrial
    """As it begins, or has ended."""


@dataclass(frozen=True, slots=True)
class TrialReported:
    """An attempt has reported."""

    trial: StoredTrial
    """As it began."""
    report: Report
    """The step and its value, in the user's sign."""


@dataclass(frozen=True, slots=True)
class TrialCheckpointed:
    """An attempt has written a checkpoint, which lies in a folder; its reports were appended before."""

    trial: StoredTrial
    """As it began."""
    step: int
    """The step of the report before it."""
    notes: Mapping[str, Any]
    """What has happened since the checkpoint before, as JSON; the last notes of a step stand."""


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """An attempt has ended; its reports and checkpoints were appended before."""

    trial: StoredTrial
    """With its last state, its values, and the notes of its end alone."""


Event = StudyCreated | SegmentBegan | TrialBegan | TrialReported | TrialCheckpointed | TrialEnded
"""All that is appended to a store."""
