"""The backend of a study with its members named, if it asks others: those that the study has already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.contract.ahead import OPTION
from tunebridge.contract.events import StoredStudy
from tunebridge.contract.store import Store
from tunebridge.errors import MissingLibraryError, TranslationError, UnknownNameError
from tunebridge.problem.problem import Problem
from tunebridge.registry import plugins
from tunebridge.registry.choice import MEMBERS, Backend
from tunebridge.space.schema import differences, stored_space, write_space
from tunebridge.space.space import Space
from tunebridge.stores.grown_spaces import space_of
from tunebridge.study.default_backend import chosen_backend, last_study, stored_options

Members = Mapping[str, Mapping[str, Any]]


def settled_backend(
    given: str | Backend | None,
    problem: Problem,
    storage: str | Store | None,
    study: str | None,
    *,
    seed: int | None,
    newest: bool,
    join: bool = False,
) -> Backend:
    """Return a backend as `chosen_backend` does, with its members named; a stored study keeps its own.

    Where processes share the study, no member proposes ahead that was not named so.

    Raises:
        UnknownNameError: No backend has the name of a member of the stored study.
    """
    chosen = chosen_backend(given, storage, study, seed=seed, newest=newest)
    if chosen.spec.members is None:
        return chosen
    chosen = chosen.shared if join else chosen
    known = last_study(storage, study, seed=seed, newest=newest)
    recorded = None if known is None else _recorded(known, chosen)
    if known is None or recorded is None:
        return chosen.settled(problem.space, problem.directions)
    if chosen.options.get(MEMBERS, recorded) != recorded:
        settled = chosen.settled(problem.space, problem.directions)
        if settled.options[MEMBERS] != recorded:
            return settled
    _check_registered(recorded, chosen, known)
    if join:
        recorded = _sharing(recorded, chosen, problem)
    before = space_of(known)
    if differences(before, write_space(problem.space)):
        recorded = _in_another_space(recorded, chosen, problem, stored_space(before))
    return Backend(chosen.spec, {**chosen.options, MEMBERS: recorded})


def _recorded(known: StoredStudy, chosen: Backend) -> Members | None:
    """Return the members that a study has; None if another backend proposed last.

    Raises:
        StoreError: An option of one is not stored, and nobody names the members again.
    """
    segment = known.segments[-1]
    if segment["backend"] != chosen.spec.name:
        return None
    options = segment["options"] if MEMBERS in chosen.options else stored_options(segment)
    return options.get(MEMBERS)


def _check_registered(members: Members, chosen: Backend, known: StoredStudy) -> None:
    specs = plugins.registry().backends
    missing = [name for name in members if name not in specs]
    if missing:
        left = [name for name in members if name in specs]
        others = f"tunebridge.backend({chosen.spec.name!r}, members={left})"
        raise UnknownNameError(
            f"no backend is called {missing[0]!r} here, which is a member in the study {known.name!r}",
            hint=f"install the plugin that brings it, or name members: {others}",
        )


def _in_another_space(members: Members, chosen: Backend, problem: Problem, before: Space) -> Members:
    """Return who of the members can take a space, each with the options that it would have there.

    Options that somebody gave stay as they are.
    """
    itself = Backend(chosen.spec, {name: one for name, one in chosen.options.items() if name != MEMBERS})
    was, now = (_chosen_by(itself, space, problem) for space in (before, problem.space))
    named = _chosen_anew(members, was, now)
    return _settled(Backend(chosen.spec, {**chosen.options, MEMBERS: named}), problem.space, problem)


def _sharing(members: Members, chosen: Backend, problem: Problem) -> Members:
    """Return members with the options that they have where processes share a study."""
    own = {name: one for name, one in chosen.options.items() if name not in (MEMBERS, OPTION)}
    alone = Backend(chosen.spec, own)
    was, now = (_chosen_by(itself, problem.space, problem) for itself in (alone, alone.shared))
    return _chosen_anew(members, was, now)


def _chosen_anew(members: Members, was: Members, now: Members) -> Members:
    """Return members with what a backend would choose of their options now; those that were given stay."""
    return {name: now.get(name, own) if own == was.get(name) else own for name, own in members.items()}


def _chosen_by(itself: Backend, space: Space, problem: Problem) -> Members:
    """Return whom a backend chooses itself in a space; nobody, if nobody can take it."""
    try:
        return _settled(itself, space, problem)
    except (MissingLibraryError, TranslationError):
        return {}


def _settled(chosen: Backend, space: Space, problem: Problem) -> Members:
    members: Members = chosen.settled(space, problem.directions).options[MEMBERS]
    return members
