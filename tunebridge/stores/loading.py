"""Reads studies from stores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tunebridge.contract.events import StoredStudy
from tunebridge.contract.store import Store
from tunebridge.errors import StoreError, did_you_mean
from tunebridge.problem.problem import Problem
from tunebridge.registry import store_url
from tunebridge.result.result import Result
from tunebridge.stores.recorder import read_past
from tunebridge.stores.stored_problem import check_same, problem_of
from tunebridge.stores.timeline import Past

FORMAT = 1
"""Version of the notes; a store with a higher one was written by a newer tunebridge."""


def load_study(storage: str | Store, name: str, *, problem: Problem | None = None) -> Result:
    """Return what a stored study has found up to now; it may be running elsewhere.

    Args:
        storage: URL of its store, or an open one.
        name: Its name.
        problem: What it optimises, for params that are your own objects; without it, they show their labels.

    Raises:
        StoreError: The store cannot be read, has no study of this name, or one of another problem.
    """
    with opened(storage) as store:
        known = find(store, name)
    if problem is None:
        problem = problem_of(known)
    else:
        check_same(known, problem)
    return result_of(known, problem, read_past(known, problem.space))


def result_of(known: StoredStudy, problem: Problem, past: Past) -> Result:
    """Return the result of a stored study as it stands."""
    return Result(
        problem=problem,
        study=known.name,
        backend=past.segments[-1].backend if past.segments else "",
        seed=known.notes["seed"],
        trials=[past.records[number] for number in sorted(past.records)],
        stop_reason="",
    )


def find(store: Store, name: str) -> StoredStudy:
    """Return the study of a name.

    Raises:
        StoreError: There is none, or it cannot be read.
    """
    known = load(store, name)
    if known is None:
        raise StoreError(f"there is no study {name!r}", hint=did_you_mean(name, store.studies()))
    return known


def load(store: Store, name: str) -> StoredStudy | None:
    """Return the study of a name, or None.

    Raises:
        StoreError: It cannot be read.
    """
    known = store.load(name)
    if known is not None and known.notes["format"] > FORMAT:
        raise StoreError(f"the study {name!r} was written by a newer tunebridge", hint="upgrade tunebridge")
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
