"""Writes a page to a file, whose suffix says how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from os import PathLike
from pathlib import Path

from tunebridge.errors import MissingLibraryError, ProblemError

NEEDED: Mapping[str, tuple[str, ...]] = {".html": ("jinja2", "matplotlib"), ".md": ()}
"""Modules that a page needs, by its suffix."""


def check_page(path: str | PathLike[str], *needed: str, extra: str = "report") -> Path:
    """Check that a page can be written, before anything is run for its sake.

    Args:
        path: Of its file.
        *needed: Modules that this one needs besides.
        extra: What brings all of them.

    Returns:
        The path.

    Raises:
        ProblemError: Its suffix is not known, there is no such folder, it is a folder itself, or nothing can
            be written there.
        MissingLibraryError: A library is not installed.
    """
    file = Path(path)
    if file.suffix not in NEEDED:
        raise ProblemError(f"a report is written to a .html or .md file, got {str(file)!r}")
    if not file.absolute().parent.is_dir():
        raise ProblemError(f"there is no folder {str(file.parent)!r} for the report", hint="make it first")
    if file.is_dir():
        raise ProblemError(f"{str(file)!r} is a folder, and a report is a file")
    is_new = not file.exists()
    try:
        file.open("a").close()
    except OSError as error:
        raise ProblemError(f"the report cannot be written: {error}") from error
    if is_new:
        file.unlink()
    lacking = [name for name in (*NEEDED[file.suffix], *needed) if find_spec(name) is None]
    if lacking:
        needs = f"a {file.suffix} report needs {', '.join(lacking)}"
        raise MissingLibraryError(needs, hint=f"run: pip install 'tunebridge[{extra}]'")
    return file


def write_page(path: str | PathLike[str], written: Mapping[str, Callable[[], str]]) -> Path:
    """Write a page to a file.

    Args:
        path: A file that ends with `.html` or `.md`; one that exists is replaced.
        written: Returns what is written there, by suffix.

    Returns:
        The path.

    Raises:
        ProblemError: It cannot be written there.
        MissingLibraryError: A library is not installed.
    """
    file = check_page(path)
    text = written[file.suffix]()
    try:
        # A name may hold what UTF-8 does not: half of a surrogate pair, say.
        file.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ProblemError(f"the report cannot be written: {error}") from error
    return file
