"""Where code comes from: Python and tunebridge, an installed distribution, or the user."""

from __future__ import annotations

import sys
import sysconfig
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

OWN = __name__.partition(".")[0]

VERSION = "fingerprint_version"
"""The attribute by which a class or a package states a version of what it computes: its code is not read."""

PLACES = {"site-packages", "dist-packages"}
"""Folders of installed distributions; what is installed to be edited lies elsewhere: it is the user's."""

RENAMED = {"sklearn": "scikit-learn"}
"""Distributions that are called otherwise than their packages; others are looked up, which takes longer."""

STDLIB = Path(sysconfig.get_path("stdlib")).resolve()


@cache
def library(module: str | None) -> str | None:
    """Return the package of code that is no user's own.

    Returns:
        The name of an installed package, which is known by its version; an empty string for what belongs to
        Python or tunebridge, or states a version itself; None for the user's own code.
    """
    top = (module or "__main__").partition(".")[0]
    if top in ("__main__", "__mp_main__"):
        return None
    if top in ("builtins", OWN) or VERSION in vars(sys.modules.get(top, object)):
        return ""
    file = _file(top)
    parts = set() if file is None else set(file.parts)
    if parts & PLACES:
        return top
    if top in sys.stdlib_module_names and (file is None or STDLIB in file.parents):
        return ""
    return None


def owner(thing: Any) -> str | None:
    """Return the package of a module, class or function, as `library` does."""
    if isinstance(thing, ModuleType):
        return library(thing.__name__)
    module = getattr(thing, "__module__", None)
    if isinstance(thing, FunctionType) and module in (None, "builtins"):
        return None  # No function of Python's own builtins is written in Python: it was made by `exec`.
    return library(module if isinstance(module, str) else "builtins")


@cache
def version(package: str) -> str:
    """Return the version of the distribution that an installed package is of; empty if that is not known."""
    try:
        return metadata.version(RENAMED.get(package, package))
    except metadata.PackageNotFoundError:
        names = metadata.packages_distributions().get(package, [])
        return metadata.version(names[0]) if names else ""


def _file(top: str) -> Path | None:
    """Return where a package lies; None if it lies in no file."""
    loaded = sys.modules.get(top)
    try:
        spec = getattr(loaded, "__spec__", None) or find_spec(top)
    except (ImportError, ValueError):  # it is being loaded, or was made by hand
        spec = None
    places = getattr(loaded, "__file__", None), getattr(spec, "origin", None)
    folders = tuple(getattr(spec, "submodule_search_locations", None) or ())
    found = next(
        (place for place in (*places, *folders) if place and place not in ("built-in", "frozen")), None
    )
    return None if found is None else Path(found).resolve()
