"""Which sampler a study of Optuna's gets: that of a backend, or the one it would have anyway."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from optuna.samplers import BaseSampler
from optuna.study import Study, StudyDirection

import tunebridge
from tunebridge import Backend, Direction, OptionError, Space, TunebridgeError
from tunebridge.budget import Budget
from tunebridge_optuna.facade.bridge import BridgeSampler
from tunebridge_optuna.facade.guard import GuardedSampler
from tunebridge_optuna.facade.making import LIBRARY, made
from tunebridge_optuna.session import SAMPLERS

VARIABLE = "TUNEBRIDGE_BACKEND"
"""The environment variable that names the backend where none is named."""

DEFAULT = "optuna:tpe"
"""What Optuna's own studies have."""

STACKLEVEL = 4
"""How far the user's call is from the warning."""


def settled(
    sampler: BaseSampler | None,
    backend: str | Backend | None,
    *,
    seed: int | None = None,
    space: Space | None = None,
    n_trials: int | None = None,
    directions: Sequence[str] = ("minimize",),
    on_lossy: Literal["error", "warn"] = "error",
) -> BaseSampler | None:
    """Return the sampler of a study.

    Args:
        sampler: The user's own.
        backend: The one that is named; None for that of the environment, or else for Optuna's own.
        seed: As for `tunebridge_optuna.sampler`, like the rest.
        space: The declared space.
        n_trials: Trials of the whole study.
        directions: One per objective.
        on_lossy: What to do about a lossy translation.

    Returns:
        It; None for Optuna's own default.

    Raises:
        TunebridgeError: Something given is wrong; the message says what.
    """
    _check_given(sampler, backend)
    Budget(n_trials=n_trials, max_seconds=None)
    is_ours = isinstance(sampler, BridgeSampler | GuardedSampler)
    named = backend or (None if is_ours else _of_environment())
    is_kept = sampler is not None and (named is None or _is_of(sampler, named))
    if is_kept and seed is not None:
        raise OptionError(
            "seed= is for the sampler of a backend, and sampler= is given",
            hint=f"give it to {type(sampler).__name__}(seed=...), or leave sampler= out",
        )
    if is_kept and sampler is not None:
        return sampler if space is None else GuardedSampler(sampler, space)
    if named is None and seed is None and space is None:
        return None
    keeper = None if sampler is None else _replaced(sampler, named)
    return made(
        named or DEFAULT,
        space=space,
        seed=seed,
        n_trials=n_trials,
        directions=directions,
        on_lossy=on_lossy,
        keeper=keeper,
    )


def _check_given(sampler: Any, backend: Any) -> None:
    """Check that a sampler is not given as a backend, nor a backend as a sampler."""
    if isinstance(sampler, str | Backend):
        raise OptionError(
            f"sampler= takes one of Optuna's samplers, got {sampler!r}",
            hint=f"a backend goes to backend=: backend={sampler!r}",
        )
    if isinstance(backend, BaseSampler):
        raise OptionError(
            f"backend= takes the name of a backend, got a {type(backend).__name__} of Optuna's",
            hint=f"a sampler goes to sampler=: sampler={type(backend).__name__}(...)",
        )


def ways(direction: Any, directions: Iterable[Any] | None) -> list[str]:
    """Return the directions as names; those that Optuna will refuse count as one objective."""
    given = [direction or "minimize"] if directions is None else list(directions)
    names = [way.name.lower() if isinstance(way, StudyDirection) else way for way in given]
    return names if names and all(name in list(Direction) for name in names) else ["minimize"]


def checked(study: Study) -> Study:
    """Return a study that was there before, if its sampler can do what it asks for.

    Raises:
        TunebridgeError: It cannot; the message says what.
    """
    if isinstance(study.sampler, BridgeSampler) and len(study.directions) > 1:
        study.sampler.check(study)
    return study


def _of_environment() -> Backend | None:
    """Return the backend that the environment names, if any."""
    named = os.environ.get(VARIABLE)
    try:
        return tunebridge.backend(named) if named else None
    except TunebridgeError as error:
        error.add_note(
            f"the environment variable {VARIABLE}={named} names it: name another there, or unset it"
        )
        raise


def _is_of(sampler: BaseSampler, backend: str | Backend) -> bool:
    """Return whether a sampler is what a backend of Optuna's stands for."""
    spec = tunebridge.backend(backend).spec
    return spec.library == LIBRARY and isinstance(sampler, SAMPLERS[spec.name.partition(":")[2]])


def _replaced(sampler: BaseSampler, backend: str | Backend | None) -> BaseSampler | None:
    """Warn that a sampler is replaced, and return it if it may note constraints."""
    name = type(sampler).__name__
    notes = "constraints_func" in inspect.signature(type(sampler)).parameters
    kept = "its constraints_func is kept" if notes else "nothing of it is kept"
    spec = tunebridge.backend(backend or DEFAULT).spec
    if spec.library == LIBRARY:
        notes, kept = False, "nothing of it is kept"
    warnings.warn(
        f"sampler={name}(...) is replaced by the backend {spec.name}: {kept}; leave one of the two out",
        stacklevel=STACKLEVEL,
    )
    return sampler if notes else None
