"""A store in memory: for studies that need no place to stay, and for tests of what is above stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tunebridge.contract.events import (
    Event,
    SegmentBegan,
    StoredStudy,
    StoredTrial,
    StudyCreated,
    TrialBegan,
    TrialCheckpointed,
    TrialEnded,
    TrialReported,
)
from tunebridge.errors import StoreError


class MemoryStore:
    """Keeps studies in a dict; goes on after `close`, as a file does."""

    def __init__(self) -> None:
        """Begin without studies."""
        self._studies: dict[str, StoredStudy] = {}
        self._claimed = ""

    def studies(self) -> list[str]:
        """Return the names, oldest first."""
        return list(self._studies)

    def load(self, name: str) -> StoredStudy | None:
        """Return a study as it is now."""
        return self._studies.get(name)

    def claim(self, name: str) -> None:
        """Become the only writer."""
        if self._claimed:
            raise StoreError(f"the study {self._claimed!r} has a live writer")
        self._claimed = name

    def append(self, event: Event) -> None:
        """Take in an event."""
        if isinstance(event, StudyCreated):
            self._studies[event.study.name] = event.study
            return
        study = self._studies[self._claimed]
        if isinstance(event, SegmentBegan):
            changed = replace(study, segments=(*study.segments, event.notes))
        elif isinstance(event, TrialBegan):
            changed = replace(study, trials=(*study.trials, event.trial))
        else:
            trials = tuple(
                _after(trial, event) if trial.key == event.trial.key else trial for trial in study.trials
            )
            changed = replace(study, trials=trials)
        self._studies[self._claimed] = changed

    def keep(self, notes: Mapping[str, Any]) -> None:
        """Put the state of a session in place of the one before."""
        study = self._studies[self._claimed]
        self._studies[self._claimed] = replace(study, session=notes)

    def amend(self, notes: Mapping[str, Any]) -> None:
        """Add what is said of trials later."""
        study = self._studies[self._claimed]
        self._studies[self._claimed] = replace(study, amendments=(*study.amendments, notes))

    def upgrade(self, number: int) -> None:
        """Raise the number of the format."""
        study = self._studies[self._claimed]
        raised = max(study.notes["format"], number)
        self._studies[self._claimed] = replace(study, notes={**study.notes, "format": raised})

    def delete(self, name: str) -> None:
        """Remove a study."""
        if name not in self._studies or name == self._claimed:
            said = "has a live writer" if name == self._claimed else "is not there"
            raise StoreError(f"the study {name!r} {said}")
        del self._studies[name]

    def close(self) -> None:
        """Give up the claim, as the death of the writer does, too."""
        self._claimed = ""


def _after(trial: StoredTrial, event: TrialReported | TrialCheckpointed | TrialEnded) -> StoredTrial:
    if isinstance(event, TrialReported):
        return replace(trial, reports=(*trial.reports, event.report))
    if isinstance(event, TrialCheckpointed):
        return replace(trial, checkpoints={**trial.checkpoints, event.step: event.notes})
    notes = {**trial.notes, **event.trial.notes}
    return replace(event.trial, reports=trial.reports, checkpoints=trial.checkpoints, notes=notes)
