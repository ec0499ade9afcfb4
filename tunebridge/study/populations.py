"""What a population cannot be combined with, and what cannot go on without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError, UnsupportedError
from tunebridge.policy import Interrupted, OnDuplicate
from tunebridge.population.population import Population
from tunebridge.stores.recorder import POPULATION
from tunebridge.study.interrupted_trials import interrupted_trials
from tunebridge.study.loaded_study import LoadedStudy
from tunebridge.trial.lineage import Copy
from tunebridge.trial.record import TrialRecord


def check_population(
    population: Population, *, n_trials: int | None, pruner: object, on_duplicate: OnDuplicate
) -> None:
    """Check that a study can have a population.

    Raises:
        ProblemError: It is none, or the number of trials does not fit.
        UnsupportedError: It means nothing together with something else.
    """
    given: Any = population
    if not isinstance(given, Population):
        hint = "write population=tunebridge.Population(size=8, every=5)"
        raise ProblemError(f"expected a tunebridge.Population, got {brief(given)}", hint=hint)
    if n_trials is None or n_trials % population.size:
        rule = f"n_trials must be a multiple of the population's size, {population.size}"
        hint = f"n_trials={population.size} is one population; each multiple is another one"
        raise ProblemError(f"{rule}, got {brief(n_trials)}", hint=hint)
    if pruner is not None:
        raise UnsupportedError(
            "a pruner and a population exclude each other: both decide on those that fall behind",
            hint="leave the pruner out; a member that falls behind goes on from a better one's checkpoint",
        )
    if on_duplicate == "reuse":
        raise UnsupportedError(
            'on_duplicate="reuse" means nothing in a population: equal params train on from other weights',
            hint='leave it out, or write on_duplicate="resample"',
        )


def keep_population(population: Population | None, loaded: LoadedStudy, interrupted: Interrupted) -> None:
    """Check that a study goes on with the population that it began with; note it if it begins.

    Raises:
        ProblemError: It is another one, there is none any more, or trials would become members that are none.
    """
    before = loaded.past.population
    if population is None:
        if interrupted == "retry":
            _check_dropped(before, loaded)
    elif before is None:
        _check_added(population, loaded, interrupted)
        if loaded.recorder is not None:
            loaded.recorder.note_next({POPULATION: _written(population)})
    else:
        _check_same(before, _written(population), loaded.name)


def _check_same(before: Mapping[str, Any], now: Mapping[str, Any], name: str) -> None:
    """Check that a population is as it was: else who is in which, and where intervals end, would change."""
    changed = [field for field, one in now.items() if before.get(field, one) != one]
    if changed:
        told = "; ".join(f"{field} was {before[field]!r}, is {now[field]!r}" for field in changed)
        kept = ", ".join(f"{field}={before[field]!r}" for field in changed)
        raise ProblemError(
            f"the study {name!r} has another population: {told}",
            hint=f"write {kept}, or name another study",
        )


def _check_dropped(before: Mapping[str, Any] | None, loaded: LoadedStudy) -> None:
    """Check that a study has no members: what those that are to go on are would be lost."""
    again = [one.record for one in interrupted_trials(loaded.past)]
    copied = [record.number for record in again if _has_copied(record)]
    if copied:
        raise ProblemError(
            f"the interrupted trials {', '.join(map(str, copied))} have copied others of their population",
            hint="go on with population=..., as they began, or leave them: interrupted='drop'",
        )
    if before is not None:
        raise ProblemError(
            f"the study {loaded.name!r} has a population: size={before['size']}, every={before['every']}",
            hint="go on with population=..., as it began, or name another study; interrupted='drop' leaves "
            "members that have not ended, and goes on with trials that are none",
        )


def _check_added(population: Population, loaded: LoadedStudy, interrupted: Interrupted) -> None:
    """Check that trials that began without a population have ended, and are no part of one.

    An early version did not keep what a population was; it had one if any trial has copied.
    """
    records = loaded.past.records.values()
    if any(map(_has_copied, records)):
        return
    again = [one.record.number for one in interrupted_trials(loaded.past)] if interrupted == "retry" else []
    if again:
        raise ProblemError(
            f"the interrupted trials {', '.join(map(str, again))} began without a population",
            hint="go on without population=... until they have ended, or leave them: interrupted='drop'",
        )
    n_ended = sum(record.state.counts for record in records)
    if n_ended % population.size:
        raise ProblemError(
            f"{n_ended} trials of the study {loaded.name!r} have ended without a population, which is no "
            f"multiple of its size, {population.size}: one would begin with too few members",
            hint="go on without population=... up to a multiple, or name another study",
        )


def _has_copied(record: TrialRecord) -> bool:
    return any(isinstance(entry, Copy) for entry in record.schedule)


def _written(population: Population) -> dict[str, Any]:
    """Return what a user says of a population as JSON."""
    given = {field.name: getattr(population, field.name) for field in fields(population)}
    lists = {name: list(one) for name, one in given.items() if isinstance(one, tuple)}
    return {**given, **lists, "explore": population.explorer}
