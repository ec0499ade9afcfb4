"""What of a stored study is not as it was written, and the rest of it; no store has to look for itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import product
from typing import Any

from tunebridge.checks import is_int
from tunebridge.contract.events import Damage, StoredStudy, StoredTrial
from tunebridge.errors import StoreError, TunebridgeError
from tunebridge.problem.problem import Direction
from tunebridge.space.schema import stored_space
from tunebridge.space.space import Space
from tunebridge.stores.format import (
    AMENDMENT,
    BEGIN,
    CHECKPOINT,
    DIRECTIONS,
    END,
    FORMAT,
    SEGMENT,
    STUDY,
    TRIAL,
    UNKNOWN,
    UNKNOWN_SEGMENT,
)
from tunebridge.stores.grown_spaces import filled_of, space_of
from tunebridge.stores.kinds import Fault, faults_of, shown
from tunebridge.stores.recorder import read_attempt
from tunebridge.stores.seals import ID, SEAL, Seals
from tunebridge.trial.report import Report
from tunebridge.trial.state import TrialState

STUDY_ITSELF = "the study"
"""The record with the notes of a study."""

MAX_LISTED = 10
"""The most records that an error names."""

UNFIT = (TunebridgeError, LookupError, TypeError, ValueError, ArithmeticError)
"""What is raised by things that are made of data of the right kinds that do not fit together."""

NO_SPACE = (
    "restore the store from a copy: without its space and its directions, nothing of a study can be read"
)
HINT = (
    "restore the store from a copy; what is left is in `tunebridge show` and "
    'load_study(..., on_damage="skip"), and a new study learns from that by history=...'
)


FIELDS = tuple(field.name for field in fields(StoredTrial))
"""What a stored trial has."""


def examined(study: StoredStudy) -> StoredStudy:
    """Return what is left of a study without the records that are damaged, and these.

    Notes that are damaged are stood in for; a space that is damaged, or has no directions, is missing from
    them. Of a trial with a damaged attempt, no attempt is left.

    Raises:
        StoreError: A newer tunebridge wrote it.
    """
    notes: Mapping[str, Any] = study.notes if isinstance(study.notes, Mapping) else {}
    _check_format(study.name, notes.get("format"))
    seals = Seals(notes)
    found = [*study.damaged, *_in_study(study, seals)]
    bad = {re.split(r"[.\[]", damage.field)[0] for damage in found if damage.record == STUDY_ITSELF}
    left = {name: note for name, note in notes.items() if name not in bad}
    space = None if "directions" in bad else _space(left, found)
    segments, broken = _segments(study.segments, seals)
    whole = replace(study, notes={**UNKNOWN, **left}, segments=segments)
    if space is not None:
        space = stored_space(space_of(whole))
    trials, others = _trials(whole, space, seals, is_sure=seals.are_there and not (found or broken))
    amendments, spoilt = _amendments(study.amendments, seals)
    if space is None:
        left.pop("space", None)
    return replace(
        study,
        notes={**UNKNOWN, **left},
        segments=segments,
        trials=trials,
        amendments=amendments,
        damaged=(*found, *broken, *others, *spoilt),
    )


def check_native(study: StoredStudy) -> None:
    """Check what a reader has made of a library's own study, if tunebridge had stored that.

    Raises:
        StoreError: It is damaged.
    """
    found = [*study.damaged]
    if not isinstance(study.notes, Mapping) or "space" in study.notes:
        notes = study.notes if isinstance(study.notes, Mapping) else {}
        found += [*_in_study(study, Seals(notes)), *_amendments(study.amendments, Seals(notes))[1]]
    if found:
        raise damaged(replace(study, damaged=tuple(found)))


def damaged(study: StoredStudy) -> StoreError:
    """Return the error that names what is damaged of a study."""
    lines = [*map(str, study.damaged[:MAX_LISTED])]
    if len(study.damaged) > MAX_LISTED:
        lines.append(f"and {len(study.damaged) - MAX_LISTED} more")
    has_space = isinstance(study.notes, Mapping) and "space" in study.notes
    hint = HINT if has_space else NO_SPACE
    return StoreError("\n".join([f"the study {study.name!r} is damaged:", *lines]), hint=hint)


def _check_format(name: str, written: Any) -> None:
    if type(written) is int and written > FORMAT:
        raise StoreError(
            f"the study {name!r}: format: found {shown(written)}, expected {FORMAT} or less: "
            "it was written by a newer tunebridge, or is damaged",
            hint="upgrade tunebridge, or restore the store from a copy",
        )


def _in_study(study: StoredStudy, seals: Seals) -> list[Damage]:
    faults = [*STUDY.faults(study.notes), *DIRECTIONS.faults(study.directions, "directions")]
    if not study.directions:
        faults.append(Fault("directions", shown(study.directions), "at least one"))
    if not study.segments and any(trial.number is not None for trial in study.trials):
        faults.append(Fault("segments", "none", "at least one, as there are trials"))
    if faults:
        return _damage(STUDY_ITSELF, faults)
    lacks = {ID, SEAL} - study.notes.keys()
    written = study.notes["format"]
    if written == 1 and lacks != {ID, SEAL}:
        faults.append(Fault("format", "1", "2, as the study has seals"))
    elif lacks == {ID, SEAL} and written in (1, FORMAT):
        pass  # It was made without seals.
    elif lacks:
        faults += [Fault(name, "nothing", "a text") for name in sorted(lacks)]
    elif seals.broken(study):
        faults.append(_turned(study, seals) or _broken(SEAL))
    return _damage(STUDY_ITSELF, faults)


def _turned(study: StoredStudy, seals: Seals) -> Fault | None:
    """Return that directions were turned, if the seal of the study fits others; up to eight are tried."""
    others = product(Direction, repeat=len(study.directions)) if len(study.directions) <= 8 else ()
    for directions in others:
        if not seals.broken(replace(study, directions=directions)):
            return Fault("directions", _listed(study.directions), _listed(directions))
    return None


def _listed(directions: Sequence[Direction]) -> str:
    return ", ".join(directions)


def _space(notes: Mapping[str, Any], found: list[Damage]) -> Space | None:
    """Return the space of a study, or None if it is damaged, which is then added to what was found."""
    if "space" not in notes:
        return None
    try:
        return stored_space(notes["space"])
    except UNFIT as error:
        found += _damage(STUDY_ITSELF, [_unfit("space", error)])
        return None


def _segments(
    segments: Sequence[Mapping[str, Any]], seals: Seals
) -> tuple[tuple[Mapping[str, Any], ...], list[Damage]]:
    """Return the segments, others in place of those that are damaged, and what is damaged."""
    left, found, last = [], [], -1
    for place, notes in enumerate(segments):
        faults = [*SEGMENT.faults(notes)] or [*map(_broken, seals.broken(notes))] or [*_in_grown(notes)]
        if not faults and notes["start"] <= last:
            faults.append(Fault("start", shown(notes["start"]), f"an integer > {last}, where the last began"))
        last = last if faults else notes["start"]
        left.append(UNKNOWN_SEGMENT if faults else notes)
        found += _damage(f"segment {place}", faults)
    return tuple(left), found


def _amendments(
    amendments: Sequence[Mapping[str, Any]], seals: Seals
) -> tuple[tuple[Mapping[str, Any], ...], list[Damage]]:
    """Return what was said of trials later as far as it is whole, and what is damaged."""
    left, found = [], []
    for place, notes in enumerate(amendments):
        faults = faults_of(AMENDMENT, notes)
        if not faults and not seals.fits_amendment(notes):
            faults.append(_broken(SEAL))
        left += [] if faults else [notes]
        found += _damage(f"amendment {place}", faults)
    return tuple(left), found


def _in_grown(notes: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield that the space that a segment has grown to makes none."""
    if "grown" in notes:
        try:
            stored_space(notes["grown"]["space"])
        except UNFIT as error:
            yield _unfit("grown.space", error)


def _trials(
    study: StoredStudy, space: Space | None, seals: Seals, *, is_sure: bool
) -> tuple[tuple[StoredTrial, ...], list[Damage]]:
    """Return the attempts at all trials that are whole, and what is damaged of the others.

    Unless a seal makes sure of the space, each trial has to fit into it.
    """
    unsure = None if is_sure else space
    filled = filled_of(study.segments)
    faults = {
        place: [*_in_trial(study, trial, unsure, filled, seals)] for place, trial in enumerate(study.trials)
    }
    sound = {place: trial for place, trial in enumerate(study.trials) if not faults[place]}
    for place, fault in _among(study, sound):
        faults[place].append(fault)
    found = [
        one for place, trial in enumerate(study.trials) for one in _damage(_name(trial, place), faults[place])
    ]
    bad = {_family(trial) for place, trial in enumerate(study.trials) if faults[place]}
    left = tuple(trial for trial in sound.values() if _family(trial) not in bad)
    return left, [*found, *_missing(filter(_is_numbered, study.trials))]


def _in_trial(
    study: StoredStudy, trial: StoredTrial, space: Space | None, filled: Mapping[str, Any], seals: Seals
) -> Iterator[Fault]:
    """Yield what is wrong with an attempt by itself."""
    faults = faults_of(TRIAL, _as_document(trial)) + faults_of(BEGIN, trial.notes, "notes")
    for step, notes in trial.checkpoints.items():
        faults += faults_of(CHECKPOINT, notes, f"checkpoints[{step}]")
    if not faults and trial.state.is_finished:
        faults += _in_end(study, trial)
    faults = faults or [*map(_broken, seals.broken(trial))]
    yield from faults
    if not faults and space is not None:
        try:
            read_attempt(space, trial, filled)
        except UNFIT as error:
            yield _unfit("params and schedule", error)


def _in_end(study: StoredStudy, trial: StoredTrial) -> Iterator[Fault]:
    if not END.fields.keys() & trial.notes.keys():
        yield Fault("the record of its end", "nothing", f"one, as its state is {trial.state.name}")
        return
    yield from faults_of(END, trial.notes, "notes")
    n_values = len(study.directions) if trial.state is TrialState.COMPLETE else 0
    if len(trial.values or ()) != n_values:
        yield Fault("values", shown(trial.values), f"{n_values}, as its state is {trial.state.name}")


def _among(study: StoredStudy, trials: Mapping[int, StoredTrial]) -> Iterator[tuple[int, Fault]]:
    """Yield what is wrong with attempts beside one another, by their places."""
    counts = Counter(trial.key for trial in trials.values())
    asked: dict[int | None, int] = {}
    for place, trial in trials.items():
        notes = trial.notes
        if counts[trial.key] > 1:
            yield place, Fault("number and attempt", f"{counts[trial.key]} records with these", "one")
        segment = notes["segment"]
        if segment is None:
            continue
        if segment >= len(study.segments):
            yield place, Fault("notes.segment", shown(segment), f"one of the {len(study.segments)} there are")
        first = asked.setdefault(trial.number, notes["asked"])
        told = notes.get("place")
        if first is None or (told is not None and told <= first):
            yield place, Fault("notes.asked", shown(first), "a place before that of its end")


def _missing(trials: Iterable[StoredTrial]) -> Iterator[Damage]:
    """Yield the attempts that must have been there before others."""
    attempts: dict[int, set[int]] = {}
    imported = set()
    for trial in trials:
        if trial.number is None:
            imported.add(trial.attempt)
        else:
            attempts.setdefault(trial.number, set()).add(trial.attempt)
    gaps = [f"trial {number}" for number in _gaps(attempts)]
    gaps += [f"trial {number}, attempt {one}" for number, made in attempts.items() for one in _gaps(made)]
    gaps += [f"imported trial {place}" for place in _gaps(imported)]
    for name in gaps:
        yield Damage(record=name, field="its record", found="nothing", expected="one: there are later ones")


def _is_numbered(trial: StoredTrial) -> bool:
    return (trial.number is None or is_int(trial.number)) and is_int(trial.attempt)


def _gaps(numbers: Collection[int]) -> list[int]:
    """Return which of the first numbers are missing; none if they run from 0 without a gap."""
    return [number for number in range(len(numbers)) if number not in numbers]


def _as_document(trial: StoredTrial) -> dict[str, Any]:
    """Return the fields of an attempt as they are, whatever the store has put there."""
    document = {name: getattr(trial, name) for name in FIELDS}
    reports = document["reports"]
    if isinstance(reports, list | tuple):
        document["reports"] = [
            {"step": one.step, "value": one.value} if isinstance(one, Report) else one for one in reports
        ]
    return document


def _family(trial: StoredTrial) -> Any:
    """Return what all attempts at a trial have in common."""
    return ("imported", shown(trial.attempt)) if trial.number is None else shown(trial.number)


def _name(trial: StoredTrial, place: int) -> str:
    """Return what an attempt is called; by its place among all records if it does not say itself."""
    if is_int(trial.number):
        again = is_int(trial.attempt) and trial.attempt > 0
        return f"trial {trial.number}, attempt {trial.attempt}" if again else f"trial {trial.number}"
    return f"imported trial {trial.attempt}" if trial.number is None else f"the trial at place {place}"


def _damage(record: str, faults: Iterable[Fault]) -> list[Damage]:
    return [
        Damage(record=record, field=fault.path or "all of it", found=fault.found, expected=fault.expected)
        for fault in faults
    ]


def _broken(seal: str) -> Fault:
    return Fault(seal, "a record that was changed after it was written", "one that this digest fits")


def _unfit(path: str, error: Exception) -> Fault:
    message = error.message if isinstance(error, TunebridgeError) else f"{type(error).__name__}: {error}"
    return Fault(path, f"what does not fit together ({message})", "what was written")
