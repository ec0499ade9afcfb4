"""Writes the report of a comparison to a file, whose suffix says how."""

from __future__ import annotations

from importlib.util import find_spec
from os import PathLike
from pathlib import Path

from tunebridge.comparison.cells import Cells
from tunebridge.errors import MissingLibraryError, ProblemError

NEEDED = {".html": ("jinja2", "matplotlib", "scipy"), ".md": ("scipy",)}
"""Modules that a report needs, by its suffix."""


def check_report(path: str | PathLike[str]) -> Path:
    """Check that a report can be written, before a comparison is run for its sake.

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
    lacking = [name for name in NEEDED[file.suffix] if find_spec(name) is None]
    if lacking:
        needs = f"a {file.suffix} report needs {', '.join(lacking)}"
        raise MissingLibraryError(needs, hint="run: pip install 'tunebridge[compare]'")
    return file


def write_report(comparison: Cells, path: str | PathLike[str]) -> Path:
    """Write the report of a comparison.

    Args:
        comparison: What it is about.
        path: A file that ends with `.html` or `.md`; one that exists is replaced.

    Returns:
        The path.

    Raises:
        ProblemError: It cannot be written there.
        MissingLibraryError: A library is not installed.
    """
    file = check_report(path)
    if file.suffix == ".html":
        from tunebridge.comparison.report.html import page_of

        written = page_of(comparison)
    else:
        from tunebridge.comparison.report.markdown import markdown_of

        written = markdown_of(comparison)
    try:
        # A name may hold what UTF-8 does not: half of a surrogate pair, say.
        file.write_text(written, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ProblemError(f"the report cannot be written: {error}") from error
    return file
