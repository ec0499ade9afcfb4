"""How trials and studies have ended, in the words of trackers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tunebridge import Change, Copy, Result, TrialRecord, TrialState
from tunebridge_trackers.values import MAX_LENGTH, cut, is_number, told


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a trial has at its end."""

    step: int
    """The highest step of its reports; 0 if there is none."""
    finished: int
    """When it ended, in ms since 1970."""
    values: dict[str, float]
    """Its final values, by names that no curve has."""
    numbers: dict[str, float]
    """The notes that are numbers, by name."""
    notes: dict[str, str]
    """The other notes as text, by name."""
    texts: dict[str, str]
    """What else there is to say, by name."""
    cut: list[str] = field(default_factory=list)
    """What was too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedStudy:
    """What a study has at its end."""

    state: TrialState
    """How it ended, as if it were a trial."""
    n_trials: int
    """How many trials it has."""
    values: dict[str, float]
    """The best value, by its name."""
    texts: dict[str, str]
    """What else there is to say, by name."""


def ended(record: TrialRecord) -> Ended:
    """Return what the trial of a record has at its end."""
    numbers, notes = {}, {}
    long = []
    for name, note in record.notes.items():
        if is_number(note):
            numbers[name] = float(note)
            continue
        (text,) = told(name, json.dumps(note, ensure_ascii=False) if isinstance(note, dict | list) else note)
        notes[name] = str(text.value)
        long += [name] if text.is_cut else []
    texts = {
        "state": record.state.name,
        "told": record.told,
        "proposer": record.proposer,
        "attempt": str(record.attempt),
    }
    numbers |= {f"limit {name}": one.value for name, one in record.limits.items()}
    if record.beyond:
        texts["beyond"] = record.beyond
    if record.schedule:
        texts["schedule"] = json.dumps(_schedule(record.schedule), default=repr)
    if record.device is not None:
        texts["device"] = record.device
    if record.error:
        texts["error"] = record.error.strip()
    long += [name for name, text in texts.items() if len(text) > MAX_LENGTH]
    return Ended(
        step=max((report.step for report in record.reports), default=0),
        finished=milliseconds(record.finished),
        values=_values(record),
        numbers=numbers,
        notes=notes,
        texts={name: cut(text) for name, text in texts.items()},
        cut=long,
    )


def ended_study(result: Result) -> EndedStudy:
    """Return what a study has at its end."""
    states = {"failed": TrialState.FAILED, "interrupted": TrialState.INTERRUPTED}
    texts = {"stop_reason": result.stop_reason or "closed"}
    values = {}
    if result.eligible_trials and len(result.problem.directions) == 1:
        values["best_value"] = result.best_value
        texts["best_trial"] = str(result.best_trial.number)
    return EndedStudy(
        state=states.get(result.stop_reason, TrialState.COMPLETE),
        n_trials=len(result.trials),
        values=values,
        texts=texts,
    )


def milliseconds(moment: datetime | None) -> int:
    """Return a moment in ms since 1970; now, for none."""
    return round((moment.timestamp() if moment is not None else datetime.now().timestamp()) * 1000)


def _values(record: TrialRecord) -> dict[str, float]:
    """Return the final values by name: `value`, or `value_0` and so on for several objectives."""
    values = record.values or ()
    names = ["value"] if len(values) == 1 else [f"value_{place}" for place in range(len(values))]
    return {**dict(zip(names, values, strict=True)), "seconds": record.objective_seconds}


def _schedule(schedule: Sequence[Change | Copy]) -> list[dict[str, object]]:
    """Return what changed while a trial trained, in order."""
    return [
        {"step": one.step, "copied": one.donor, "donor_step": one.donor_step}
        if isinstance(one, Copy)
        else {"step": one.step, one.name: one.value}
        for one in schedule
    ]
