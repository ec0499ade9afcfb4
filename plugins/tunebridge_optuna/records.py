"""Stored studies and trials as Optuna keeps them, and back.

What Optuna has a field for is in that field, in natural units, so that its plots and its dashboard read it.
All else is one user attribute from the begin of a trial, one of each checkpoint and one from its end. A
number that some database would change, such as -0.0, is in the attribute too, and wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from datetime import UTC, datetime
from typing import Any

from optuna.study import StudyDirection
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as NativeState

from tunebridge import Damage, Direction, StoredStudy, StoredTrial, TrialRecord, TrialState
from tunebridge_optuna import reports
from tunebridge_optuna.attributes import packed, unpacked
from tunebridge_optuna.documents import Document, called, damaged
from tunebridge_optuna.limits import constraints_of
from tunebridge_optuna.reports import is_kept
from tunebridge_optuna.spans import Spans

STUDY = TRIAL = "tunebridge"
"""Attribute of a study, with its notes, and of a trial, with what is known at its begin."""
END = "tunebridge:end"
"""Attribute of a trial with what is known at its end."""
CHECKPOINT = "tunebridge:checkpoint:"
"""Begin of a trial's attributes with the notes of its checkpoints; the step follows."""
SEGMENT = "tunebridge:segment:"
"""Begin of a study's attributes with the notes of its segments."""
AMENDMENT = "tunebridge:amendment:"
"""Begin of a study's attributes with what was said of its trials after they had ended."""
SESSION = "tunebridge:session"
"""Attribute of a study with the last state of its session."""
NATURAL = "tunebridge:natural"
"""Attribute of an exported trial: its params are natural, labels and numbers as tunebridge writes them."""
EXCLUDED = "excluded"
"""Attribute of an exported trial that is excluded: why; to a history the note of the same name."""
WRITER = "tunebridge:writer"
"""Attribute of a study that says who wrote to it last."""
JOINED = "tunebridge:joined:"
"""Begin of a study's attributes that say which writers share it; their ids follow."""

SHOWN = (WRITER, JOINED, SESSION)
"""How the keys of a study's attributes begin whose loss is none."""

OURS = (f"{TRIAL}/", CHECKPOINT, END)
"""How the keys of the other attributes of our trials begin."""

STATES = {state.name: state for state in (NativeState.RUNNING, NativeState.COMPLETE, NativeState.PRUNED)}
"""Optuna's states that mean what ours of the same name mean; all else is FAIL to Optuna."""


def native_state(state: TrialState) -> NativeState:
    """Return Optuna's state of a trial."""
    return STATES.get(state.name, NativeState.FAIL)


def state_of(native: FrozenTrial) -> TrialState:
    """Return our state of a trial that was ended by others, or that runs."""
    return TrialState.FAILED if native.state is NativeState.FAIL else TrialState[native.state.name]


def native_values(trial: StoredTrial | TrialRecord) -> list[float] | None:
    """Return the values that Optuna keeps; a pruned trial has that of its highest step, as Optuna does it."""
    if trial.state.name == "PRUNED" and trial.reports:
        return [max(trial.reports, key=lambda report: report.step).value]
    return None if trial.values is None else list(trial.values)


def begin_attributes(trial: StoredTrial, spans: Spans) -> dict[str, Any]:
    """Return the attributes of a trial's begin."""
    begin = {
        "number": trial.number,
        "attempt": trial.attempt,
        "started": trial.started.isoformat(),
        "notes": dict(trial.notes),
    }
    exact = {
        path: value for path, value in trial.params.items() if spans.are_apart(path) or not is_kept(value)
    }
    return packed(TRIAL, {**begin, "params": exact} if exact else begin)


def end_attributes(trial: StoredTrial, notes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a trial's end."""
    finished = trial.finished or datetime.now(UTC)
    end = {"state": trial.state.name, "finished": finished.isoformat(), "notes": dict(notes)}
    exact = trial.values and not all(map(is_kept, trial.values))
    return packed(END, {**end, "values": trial.values} if exact else end)


def checkpoint_attributes(step: int, notes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a checkpoint."""
    return packed(f"{CHECKPOINT}{step}", dict(notes))


def checkpoints(attributes: Mapping[str, Any], record: str) -> dict[int, dict[str, Any]]:
    """Return the notes of a trial's checkpoints by step.

    Raises:
        DamagedRecord: They are not as tunebridge has written them.
    """
    steps = [int(found[1]) for key in attributes if (found := re.fullmatch(rf"{CHECKPOINT}(\d+)", key))]
    return {step: Document(attributes, f"{CHECKPOINT}{step}", record).mapping for step in sorted(steps)}


def template(trial: StoredTrial, spans: Spans) -> FrozenTrial:
    """Return what a trial is created from, with all that is known of it."""
    attributes = begin_attributes(trial, spans)
    if trial.state.is_finished:
        attributes |= end_attributes(trial, {})
    attributes |= reports.attributes_of(trial.reports)
    params, distributions = spans.native(trial.params)
    ended = local_time(trial.finished or datetime.now(UTC)) if trial.state.is_finished else None
    return FrozenTrial(
        number=-1,
        trial_id=-1,
        state=native_state(trial.state),
        value=None,
        values=native_values(trial),
        datetime_start=local_time(trial.started),
        datetime_complete=ended,
        params=params,
        distributions=distributions,
        user_attrs=attributes,
        system_attrs=constraints_of(trial.notes),
        intermediate_values=reports.by_step(trial.reports),
    )


def without_choices(native: FrozenTrial) -> FrozenTrial:
    """Return a trial without the params that its attributes hold, too."""
    apart = (unpacked(native.user_attrs, TRIAL) or {}).get("params", {})
    left = copy(native)
    left.distributions = {path: one for path, one in native.distributions.items() if path not in apart}
    left.params = {path: native.params[path] for path in left.distributions}
    return left


def stored_trial(native: FrozenTrial) -> StoredTrial | None:
    """Return the trial that Optuna's one holds, or None if tunebridge did not write it.

    Raises:
        DamagedRecord: It is not as tunebridge has written it.
    """
    attributes = native.user_attrs
    if not any(key == TRIAL or key.startswith(OURS) for key in attributes):
        return None
    record = called(native)
    begin = Document(attributes, TRIAL, record)
    # The end is an attribute and then a state: without the state, it never came about.
    is_over = native.state.is_finished() and END in attributes
    end = Document(attributes, END, record) if is_over else None
    if native.state is NativeState.WAITING:
        raise damaged(record, "its state", "WAITING", "one that tunebridge writes")
    state = TrialState[end.one_of("state", TrialState.__members__)] if end else state_of(native)
    values = (end.find("values", list) if end else None) or native.values
    return StoredTrial(
        number=begin.raw("number"),
        attempt=begin.raw("attempt"),
        state=state,
        params={**native.params, **begin.find("params", dict)},
        values=tuple(values) if state is TrialState.COMPLETE and values else None,
        reports=reports.stored_reports(native),
        started=begin.moment("started"),
        checkpoints=checkpoints(attributes, record),
        finished=end.moment("finished") if end else in_utc(native.datetime_complete),
        notes={**begin.need("notes", dict), **(end.need("notes", dict) if end else {})},
    )


def stored_study(
    name: str,
    directions: Iterable[StudyDirection],
    attributes: Mapping[str, Any],
    trials: Iterable[StoredTrial],
    damage: Iterable[Damage] = (),
) -> StoredStudy:
    """Return the study of Optuna's name, directions and attributes, with what of it is damaged."""
    found = [*damage]
    segments, amendments = (
        tuple(_unpacked(attributes, f"{key}{place}", found) for place in range(_count(attributes, key)))
        for key in (SEGMENT, AMENDMENT)
    )
    return StoredStudy(
        name=name,
        directions=tuple(Direction(way.name.lower()) for way in directions),
        notes=_unpacked(attributes, STUDY, found) if is_study(attributes) else {},
        segments=segments,
        amendments=amendments,
        trials=tuple(trials),
        damaged=tuple(found),
        session=_session(attributes),
    )


def _unpacked(attributes: Mapping[str, Any], key: str, found: list[Damage]) -> Any:
    """Return the value of an attribute; if it cannot be unpacked, say so and return None."""
    try:
        return unpacked(attributes, key)
    except ValueError as error:
        found.append(damaged("the study", key, str(error), "all of them").damage)
        return None


def _session(attributes: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the last state of a session; None if there is none, or it is damaged, which is no loss."""
    try:
        session = unpacked(attributes, SESSION)
    except ValueError:
        return None
    return session if isinstance(session, Mapping) else None


def n_segments(attributes: Mapping[str, Any]) -> int:
    """Return how many segments a study has had, those between that are lost, too."""
    return _count(attributes, SEGMENT)


def n_amendments(attributes: Mapping[str, Any]) -> int:
    """Return how often something was said of trials later, what is lost between counted, too."""
    return _count(attributes, AMENDMENT)


def _count(attributes: Mapping[str, Any], begin: str) -> int:
    places = [int(found[1]) for key in attributes if (found := re.fullmatch(rf"{begin}(\d+)", key))]
    return min(1 + max(places, default=-1), len(attributes))


def is_study(attributes: Mapping[str, Any]) -> bool:
    """Return whether a study with these attributes is tunebridge's, even if its notes are lost."""
    return STUDY in attributes or n_segments(attributes) > 0


def signed(attributes: Mapping[str, Any]) -> str:
    """Return in words who wrote to a study last; empty if that is not known."""
    return who(attributes.get(WRITER))


def who(signature: Any) -> str:
    """Return a signature in words; empty if it is none."""
    if not isinstance(signature, Mapping):
        return ""
    return f"process {signature.get('pid')} on host {signature.get('host')}, since {signature.get('started')}"


def members(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the signatures of the writers that share a study and have not signed off, by id."""
    return {
        key.removeprefix(JOINED): signature
        for key, signature in attributes.items()
        if key.startswith(JOINED) and isinstance(signature, Mapping)
    }


def in_utc(moment: datetime | None) -> datetime | None:
    """Return a moment of Optuna's, which is local time without a zone, in UTC."""
    return moment and moment.astimezone(UTC)


def local_time(moment: datetime) -> datetime:
    """Return a moment as Optuna keeps them: local time without a zone."""
    return moment.astimezone().replace(tzinfo=None)
