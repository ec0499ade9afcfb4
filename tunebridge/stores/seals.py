"""Digests by which a record shows whether it is still what was written, and in its own study.

Kinds of data can be checked without them, but not whether a seed of 7 was 8 before. They are among the notes,
so every store keeps them, and cover what a store has fields for, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from hashlib import blake2b
from secrets import token_hex
from typing import Any

from tunebridge.contract.events import StoredStudy, StoredTrial
from tunebridge.stores.format import BEGIN, FORMAT, PLAIN

ID = "id"
"""The note of a study that no other study has."""
SEAL = "seal"
"""The note with the digest of a study, a segment, or the begin of an attempt."""
END_SEAL = "end_seal"
"""The note with the digest of an attempt's end."""

OF_BEGIN = BEGIN.fields.keys() | BEGIN.more.keys()
"""The notes of an attempt that are written when it begins; all others are written at its end."""

Notes = Mapping[str, Any]


def new_id() -> str:
    """Return the id of a new study."""
    return token_hex(8)


class Seals:
    """The seals of one study.

    Args:
        notes: The study's. Without an id, as an earlier version wrote them, nothing is sealed.
    """

    def __init__(self, notes: Notes) -> None:
        """Look up the id."""
        self._id = notes.get(ID)

    @property
    def are_there(self) -> bool:
        """Whether the study is sealed."""
        return self._id is not None

    def study(self, study: StoredStudy) -> StoredStudy:
        """Return a study with its seal."""
        return replace(study, notes=self._sealed(SEAL, study.notes, _of_study(study)))

    def segment(self, notes: Notes) -> Notes:
        """Return a segment with its seal."""
        return self._sealed(SEAL, notes, _of_segment(notes))

    def begin(self, trial: StoredTrial) -> StoredTrial:
        """Return an attempt that has only begun with the seal of its begin."""
        return replace(trial, notes=self._sealed(SEAL, trial.notes, _of_begin(trial)))

    def checkpoint(self, trial: StoredTrial, step: int, notes: Notes) -> Notes:
        """Return the notes of an attempt's checkpoint with their seal."""
        return self._sealed(SEAL, notes, _of_checkpoint(trial, step, notes))

    def end(self, trial: StoredTrial) -> StoredTrial:
        """Return an attempt that is over with the seal of its end."""
        return replace(trial, notes=self._sealed(END_SEAL, trial.notes, _of_end(trial)))

    def session(self, notes: Notes) -> Notes:
        """Return the state of a session with its seal."""
        return self._sealed(SEAL, notes, _of_session(notes))

    def amendment(self, notes: Notes) -> Notes:
        """Return what is said of trials later with its seal."""
        return self._sealed(SEAL, notes, _of_amendment(notes))

    def fits_amendment(self, notes: Notes) -> bool:
        """Return whether what was said of trials later has a seal that fits, in a study that has seals."""
        return not self.are_there or notes.get(SEAL) == self._digest(_of_amendment(notes))

    def fits_session(self, notes: Notes) -> bool:
        """Return whether the state of a session has a seal that fits."""
        return self.are_there and notes.get(SEAL) == self._digest(_of_session(notes))

    def broken(self, record: StoredStudy | StoredTrial | Notes) -> list[str]:
        """Return the names of a record's seals that do not fit."""
        if self._id is None:
            return []
        match record:
            case StoredStudy():
                parts = {SEAL: (record.notes, _of_study(record))}
            case StoredTrial():
                parts = {SEAL: (record.notes, _of_begin(record))}
                if record.state.is_finished:
                    parts[END_SEAL] = record.notes, _of_end(record)
            case _:
                parts = {SEAL: (record, _of_segment(record))}
        broken = [name for name, (notes, sealed) in parts.items() if notes.get(name) != self._digest(sealed)]
        return broken + (self._broken_checkpoints(record) if isinstance(record, StoredTrial) else [])

    def _broken_checkpoints(self, trial: StoredTrial) -> list[str]:
        return [
            f"checkpoints[{step}].{SEAL}"
            for step, notes in trial.checkpoints.items()
            if notes.get(SEAL) != self._digest(_of_checkpoint(trial, step, notes))
        ]

    def _sealed(self, name: str, notes: Notes, sealed: Any) -> Notes:
        return notes if self._id is None else {**notes, name: self._digest(sealed)}

    def _digest(self, sealed: Any) -> str:
        text = json.dumps([self._id, sealed], sort_keys=True)
        return blake2b(text.encode(), digest_size=12).hexdigest()


def _of_study(study: StoredStudy) -> Any:
    notes = _unsealed(study.notes)
    # The number is raised later, alone: a seal that had to be written with it might be lost between.
    if notes.get("format") == FORMAT:
        notes["format"] = PLAIN
    return [*map(str, study.directions)], notes


def _of_segment(notes: Notes) -> Any:
    return _unsealed(notes)


def _of_session(notes: Notes) -> Any:
    return "session", _unsealed(notes)


def _of_amendment(notes: Notes) -> Any:
    return "amendment", _unsealed(notes)


def _of_begin(trial: StoredTrial) -> Any:
    notes = {name: note for name, note in trial.notes.items() if name in OF_BEGIN}
    started = trial.started.astimezone(UTC).isoformat()
    return trial.number, trial.attempt, dict(trial.params), started, _unsealed(notes)


def _of_checkpoint(trial: StoredTrial, step: int, notes: Notes) -> Any:
    return trial.number, trial.attempt, step, _unsealed(notes)


def _of_end(trial: StoredTrial) -> Any:
    notes = {name: note for name, note in trial.notes.items() if name not in OF_BEGIN}
    values = None if trial.values is None else [*map(float, trial.values)]
    reports = [(report.step, float(report.value)) for report in trial.reports]
    return trial.number, trial.attempt, trial.state.name, values, reports, _unsealed(notes)


def _unsealed(notes: Notes) -> dict[str, Any]:
    return {name: note for name, note in notes.items() if name not in (SEAL, END_SEAL)}
