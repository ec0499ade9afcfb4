"""An `optuna.Study` as a history to learn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import optuna
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as NativeState

from tunebridge import StoredStudy, StoredTrial, TrialState
from tunebridge_optuna import records, reports
from tunebridge_optuna.limits import limits_of


def read(study: optuna.Study) -> StoredStudy:
    """Return a study with its finished trials as imported ones, in their order.

    Params have the names and the values that the study has; those of a study that tunebridge stored are
    natural ones by full path, and its interrupted attempts are left out. What is excluded there says so.
    Constraints are limits of 0.
    """
    notes = {"backend": f"optuna study {study.study_name!r}"}
    found = [_stored(native, notes) for native in study.get_trials(deepcopy=False)]
    ended = [trial for trial in found if trial.state.counts]
    stored = records.stored_study(study.study_name, study.directions, study.user_attrs, ended)
    excluded = stored.excluded
    return replace(stored, trials=tuple(_imported(trial, excluded) for trial in ended))


def _imported(trial: StoredTrial, excluded: Mapping[int, str]) -> StoredTrial:
    """Return a trial as one of another study, which says of itself why it is excluded there."""
    reason = None if trial.number is None else excluded.get(trial.number)
    noted = {} if reason is None else {records.EXCLUDED: reason}
    return replace(trial, number=None, notes={**trial.notes, **noted})


def _stored(native: FrozenTrial, notes: Mapping[str, Any]) -> StoredTrial:
    """Return a trial, with its own notes if tunebridge wrote it; one that waits counts as running."""
    own = records.stored_trial(native)
    if own is not None:
        return replace(own, attempt=native.number, is_natural=True)
    state = records.state_of(native) if native.state.is_finished() else TrialState.RUNNING
    started = records.in_utc(native.datetime_start)
    finished = records.in_utc(native.datetime_complete)
    return StoredTrial(
        number=None,
        attempt=native.number,
        state=state,
        params=dict(native.params),
        values=tuple(native.values) if state is TrialState.COMPLETE and native.values else None,
        reports=reports.stored_reports(native),
        started=started or finished or datetime.now(UTC),
        finished=finished,
        notes={**notes, **_excluded(native), **limits_of(native)},
        is_natural=bool(native.user_attrs.get(records.NATURAL)),
    )


def _excluded(native: FrozenTrial) -> dict[str, Any]:
    """Return the note of an exported trial that was excluded."""
    is_exported = native.user_attrs.get(records.NATURAL) and native.state is NativeState.FAIL
    reason = native.user_attrs.get(records.EXCLUDED) if is_exported else None
    return {} if reason is None else {records.EXCLUDED: reason}
