"""The distributions that are installed beside tunebridge, and pandas for those who ask for a frame."""

from __future__ import annotations

import re
from functools import cache
from types import ModuleType

from tunebridge.errors import MissingLibraryError

STATED = re.compile(r"^Version:[ \t]*(\S+)", re.MULTILINE)
"""The version in the metadata of a distribution; to parse all of them takes milliseconds."""


def load_pandas() -> ModuleType:
    """Return pandas.

    Raises:
        MissingLibraryError: It is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingLibraryError("to_frame() needs pandas", hint="run: pip install pandas") from error
    return pd


def installed_version(distribution: str) -> str | None:
    """Return the installed version of a distribution, or None."""
    from importlib import metadata

    try:
        return _version(distribution)
    except metadata.PackageNotFoundError:
        return None


@cache
def _version(distribution: str) -> str:
    """Return a version, read from disk once; that there is none is not remembered."""
    from importlib import metadata

    found = metadata.distribution(distribution)
    stated = STATED.search(found.read_text("METADATA") or "")
    return found.version if stated is None else stated[1]
