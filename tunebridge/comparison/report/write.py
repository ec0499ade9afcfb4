"""Writes the report of a comparison to a file, whose suffix says how."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from tunebridge.comparison.cells import Cells
from tunebridge.pages.writing import check_page, write_page


def check_report(path: str | PathLike[str]) -> Path:
    """Check that a report can be written, before a comparison is run for its sake.

    Returns:
        The path.

    Raises:
        ProblemError: Its suffix is not known, there is no such folder, it is a folder itself, or nothing can
            be written there.
        MissingLibraryError: A library is not installed.
    """
    return check_page(path, "scipy", extra="compare")


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
    check_report(path)

    def page() -> str:
        from tunebridge.comparison.report.html import page_of

        return page_of(comparison)

    def markdown() -> str:
        from tunebridge.comparison.report.markdown import markdown_of

        return markdown_of(comparison)

    return write_page(path, {".html": page, ".md": markdown})
