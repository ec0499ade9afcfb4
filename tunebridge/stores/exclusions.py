"""Which trials of a study are excluded, and why; and whether that is news to its last session."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from tunebridge.contract.events import StoredStudy, StoredTrial
from tunebridge.display.counted import listed

NOTE = "excluded"
"""The note with which a reader says of a trial of others why it is excluded there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusions:
    """The trials that are excluded now, and those that were as the last session began."""

    now: Mapping[int, str] = field(default_factory=dict)
    """The reasons, by number."""
    before: Mapping[int, str] = field(default_factory=dict)
    """The same, as the last session began."""

    @classmethod
    def of(cls, study: StoredStudy) -> Self:
        """Return those of a stored study."""
        told = tuple(one for one in study.amendments if one["segments"] < len(study.segments))
        return cls(now=study.excluded, before=replace(study, amendments=told).excluded)

    @property
    def news(self) -> str:
        """What has changed since the last session began, in words; empty for nothing."""
        gone = [f"{_named(numbers)} excluded" if (numbers := self.now.keys() - self.before) else ""]
        back = [f"{_named(numbers)} included again" if (numbers := self.before.keys() - self.now) else ""]
        return ", and ".join(filter(None, gone + back))


def reason_of(trial: StoredTrial, now: Mapping[int, str]) -> str | None:
    """Return why a trial is excluded, or None.

    Args:
        trial: From a store, or from a reader.
        now: The reasons by number, of a study from a store.
    """
    return trial.notes.get(NOTE) if trial.number is None else now.get(trial.number)


def _named(numbers: Collection[int]) -> str:
    return f"{listed('trial', sorted(numbers))} {'was' if len(numbers) == 1 else 'were'}"
