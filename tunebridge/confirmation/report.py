"""The page of a study with what was confirmed: a section of its own, before all others."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from tunebridge.confirmation.repeats import Repeats
from tunebridge.confirmation.table import HEADS, cells
from tunebridge.confirmation.words import verdict_of
from tunebridge.display.printable import printable
from tunebridge.errors import ProblemError
from tunebridge.pages.document import Section, Table
from tunebridge.result.report.write import write_report as write_study
from tunebridge.result.result import Result


def write_report(confirmation: Repeats, result: Result, path: str | PathLike[str]) -> Path:
    """Write the page.

    Raises:
        ProblemError: The confirmation is of another study, or it cannot be written there.
    """
    from tunebridge import importances

    if result.study != confirmation.study:
        raise ProblemError(
            f"the confirmation is of the study {confirmation.study!r}, not of {result.study!r}",
            hint="give the result that was confirmed",
        )
    return write_study(result, path, lambda: importances(result), first=[section_of(confirmation)])


def section_of(confirmation: Repeats) -> Section:
    """Return what a page says of a confirmation."""
    return Section(
        key="confirmed",
        title="Confirmed",
        words=[printable(verdict_of(confirmation))],
        tables=[
            Table(
                caption="The finalists, run again with fresh seeds; values are means over the seeds.",
                heads=[head.capitalize() for head in HEADS],
                rows=[cells(confirmation, one) for one in confirmation.finalists],
                figures=(1, 2, 3),
            )
        ],
    )
