"""What a population cannot be combined with, and what cannot go on without one."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError, UnsupportedError
from tunebridge.policy import OnDuplicate
from tunebridge.population.population import Population
from tunebridge.stores.recorder import POPULATION
from tunebridge.stores.timeline import Timeline
from tunebridge.study.interrupted_trials import interrupted_trials
from tunebridge.study.loaded_study import LoadedStudy
from tunebridge.trial.lineage import Copy


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


def keep_population(population: Population, loaded: LoadedStudy) -> None:
    """Check that a study goes on with the population that it began with; note it if it begins.

    Raises:
        ProblemError: It is another one: who is in which, and where intervals end, would change.
    """
    now = _written(population)
    before = loaded.past.population
    if before is None:
        if loaded.recorder is not None:
            loaded.recorder.note_next({POPULATION: now})
        return
    changed = [name for name, one in now.items() if before.get(name, one) != one]
    if changed:
        told = "; ".join(f"{name} was {before[name]!r}, is {now[name]!r}" for name in changed)
        kept = ", ".join(f"{name}={before[name]!r}" for name in changed)
        raise ProblemError(
            f"the study {loaded.name!r} has another population: {told}",
            hint=f"write {kept}, or name another study",
        )


def check_members(past: Timeline) -> None:
    """Check that a study can go on without a population.

    Raises:
        ProblemError: Trials that are to go on have copied others: what they are would be lost.
    """
    again = [one.record for one in interrupted_trials(past)]
    copied = [record.number for record in again if any(isinstance(one, Copy) for one in record.schedule)]
    if copied:
        raise ProblemError(
            f"the interrupted trials {', '.join(map(str, copied))} have copied others of their population",
            hint="go on with population=..., as they began, or leave them: interrupted='drop'",
        )


def _written(population: Population) -> dict[str, Any]:
    """Return what a user says of a population as JSON."""
    given = {field.name: getattr(population, field.name) for field in fields(population)}
    lists = {name: list(one) for name, one in given.items() if isinstance(one, tuple)}
    return {**given, **lists, "explore": population.explorer}
