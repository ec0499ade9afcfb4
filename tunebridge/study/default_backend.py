"""The backend of those who name none: the one place that says which it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tunebridge.calls import checked
from tunebridge.contract.events import StoredStudy
from tunebridge.contract.store import Store
from tunebridge.errors import MissingLibraryError, StoreError, UnknownNameError
from tunebridge.problem.problem import Direction
from tunebridge.registry import plugins, store_url
from tunebridge.registry.choice import MEMBERS, Backend, backend
from tunebridge.space.space import Space
from tunebridge.stores.loading import load, opened
from tunebridge.study.loaded_study import line_of

PREFERRED = ("optuna:tpe", "hyperopt:tpe", "sklearn:random")
"""The backends of a new study, the first that is installed; then those of other libraries, by name."""

ASKS_OTHERS = "auto:credit"
"""The backend of a new study that the command line begins, before these. Python and estimators keep to one
library: scripts rest on it that a study which names no backend is Optuna's own, to the last bit."""


@checked
def default_backend(
    storage: str | Store | None = None,
    study: str | None = None,
    *,
    seed: int | None = None,
    newest: bool = False,
    asks_others: bool = False,
) -> Backend:
    """Return the backend of a study whose caller names none.

    A stored study goes on with the backend that proposed last, with its options; if an object of your own is
    among them, name both again. A new study has the first that is installed of `optuna:tpe`,
    `hyperopt:tpe` and `sklearn:random`, then of the default backends of other plugins.

    Args:
        storage: URL of the study's store, or an open one; None for a new study.
        study: Its name.
        seed: Its seed, of which its name is made if it has none.
        newest: Whether the study goes on that carrying has made of the name last.
        asks_others: Whether a new study gets `auto` where two of its members are installed, as that of the
            command line does.

    Raises:
        MissingLibraryError: No backend is installed.
        UnknownNameError: The backend that proposed last is no longer there.
        StoreError: The store cannot be read, or does not have an option of that backend.
    """
    known = last_study(storage, study, seed=seed, newest=newest)
    if known is not None:
        return _as_stored(known)
    return (_asking_others() if asks_others else None) or _new()


def chosen_backend(
    given: str | Backend | None,
    storage: str | Store | None,
    study: str | None,
    *,
    seed: int | None,
    newest: bool,
) -> Backend:
    """Return a backend by name, or the default one for None; the rest as for `default_backend`."""
    return default_backend(storage, study, seed=seed, newest=newest) if given is None else backend(given)


def last_study(
    storage: str | Store | None, study: str | None, *, seed: int | None, newest: bool
) -> StoredStudy | None:
    """Return the stored study that a call goes on with, if a backend has proposed in it."""
    name = study or (None if seed is None else f"tunebridge-{seed}")
    if storage is None or name is None:
        return None
    if isinstance(storage, str) and not store_url.store_spec(storage).exists(storage):
        return None
    with opened(storage) as store:
        known = load(store, line_of(store, name)[0] if newest else name)
    return known if known is not None and known.segments else None


def _as_stored(known: StoredStudy) -> Backend:
    """Return the backend that proposed last; of its members one alone may be able to take the problem."""
    segment = known.segments[-1]
    name, options = segment["backend"], stored_options(segment)
    if name not in plugins.registry().backends:
        raise UnknownNameError(
            f"no backend is called {name!r} here, which proposed last in the study {known.name!r}",
            hint="install the plugin that brings it, or name the backend that is to go on: backend=...",
        )
    chosen = backend(name, **{option: value for option, value in options.items() if option != MEMBERS})
    return Backend(chosen.spec, options)


def stored_options(segment: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options of the backend that proposed last, which can be given again as they are stored.

    Raises:
        StoreError: One is an object, of which the store has its `repr` alone.
    """
    proposer, options = segment["backend"], segment["options"]
    for name, value in options.items():
        if _holds_object(value):
            message = (
                f"the option {name} of {proposer}, which proposed last in the study, is not stored: {value}"
            )
            again = f"backend=tunebridge.backend({proposer!r}, {name}=...)"
            raise StoreError(message, hint=f"name both again: {again}")
    given: Mapping[str, Any] = options
    return given


def _holds_object(value: Any) -> bool:
    """Return whether a stored value has the `repr` of an object in place of it."""
    if isinstance(value, Mapping):
        return any(map(_holds_object, value.values()))
    return isinstance(value, str) and re.fullmatch(r"<.*>", value, re.DOTALL) is not None


def _asking_others() -> Backend | None:
    """Return the backend that asks several others; None unless two of them are installed."""
    spec = plugins.registry().backends.get(ASKS_OTHERS)
    if spec is None or spec.members is None:
        return None
    try:
        members = spec.members(Space(), (Direction.MINIMIZE,), {})
    except MissingLibraryError:
        return None
    return Backend(spec, {}) if len(members) > 1 else None


def _new() -> Backend:
    specs = plugins.registry().backends
    own = [name for name, spec in specs.items() if spec.default and spec.members is None]
    for name in dict.fromkeys([*PREFERRED, *sorted(own)]):
        if name in specs and Backend(specs[name], {}).is_installed:
            return backend(name)
    raise MissingLibraryError("no backend is installed", hint='run: pip install "tunebridge[optuna]"')
