"""Optuna behind tunebridge: its samplers as backends, and results as `optuna.Study`.

And tunebridge behind Optuna: `import tunebridge_optuna as optuna` runs code written for Optuna on any
backend. What is not defined here comes from Optuna.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from tunebridge_optuna.facade.aliases import install

if TYPE_CHECKING:
    import optuna
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler
    from optuna.storages import BaseStorage
    from optuna.study import StudyDirection

    from tunebridge import Backend, Result, Space

__all__ = ["create_study", "find_space", "load_study", "sampler", "to_study"]

fingerprint_version = 1
"""Its code is not compared when a stored study goes on: its objectives state versions of their own."""

install()


def create_study(
    *,
    storage: str | BaseStorage | None = None,
    sampler: BaseSampler | None = None,
    pruner: BasePruner | None = None,
    study_name: str | None = None,
    direction: Literal["minimize", "maximize"] | StudyDirection | None = None,
    load_if_exists: bool = False,
    directions: Sequence[Literal["minimize", "maximize"] | StudyDirection] | None = None,
    backend: str | Backend | None = None,
    seed: int | None = None,
    space: Space | None = None,
    n_trials: int | None = None,
    on_lossy: Literal["error", "warn"] = "error",
) -> optuna.Study:
    """Create one of Optuna's own studies whose params a backend of tunebridge's proposes.

    All that is done on it is what Optuna does. With a backend of Optuna's it has Optuna's own sampler.

    Args:
        storage: As in Optuna, like the next six.
        sampler: Replaced, with one warning, if a backend of another library is named.
        pruner: Optuna's own default for None.
        study_name: The study's name.
        direction: "minimize" or "maximize".
        load_if_exists: Whether a study of this name goes on; the backend is told of its trials.
        directions: One per objective.
        backend: A backend's name, or what `tunebridge.backend` returns; for None that of the environment
            variable `TUNEBRIDGE_BACKEND`, or else Optuna's own sampler.
        seed: As for `sampler`, like the rest.
        space: The declared space; None lets it be found.
        n_trials: Trials of the whole study, for backends that plan by it.
        on_lossy: "error" or "warn".

    Raises:
        TunebridgeError: The backend cannot do what is asked for; the message says what.
    """
    from tunebridge_optuna.facade import settling

    chosen = settling.settled(
        sampler,
        backend,
        seed=seed,
        space=space,
        n_trials=n_trials,
        directions=settling.ways(direction, directions),
        on_lossy=on_lossy,
    )
    import optuna

    return optuna.create_study(
        storage=storage,
        sampler=chosen,
        pruner=pruner,
        study_name=study_name,
        direction=direction,
        load_if_exists=load_if_exists,
        directions=directions,
    )


def find_space(objective: Callable[[Any], Any], *, walks: int = 50, seed: int = 0) -> Space:
    """Return the space of an objective that was written for Optuna, with the conditions of its parameters.

    The objective is called `walks` times with random params, before and beside any study. Each call ends at
    the first thing that is no suggestion: a report, an attribute, the number of the trial. What comes before
    that runs, training, too, if nothing is reported from it.

    Args:
        objective: Takes a trial, and suggests.
        walks: How often it is called, >= 1.
        seed: Fixes the random params.

    Raises:
        SpaceError: Something decides on a suggestion that is none itself; the message names it.
        Exception: Whatever the objective raises.
    """
    from tunebridge_optuna.facade import walking

    return walking.find_space(objective, walks, seed)


def load_study(
    *,
    study_name: str | None,
    storage: str | BaseStorage,
    sampler: BaseSampler | None = None,
    pruner: BasePruner | None = None,
    backend: str | Backend | None = None,
    seed: int | None = None,
    space: Space | None = None,
    n_trials: int | None = None,
    on_lossy: Literal["error", "warn"] = "error",
) -> optuna.Study:
    """Load one of Optuna's studies, to go on with a backend: it is told of the trials that are there.

    Args:
        study_name: As in Optuna, like the next three.
        storage: Where it is kept.
        sampler: Replaced, with one warning, if a backend of another library is named.
        pruner: Optuna's own default for None.
        backend: As for `create_study`, like the rest.
        seed: The seed of the backend's sampler.
        space: The declared space; None lets it be found.
        n_trials: Trials of the whole study, for backends that plan by it.
        on_lossy: "error" or "warn".

    Raises:
        TunebridgeError: The backend cannot do what is asked for; the message says what.
    """
    from tunebridge_optuna.facade import settling

    chosen = settling.settled(
        sampler,
        backend,
        seed=seed,
        space=space,
        n_trials=n_trials,
        on_lossy=on_lossy,
    )
    import optuna

    study = optuna.load_study(study_name=study_name, storage=storage, sampler=chosen, pruner=pruner)
    return settling.checked(study)


def sampler(
    backend: str | Backend,
    *,
    space: Space | None = None,
    seed: int | None = None,
    n_trials: int | None = None,
    directions: Sequence[Literal["minimize", "maximize"]] = ("minimize",),
    on_lossy: Literal["error", "warn"] = "error",
    **options: Any,
) -> BaseSampler:
    """Return a backend as a sampler for Optuna's own studies.

    A backend of Optuna's is Optuna's own sampler, and takes all of that sampler's arguments. Every other one
    is asked for each trial and told of each end: of trials that others have run, too, before the next is
    asked for.

    Args:
        backend: A backend's name, or what `tunebridge.backend` returns.
        space: The declared space: a suggestion that is not in it is an error. For None it is found while
            trials run.
        seed: 0 <= seed < 2**32, handed to the backend's sampler unchanged; a fresh one for None.
        n_trials: Trials of the whole study, for backends that plan by it.
        directions: The study's, so that what the backend cannot do is said before the first trial.
        on_lossy: "error" refuses a lossy translation; "warn" logs it.
        **options: The backend's options.

    Raises:
        UnknownNameError: No backend has this name.
        OptionError: The backend has no such option.
        TranslationError: The backend cannot propose the space faithfully.
        UnsupportedError: The backend cannot do what is asked for.
        MissingLibraryError: The backend's library is not installed.
    """
    from tunebridge_optuna.facade import making

    return making.made(
        backend,
        space=space,
        seed=seed,
        n_trials=n_trials,
        directions=directions,
        on_lossy=on_lossy,
        **options,
    )


def to_study(result: Result) -> optuna.Study:
    """Return a result as an in-memory `optuna.Study`, whatever backend it came from.

    Every plot, importance and dashboard of Optuna works on it. Distributions are in natural units,
    ordinals and objects are categorical labels, branches have dotted names.

    Raises:
        MissingLibraryError: Optuna is not installed.
        ProblemError: It is no result.
    """
    from tunebridge_optuna.export import to_study as export

    return export(result)


def __getattr__(name: str) -> Any:
    """Return what is not defined here from Optuna."""
    if name.startswith("_") and name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in {"integration", "study"}:
        import importlib

        return importlib.import_module(f"{__name__}.{name}")
    import optuna

    return getattr(optuna, name)


def __dir__() -> list[str]:
    """Return the names defined here, and those of Optuna."""
    import optuna

    return sorted({*globals(), *optuna.__all__})
