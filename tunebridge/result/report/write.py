"""Writes the page of a study to a file, whose suffix says how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

from tunebridge.pages.document import Document, Section
from tunebridge.pages.document_markdown import markdown_of
from tunebridge.pages.writing import write_page
from tunebridge.result.importances import Importances
from tunebridge.result.report.content import document_of
from tunebridge.result.report.reported import Reported


def write_report(
    result: Reported,
    path: str | PathLike[str],
    importances: Callable[[], Importances],
    *,
    first: Sequence[Section] = (),
) -> Path:
    """Write the page of a study.

    Args:
        result: Of the study.
        path: A file that ends with `.html` or `.md`; one that exists is replaced.
        importances: Returns those of its parameters.
        first: Sections that come before those of the study itself.

    Returns:
        The path.

    Raises:
        ProblemError: It cannot be written there.
        MissingLibraryError: A library is not installed.
    """

    def document() -> Document:
        found = document_of(result, importances())
        return replace(found, sections=[*first, *found.sections])

    def page() -> str:
        from tunebridge.pages.document_page import page_of

        return page_of(document())

    return write_page(path, {".html": page, ".md": lambda: markdown_of(document())})
