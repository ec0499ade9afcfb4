"""The backend of those who name none: the one place that says which it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tunebridge import dependencies
from tunebridge.contract.backend import BackendSpec
from tunebridge.contract.store import Store
from tunebridge.errors import MissingLibraryError, StoreError
from tunebridge.registry import plugins, store_url
from tunebridge.registry.choice import Backend, backend
from tunebridge.stores.loading import load, opened
from tunebridge.study.loaded_study import line_of

PREFERRED = ("optuna:tpe", "hyperopt:tpe", "sklearn:random")
"""The backends of a new study, the first that is installed; then those of other libraries, by name."""


def default_backend(
    storage: str | Store | None = None,
    study: str | None = None,
    *,
    seed: int | None = None,
    newest: bool = False,
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

    Raises:
        MissingLibraryError: No backend is installed.
        UnknownNameError: The backend that proposed last is no longer there.
        StoreError: The store cannot be read, or does not have an option of that backend.
    """
    name = study or (None if seed is None else f"tunebridge-{seed}")
    last = None if storage is None or name is None else _last(storage, name, newest=newest)
    return _new() if last is None else last


def _last(storage: str | Store, name: str, *, newest: bool) -> Backend | None:
    """Return the backend that proposed last in a stored study; None if there is none yet."""
    if isinstance(storage, str) and not store_url.store_spec(storage).exists(storage):
        return None
    with opened(storage) as store:
        known = load(store, line_of(store, name)[0] if newest else name)
    if known is None or not known.segments:
        return None
    segment = known.segments[-1]
    _check_options(name, segment["backend"], segment["options"])
    return backend(segment["backend"], **segment["options"])


def _check_options(study: str, proposer: str, options: Mapping[str, Any]) -> None:
    """Check that options can be given again as they are stored.

    Raises:
        StoreError: One is an object, of which the store has its `repr` alone.
    """
    for name, value in options.items():
        if isinstance(value, str) and re.fullmatch(r"<.*>", value, re.DOTALL):
            message = (
                f"the option {name} of {proposer}, which proposed last in {study!r}, is not stored: {value}"
            )
            again = f"backend=tunebridge.backend({proposer!r}, {name}=...)"
            raise StoreError(message, hint=f"name both again: {again}")


def _new() -> Backend:
    specs = plugins.registry().backends
    others = sorted(name for name, spec in specs.items() if spec.default and name not in PREFERRED)
    for name in (*PREFERRED, *others):
        if name in specs and _is_installed(specs[name]):
            return backend(name)
    raise MissingLibraryError("no backend is installed", hint='run: pip install "tunebridge[optuna]"')


def _is_installed(spec: BackendSpec) -> bool:
    return all(dependencies.installed_version(name) is not None for name in spec.requires)
