"""Which params of a copy move, and the answer of an explorer kept inside the space."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from tunebridge.display.brief import brief
from tunebridge.errors import LiveParamError, ProblemError, did_you_mean
from tunebridge.population.explorer import Exploration, Explorer
from tunebridge.population.population import Population
from tunebridge.problem.problem import Problem
from tunebridge.space.matching import same
from tunebridge.space.node import Node
from tunebridge.space.space import Space
from tunebridge.training.live import fixed_at, never_live

MAX_TRIES = 100
"""How often an explorer is asked for params that keep the constraints; then the donor's stay."""


def generator(seed: int, member: int, interval: int) -> random.Random:
    """Return what the choices of one member after one interval are drawn from."""
    from numpy.random import SeedSequence

    return random.Random(int(SeedSequence(seed, spawn_key=(2, member, interval)).generate_state(1)[0]))


def explorable(problem: Problem, population: Population) -> tuple[str, ...]:
    """Return the flat names of the params that copies of a population may move.

    Raises:
        ProblemError: A name that was given is unknown, or there is nothing to move.
        LiveParamError: A param that was given can never change while a trial trains.
    """
    space, given = problem.space, population.params
    free = list(dict.fromkeys(node.name for node in space.nodes if _is_free(node)))
    _check_known(space, free, given or ())
    wanted = free if given is None else list(given)
    refused = never_live(problem.objective, space, wanted)
    if refused and (given is not None or len(refused) == len(wanted)):
        raise LiveParamError.of(
            f"a population cannot explore, because {brief(problem.objective)} cannot change while it trains:",
            refused,
            hint="name the params that can change: Population(params=[...], ...)",
        )
    if not wanted:
        raise ProblemError("a population has nothing to explore: no param of the space can change")
    return tuple(name for name in wanted if name not in refused)


def movable(problem: Problem, names: Sequence[str], params: Mapping[str, Any]) -> list[str]:
    """Return which of the named params move where all are as given: those that are active and live there."""
    nodes, fixed = problem.space.active(params), fixed_at(problem.objective, params)
    return [name for name in names if name in nodes and _is_free(nodes[name]) and name not in fixed]


def explored(space: Space, explorer: Explorer, copied: Exploration) -> dict[str, Any]:
    """Return the params of a copy that are to change, with their new values.

    Raises:
        ProblemError: The explorer names a param that it was not to move.
        SpaceError: It proposes a value outside of its parameter.
    """
    for _ in range(MAX_TRIES):
        found = dict(explorer.explore(copied))
        wrong = found.keys() - set(copied.names)
        if wrong:
            raise ProblemError(f"{brief(explorer)} was not asked to move {', '.join(sorted(wrong))}")
        whole = space.read({**copied.params, **found})
        if space.violated(whole) is None:
            return {name: whole[name] for name in found if not same(whole[name], copied.params[name])}
    return {}


def _is_free(node: Node) -> bool:
    return not (node.deciding or node.fixed)


def _check_known(space: Space, free: Sequence[str], given: Sequence[str]) -> None:
    known = {node.name for node in space.nodes}
    for name in given:
        if name not in known:
            message = f"Population(params=...): no param is called {name!r}"
            raise ProblemError(message, hint=did_you_mean(name, known))
        if name not in free:
            raise ProblemError(
                f"Population(params=...): {name!r} cannot change while a trial trains: it has branches, "
                "decides on others, or has one value only",
                hint="leave it out: it comes with the donor",
            )
