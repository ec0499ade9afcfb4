"""The store that a URL names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from tunebridge.contract.store import Store, StoreSpec
from tunebridge.display.brief import brief
from tunebridge.display.passwords import without_passwords
from tunebridge.errors import StoreError, TunebridgeError
from tunebridge.registry import plugins
from tunebridge.registry.choice import Chosen


def open_store(url: str | Store, *, make: bool = True) -> Store:
    """Open the store of a URL; one that is open stays as it is.

    Args:
        url: Of the store.
        make: Whether to make it if there is none yet.

    Raises:
        UnknownNameError: No store has its scheme.
        StoreError: It cannot be opened.
    """
    if isinstance(url, Store):
        return url
    spec = store_spec(url)
    if not make and not spec.exists(url):
        raise StoreError(f"there is no store at {url!r}", hint="check the URL; the first study makes it")
    try:
        return spec.open(url)
    except TunebridgeError as error:
        if without_passwords(str(error), url) == str(error):
            raise
        message, hint = (without_passwords(text, url) for text in (error.message, error.hint))
    # Neither the error nor what led to it: they tell the password.
    raise StoreError(message, hint=hint)


def store_spec(url: str) -> StoreSpec:
    """Return what was registered for the scheme of a URL.

    Raises:
        UnknownNameError: No store has its scheme.
        StoreError: It is no URL.
        MissingLibraryError: What the store needs is not installed.
    """
    schemes = plugins.registry().stores
    examples = ", ".join(schemes[name].example for name in sorted(schemes))
    if not isinstance(url, str) or ":" not in url:
        meant = _with_scheme(str(url), [schemes[name].example for name in sorted(schemes)])
        raise StoreError(
            f"a store is named by a URL, got {brief(url)}", hint=f"{meant}for example: {examples}"
        )
    scheme = url.partition(":")[0].partition("+")[0]
    spec: StoreSpec = plugins.registry().find("store", scheme)
    Chosen(spec, {}).require()
    return spec


def _with_scheme(file: str, examples: Sequence[str]) -> str:
    """Return the URL of a file that was given alone, if an example ends as it does."""
    suffix = PurePath(file).suffix
    found = [one for one in examples if suffix and PurePath(one).suffix == suffix]
    scheme = found[0].partition(":")[0] if found else ""
    return f"write {brief(f'{scheme}:///{file}')}; " if found else ""
