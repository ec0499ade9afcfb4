"""Reads confirmations from stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import inf, isinf
from typing import TYPE_CHECKING, Any

from tunebridge.calls import checked
from tunebridge.confirmation.confirmation import Confirmation
from tunebridge.confirmation.finalist import Finalist
from tunebridge.confirmation.plan import FINALIST, SEED
from tunebridge.confirmation.session import NAME
from tunebridge.contract.events import StoredStudy
from tunebridge.contract.store import Store
from tunebridge.errors import StoreError, did_you_mean, last_line
from tunebridge.problem.problem import Problem
from tunebridge.space.natural import from_natural
from tunebridge.space.schema import stored_space
from tunebridge.stores.damage import HINT
from tunebridge.stores.format import CONFIRMATION
from tunebridge.stores.loading import check_name, find, load, opened
from tunebridge.stores.recorder import read_past
from tunebridge.stores.stored_problem import problem_of
from tunebridge.stores.timeline import Timeline
from tunebridge.study.loaded_study import line_of
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState

if TYPE_CHECKING:
    from tunebridge.confirmation.race import Race

SUFFIX = "/confirmed"
"""What the name of a confirmation adds to that of its study, unless it is given another one."""


@checked
def load_confirmation(storage: str | Store, study: str, *, problem: Problem | None = None) -> Confirmation:
    """Return what a stored confirmation has found up to now; it may be running elsewhere.

    Args:
        storage: URL of its store, or an open one.
        study: Name of the study that is confirmed, or of the confirmation itself.
        problem: What was tuned, for params that are your own objects; without it, they show their labels.

    Raises:
        StoreError: The store cannot be read, or has no confirmation of this study.
    """
    check_name(study, storage)
    with opened(storage) as store:
        name = confirmation_of(store, study)
        if name is None:
            there = store.studies()
            known = (
                ""
                if study in there
                else f"there is no study of that name, either; {did_you_mean(study, there)}; "
            )
            raise StoreError(
                f"there is no confirmation of {study!r}",
                hint=f"{known}tunebridge.confirm(result, storage=...) makes it",
            )
        return read(store, name, problem)


def confirmation_of(store: Store, study: str) -> str | None:
    """Return the name of the newest confirmation of a study, or of this name; None if there is none."""
    usual, own = (line_of(store, name)[0] for name in (f"{study}{SUFFIX}", study))
    if is_confirmation(store, usual, of=study):
        return usual
    return own if is_confirmation(store, own) else None


def is_confirmation(store: Store, name: str, *, of: str | None = None) -> bool:
    """Return whether a study is a confirmation; one that says nothing any more is none.

    Args:
        store: Where it is.
        name: Its name; there may be no study of it.
        of: The study that it has to confirm; any for None.
    """
    try:
        known = load(store, name, partly=True)
    except StoreError:
        return False
    last = known.segments[-1] if known is not None and known.segments else {}
    return last.get("backend") == NAME and of in {None, last["options"].get("study")}


def read(store: Store, name: str, problem: Problem | None = None) -> Confirmation:
    """Put a confirmation together from the study of its repeats.

    Raises:
        StoreError: It is damaged.
    """
    from tunebridge.confirmation.race import Race

    known = find(store, name)
    notes, sign = _notes(known), known.directions[0].sign
    tuned = _tuned(store, notes["study"])
    problem = problem_of(tuned) if problem is None and tuned is not None else problem
    finalists = [
        replace(_finalist(one, problem), excluded=_excluded(one, tuned)) for one in notes["finalists"]
    ]
    seeds = tuple(notes["seeds"])
    ended: dict[tuple[str, int], TrialRecord] = {}
    for record in repeats_of(read_past(known, stored_space(known.notes["space"]))):
        ended.setdefault((record.params[FINALIST], record.params[SEED]), record)
    race = Race({one.key: sign * one.tuned_value for one in finalists}, len(seeds))
    for (place, seed), one in product(enumerate(seeds), finalists):
        if (one.key, seed) in ended:
            race.end(one.key, place, _loss(ended[one.key, seed], sign))
    repeated = [_repeated(one, race, [ended.get((one.key, seed)) for seed in seeds]) for one in finalists]
    keys = {one.key for one in finalists}
    whole = [one for one in repeated if one.may_win]
    n_evaluated = sum(key in keys and seed in seeds for key, seed in ended)
    return Confirmation(
        study=notes["study"],
        name=name,
        direction=known.directions[0],
        seeds=seeds,
        finalists=tuple(repeated),
        n_evaluated=n_evaluated,
        n_others=len(ended) - n_evaluated,
        is_over=race.is_over,
        is_deterministic=race.is_over and bool(whole) and all(len({*one.values}) == 1 for one in whole),
    )


def _loss(record: TrialRecord, sign: float) -> float:
    """Return the value of a repeat with the sign that makes lower better; infinity if it does not count."""
    return sign * record.value if record.is_eligible and record.value is not None else inf


def _repeated(finalist: Finalist, race: Race, records: Sequence[TrialRecord | None]) -> Finalist:
    """Return a finalist with what came of it; its records go by seed."""
    losses = race.losses(finalist.key)
    values = tuple(one.value for one in records[: len(losses)] if one is not None and one.is_eligible)
    has_failed = bool(losses) and isinf(losses[-1])
    failed = records[len(losses) - 1] if has_failed else None
    beyond = "" if failed is None or failed.state is not TrialState.COMPLETE else failed.beyond
    is_out = race.stopped.get(finalist.key, len(records)) < len(records)
    return replace(
        finalist,
        values=tuple(value for value in values if value is not None),
        failure="" if failed is None or beyond else _failure(failed),
        beyond=beyond,
        stopped=is_out and not (has_failed or race.is_deterministic),
    )


def _tuned(store: Store, study: str) -> StoredStudy | None:
    """Return the study that was confirmed, if the store has it."""
    try:
        return load(store, study, partly=True)
    except StoreError:
        return None


def _excluded(noted: Mapping[str, Any], tuned: StoredStudy | None) -> str:
    """Return why the trial of a finalist was excluded since; empty if it was not, or is no more there."""
    trials = () if tuned is None else tuned.trials
    is_there = any(one.number == noted["number"] and one.values == (noted["value"],) for one in trials)
    return tuned.excluded.get(noted["number"], "") if tuned is not None and is_there else ""


def repeats_of(past: Timeline) -> Iterator[TrialRecord]:
    """Yield the repeats that have ended, those of an earlier confirmation that were carried first.

    One that was excluded is none: it runs again.
    """
    records = [*(one.record for one in past.imported), *(past.records[one] for one in sorted(past.records))]
    yield from (record for record in records if record.state.counts and record.excluded is None)


def _notes(known: StoredStudy) -> Mapping[str, Any]:
    notes: Mapping[str, Any] = known.segments[-1]["options"]
    faults = [*CONFIRMATION.faults(notes, "options")]
    if faults:
        damage = [f"{fault.path}: found {fault.found}, expected {fault.expected}" for fault in faults]
        raise StoreError("\n".join([f"the confirmation {known.name!r} is damaged:", *damage]), hint=HINT)
    return notes


def _finalist(noted: Mapping[str, Any], problem: Problem | None) -> Finalist:
    params = noted["params"] if problem is None else from_natural(problem.space, noted["params"])
    return Finalist(
        number=noted["number"], params=params, tuned_value=float(noted["value"]), key=noted["key"]
    )


def _failure(record: TrialRecord) -> str:
    return last_line(record.error) if record.error else f"it is {record.state.name}, and has no value"
