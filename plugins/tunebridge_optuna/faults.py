"""What can go wrong with a database or a file, as a StoreError that says what to do."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from optuna.exceptions import OptunaError
from sqlalchemy.exc import SQLAlchemyError

from tunebridge import StoreError, without_passwords

FAULTS = (
    SQLAlchemyError,
    OptunaError,
    OSError,
    ImportError,
    RuntimeError,
    LookupError,
    ValueError,
    TypeError,
)
"""What Optuna, SQLAlchemy, the drivers and the file system raise."""

DRIVERS = {"postgresql": "postgresql", "mysql": "mysql"}
"""The extra that brings the driver, by the begin of a URL."""

HINTS = (
    (r"not a database|malformed|Could not parse", "check the URL and what the file is"),
    (
        r"unable to open|No such file|Not a directory|Is a directory",
        "check that the folder exists and that you may write there",
    ),
    (
        r"read-?only|(permission|command) denied|not permitted",
        "check that you may write there, or copy it to where you may",
    ),
    (
        r"disk is full|No space left|disk I/O|quota|could not extend|table .* is full",
        "free some space and make the same call again: what is stored stays",
    ),
    (r"locked", "wait until the other program has finished its transaction, then make the same call again"),
    (
        r"refused|resolve|timed? ?out|Can't connect|connect(ion)? .*(failed|closed|lost)|gone away"
        r"|authentication|access denied|does not exist|unknown database|terminat",
        "check that the server runs, and the host, port, user, password and database in the URL",
    ),
    (
        r"too long|out of range|incorrect string|duplicate|unique",
        "a name or a value does not fit into this database: names may have 512 characters, and on MySQL must "
        "differ in more than case",
    ),
)
"""What to do about a message, the first that matches."""

LAST_HINT = "put it right and make the same call again: what is stored stays"


@contextmanager
def explained(url: str, doing: str) -> Iterator[None]:
    """Turn what a library raises inside into a StoreError.

    Args:
        url: The store's URL; its password is never shown.
        doing: What could not be done: "cannot be read".
    """
    try:
        yield
    except StoreError:
        raise
    except FAULTS as error:
        root = _chain(error)[-1]
        reason = without_passwords(" ".join(f"{type(root).__name__}: {root}".split()), url)
        found = StoreError(f"the store {shown(url)} {doing}: {reason}", hint=_hint(url, root, reason))
        raise found from (None if _tells(error, url) else error)


def shown(url: str) -> str:
    """Return a URL without its password."""
    return without_passwords(url, url)


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and its causes; the last is what the driver or the system said."""
    chain = [error]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    return chain


def _tells(error: BaseException | None, url: str) -> bool:
    """Return whether an error tells the password, or what led to it: then it is not shown as the cause."""
    said = "" if error is None else "".join(traceback.format_exception_only(error))
    return without_passwords(said, url) != said or (
        error is not None and _tells(error.__cause__ or error.__context__, url)
    )


def _hint(url: str, root: BaseException, reason: str) -> str:
    if isinstance(root, ImportError):
        extra = next((extra for scheme, extra in DRIVERS.items() if url.startswith(scheme)), "optuna")
        return f'run: pip install "tunebridge[{extra}]", or the driver that the URL names'
    return next((hint for pattern, hint in HINTS if re.search(pattern, reason, re.IGNORECASE)), LAST_HINT)
