"""Reads studies from stores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from tunebridge.calls import checked
from tunebridge.contract.events import StoredStudy
from tunebridge.contract.store import Store
from tunebridge.display.brief import brief
from tunebridge.display.passwords import without_passwords
from tunebridge.display.printable import logger_of
from tunebridge.errors import ProblemError, StoreError, did_you_mean
from tunebridge.policy import OnDamage, check_choice
from tunebridge.problem.problem import Problem
from tunebridge.registry import store_url
from tunebridge.registry.choice import MEMBERS
from tunebridge.registry.hearing import hearing
from tunebridge.result.result import Result
from tunebridge.stores.checkpoint_places import place_of
from tunebridge.stores.damage import damaged, examined
from tunebridge.stores.grown_spaces import grown_spaces
from tunebridge.stores.recorder import read_past
from tunebridge.stores.seals import ID
from tunebridge.stores.stored_problem import check_same, problem_of
from tunebridge.stores.timeline import Timeline
from tunebridge.trial.kept_checkpoints import KeptCheckpoints

logger = logger_of(__name__)


@checked
def load_study(
    storage: str | Store,
    name: str,
    *,
    problem: Problem | None = None,
    on_damage: OnDamage = "error",
    checkpoints: str | os.PathLike[str] | None = None,
) -> Result:
    """Return what a stored study has found up to now; it may be running elsewhere.

    Args:
        storage: URL of its store, or an open one.
        name: Its name.
        problem: What it optimises, for params that are your own objects; without it, they show their labels.
        on_damage: What to do about records that are not as they were written: `"error"`, or `"skip"` to leave
            their trials out, with a warning; `result.damaged` names them.
        checkpoints: The folder that the study was given for them; None for the one beside its file.

    Raises:
        StoreError: The store cannot be read, has no study of this name, or one of another problem, or records
            of it are damaged.
        ProblemError: `on_damage` is no such word, or the name is no text.
    """
    check_choice("on_damage", on_damage, get_args(OnDamage))
    check_name(name, storage)
    with opened(storage) as store:
        known = find(store, name, partly=on_damage == "skip")
    if known.damaged:
        logger.warning("%s\nall this is left out", damaged(known).message)
    if problem is None:
        problem = problem_of(known)
    else:
        check_same(known, problem)
    result = result_of(known, problem, read_past(known, problem.space))
    place = place_of(storage, known.name, checkpoints, identity=known.notes.get(ID, ""))
    return result if place is None else _with_checkpoints(result, place)


def _with_checkpoints(result: Result, place: Path) -> Result:
    """Return a result whose records find their checkpoints."""
    sign = result.problem.directions[0].sign
    kept = KeptCheckpoints(place=place, sign=sign)
    trials = [replace(one, checkpoints=kept) for one in result.trials]
    return replace(result, trials=trials)


def result_of(known: StoredStudy, problem: Problem, past: Timeline) -> Result:
    """Return the result of a stored study as it stands."""
    last = past.segments[-1] if past.segments else None
    asks_others = any(one.member for one in past.records.values())
    return Result(
        problem=problem,
        study=known.name,
        backend="" if last is None else last.backend,
        seed=known.notes["seed"],
        trials=[past.records[number] for number in sorted(past.records)],
        stop_reason="",
        damaged=tuple(map(str, known.damaged)),
        not_asked={} if last is None else last.not_asked,
        members=hearing(last.options.get(MEMBERS, {})) if last is not None and asks_others else {},
        grown=grown_spaces(known),
    )


def check_name(name: Any, storage: str | Store | None = None) -> None:
    """Check that a study is named before a store is asked for it, and not where the store belongs.

    Raises:
        ProblemError: What is given is no text, such as its result, or the URL of the store.
    """
    if isinstance(storage, str) and ":" not in storage and "://" in str(name):
        hint = f"the store comes first: {brief(without_passwords(str(name)))}, {brief(storage)}"
        raise ProblemError("the store and the study have changed places", hint=hint)
    if not isinstance(name, str):
        hint = (
            f"write {name.study!r}" if isinstance(name, Result) else "tunebridge studies URL lists the names"
        )
        raise ProblemError(f"a stored study is named by a string, got {brief(name)}", hint=hint)


def find(store: Store, name: str, *, partly: bool = False) -> StoredStudy:
    """Return the study of a name.

    Args:
        store: Where it is.
        name: Its name.
        partly: Whether what is left of a damaged one is good enough.

    Raises:
        ProblemError: The name is no text.
        StoreError: There is none, or it cannot be read.
    """
    check_name(name)
    known = load(store, name, partly=partly)
    if known is None:
        raise StoreError(f"there is no study {name!r}", hint=did_you_mean(name, store.studies()))
    return known


def load(store: Store, name: str, *, partly: bool = False) -> StoredStudy | None:
    """Return the study of a name, or None.

    Args:
        store: Where it is.
        name: Its name.
        partly: Whether what is left of a damaged one is good enough; without its space there is nothing left.

    Raises:
        StoreError: It cannot be read, or is damaged.
    """
    stored = store.load(name)
    if stored is None:
        return None
    known = examined(stored)
    if known.damaged and not (partly and "space" in known.notes):
        raise damaged(known)
    return known


@contextmanager
def opened(storage: str | Store, *, keep: bool = False) -> Iterator[Store]:
    """Open a store, and close what was opened here: after an error, or in any case unless it is kept.

    One that is to be kept is made if there is none yet.
    """
    store, kept = store_url.open_store(storage, make=keep), False
    try:
        yield store
        kept = keep
    finally:
        if store is not storage and not kept:
            store.close()
