"""What says which library is missing, and how to install it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tunebridge import MissingLibraryError


@contextmanager
def needing(library: str, what: str) -> Iterator[None]:
    """Say in one error what needs a library, where it is not installed.

    Args:
        library: As it is imported, and as its extra is called.
        what: What needs it.

    Raises:
        MissingLibraryError: It is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != library:
            raise
        raise MissingLibraryError(
            f"{what} needs {library}, which is not installed",
            hint=f'run: pip install "tunebridge[{library}]"',
        ) from error
