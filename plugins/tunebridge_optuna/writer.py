"""Writes the events of one study to an Optuna storage."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, assert_never

from optuna.storages import BaseStorage
from optuna.study import StudyDirection

from tunebridge import (
    Event,
    SegmentBegan,
    Space,
    StoredStudy,
    StoredTrial,
    StoreError,
    StudyCreated,
    TrialBegan,
    TrialCheckpointed,
    TrialEnded,
    TrialReported,
)
from tunebridge_optuna import records, reports
from tunebridge_optuna.attributes import packed, unpacked
from tunebridge_optuna.limits import constraints_of
from tunebridge_optuna.quiet import quiet
from tunebridge_optuna.reports import Told
from tunebridge_optuna.rows import Noted, Rows
from tunebridge_optuna.spans import Spans

Key = tuple[int | None, int]


class StudyWriter:
    """The writer of one study.

    Args:
        storage: Optuna's storage.
        rows: The way to write trials to it.
        name: The study's name.
        study_id: Its id in the storage; None when it is not there yet.
        stored: Its attributes; None when not all that belongs to it is there.
    """

    def __init__(
        self,
        storage: BaseStorage,
        rows: Rows,
        name: str,
        study_id: int | None = None,
        stored: Mapping[str, Any] | None = None,
    ) -> None:
        """Read what is needed to go on, and sign the study."""
        self.name = name
        self._storage = storage
        self._rows = rows
        self.study_id = study_id
        attributes = stored or {}
        self._spans = Spans.stored(attributes)
        self._ids: dict[Key, int] = {}
        self._told: dict[Key, Told] = {}
        if stored is not None:
            self._set_study(records.WRITER, _signature())

    def write(self, event: Event) -> None:
        """Write an event; it is durable when this returns."""
        match event:
            case StudyCreated(study, space):
                self._create(study, space)
            case SegmentBegan(notes, space):
                self._begin_segment(notes, space)
            case TrialBegan(trial):
                native = records.template(trial, self._spans)
                self._ids[trial.key] = self._rows.begin(self._known_id(), native)
                if not trial.state.is_finished:
                    self._told[trial.key] = Told(trial.reports)
            case TrialReported():
                self.report([event])
            case TrialCheckpointed(trial, step, notes):
                noted = Noted(self._trial_id(trial), records.checkpoint_attributes(step, notes), {})
                self._rows.note([noted])
            case TrialEnded(trial):
                self._end(trial)
            case _:
                assert_never(event)

    def report(self, reported: Sequence[TrialReported]) -> None:
        """Write reports; all are durable when this returns."""
        self._rows.note([self._noted(event) for event in reported])

    def keep(self, notes: Mapping[str, Any]) -> None:
        """Write the state of the study's session, in place of the one before."""
        self._set_study(records.SESSION, dict(notes))

    def amend(self, notes: Mapping[str, Any]) -> None:
        """Write what is said of trials later, after what was said before."""
        there = records.n_amendments(self._storage.get_study_user_attrs(self._known_id()))
        self._set_study(f"{records.AMENDMENT}{there}", dict(notes))

    def upgrade(self, number: int) -> None:
        """Raise the number of the study's format; of its attributes, one alone changes, by one character."""
        attributes = self._storage.get_study_user_attrs(self._known_id())
        notes = unpacked(attributes, records.STUDY)
        if notes["format"] < number:
            for key, part in packed(records.STUDY, {**notes, "format": number}).items():
                if attributes[key] != part:
                    self._storage.set_study_user_attr(self._known_id(), key, part)

    def join(self, writer: str) -> None:
        """Sign as one of several writers."""
        self._set_study(f"{records.JOINED}{writer}", _signature())

    def leave(self, writer: str) -> None:
        """Sign off."""
        if self.study_id is not None:
            self._set_study(f"{records.JOINED}{writer}", None)

    def _create(self, study: StoredStudy, space: Space) -> None:
        """Create a study; its notes come last, and without them it does not count as created."""
        directions = [StudyDirection[way.name] for way in study.directions]
        if self.study_id is None:
            with quiet():
                self.study_id = self._storage.create_new_study(directions, self.name)
        elif self._storage.get_study_directions(self.study_id) != directions:
            raise StoreError(
                f"there is an empty study {self.name!r} with other directions",
                hint="choose another name, or delete it: optuna delete-study",
            )
        self._spans = Spans.of(space)
        for key, value in self._spans.attributes().items():
            self._set_study(key, value)
        self._set_study(records.WRITER, _signature())
        self._set_study(records.STUDY, dict(study.notes))

    def _begin_segment(self, notes: Mapping[str, Any], space: Space | None) -> None:
        """Add a segment; the ranges of a space that has grown come first, so that its trials have them."""
        there = records.n_segments(self._storage.get_study_user_attrs(self._known_id()))
        if space is not None:
            self._spans = Spans.of(space, has_grown=True)
            for key, value in self._spans.grown(there).items():
                self._set_study(key, value)
        self._set_study(f"{records.SEGMENT}{there}", dict(notes))

    def _noted(self, event: TrialReported) -> Noted:
        """Return what a report adds to its trial."""
        report, trial_id = event.report, self._trial_id(event.trial)
        attributes = self._told[event.trial.key].take(report)
        return Noted(trial_id, attributes, reports.by_step([report]))

    def _end(self, trial: StoredTrial) -> None:
        trial_id = self._trial_id(trial)
        last = self._told[trial.key].last
        told = trial.reports or (() if last is None else (last,))
        attributes = records.end_attributes(trial, trial.notes)
        values = records.native_values(replace(trial, reports=told))
        state, constraints = records.native_state(trial.state), constraints_of(trial.notes)
        self._rows.end(trial_id, attributes, state, values, constraints)
        self._ids.pop(trial.key, None)
        self._told.pop(trial.key, None)

    def _trial_id(self, trial: StoredTrial) -> int:
        """Return the id of a trial that runs, also of one that an earlier process has begun."""
        if trial.key not in self._ids:
            study_id = self._known_id()
            for native in self._storage.get_all_trials(study_id, deepcopy=False):
                stored = None if native.state.is_finished() else records.stored_trial(native)
                if stored is not None and stored.key == trial.key:
                    found = self._storage.get_trial_id_from_study_id_trial_number(study_id, native.number)
                    self._ids[trial.key] = found
                    self._told[trial.key] = Told(stored.reports)
        if trial.key not in self._ids:
            raise StoreError(f"attempt {trial.attempt} at trial {trial.number} is not running")
        return self._ids[trial.key]

    def _known_id(self) -> int:
        if self.study_id is None:
            raise StoreError(f"study {self.name!r} is not created yet")
        return self.study_id

    def _set_study(self, key: str, value: Any) -> None:
        for name, part in packed(key, value).items():
            self._storage.set_study_user_attr(self._known_id(), name, part)


def _signature() -> dict[str, Any]:
    """Return who writes: what is shown to whoever wants to write as well."""
    return {"host": platform.node(), "pid": os.getpid(), "started": datetime.now(UTC).isoformat()}
