"""Which sampler a backend is in Optuna's own loop."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from optuna.samplers import BaseSampler

import tunebridge
from tunebridge import Backend, Direction, OptionError, Space, UnsupportedError, read_points
from tunebridge.budget import Budget
from tunebridge_optuna.facade.bridge import BridgeSampler
from tunebridge_optuna.facade.guard import GuardedSampler
from tunebridge_optuna.facade.opening import Opening
from tunebridge_optuna.quiet import quiet
from tunebridge_optuna.session import SAMPLERS

LIBRARY = "optuna"
"""The library whose samplers are handed out as they are."""


def made(
    backend: str | Backend,
    *,
    space: Space | None = None,
    seed: int | None = None,
    n_trials: int | None = None,
    directions: Sequence[str] = ("minimize",),
    on_lossy: Literal["error", "warn"] = "error",
    keeper: BaseSampler | None = None,
    **options: Any,
) -> BaseSampler:
    """Return the sampler of a backend; `tunebridge_optuna.sampler` says what the arguments mean."""
    chosen = tunebridge.backend(backend)
    if chosen.spec.library == LIBRARY:
        own = chosen.spec.name.partition(":")[2]
        return own_sampler(own, space, seed, {**chosen.options, **options})
    opening = Opening(
        backend=tunebridge.backend(chosen, **options),
        seed=random.SystemRandom().randrange(2**32) if seed is None else seed,
        n_trials=Budget(n_trials=n_trials, max_seconds=None).n_trials,
        on_lossy=on_lossy,
    )
    opening.check(space, tuple(map(Direction, directions)))
    return BridgeSampler(opening, space, keeper)


def own_sampler(name: str, space: Space | None, seed: int | None, options: Mapping[str, Any]) -> BaseSampler:
    """Return a sampler of Optuna's own, which takes all of its own arguments."""
    given = dict(options)
    for loops in {"remember", "lookahead"} & given.keys():
        raise OptionError(
            f"{loops} is for tunebridge's own loop: Optuna's asks when it wants to, of all trials",
            hint="call tunebridge.tune(...), or leave it out",
        )
    if name == "grid":
        given = {"search_space": _grid(space, given.pop("points", None)), **given}
    try:
        with quiet():
            own = SAMPLERS[name](seed=seed, **given)  # type: ignore[call-arg]
    except (TypeError, ValueError) as error:
        raise OptionError(f"optuna:{name} refuses its options {dict(options)!r}: {error}") from error
    return own if space is None else GuardedSampler(own, space)


def _grid(space: Space | None, points: Any) -> dict[str, list[Any]]:
    """Return what Optuna's grid takes: the values of each parameter, as the objective gets them."""
    if space is None:
        raise UnsupportedError(
            "optuna:grid visits the points of a space one by one, and there is none yet",
            hint="declare the space, space=tunebridge.Space(...), or give Optuna's search_space={...}",
        )
    wanted = read_points(space, points)
    return {node.name: node.parameter.grid(wanted(node)) for node in space.nodes}
