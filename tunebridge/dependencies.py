"""pandas, for those who ask for a frame."""

from __future__ import annotations

from types import ModuleType

from tunebridge.errors import MissingLibraryError


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
