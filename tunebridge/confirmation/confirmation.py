"""What a confirmation has found."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from tunebridge.confirmation.repeats import Repeats
from tunebridge.display.printable import printable
from tunebridge.result.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console, ConsoleOptions, RenderResult


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Confirmation(Repeats):
    """The finalists of a study with fresh seeds: who wins, with which value, and how much of it was luck.

    All values have the user's sign.
    """

    @property
    def verdict(self) -> str:
        """What was found, in a few sentences."""
        from tunebridge.confirmation.words import verdict_of

        return printable(verdict_of(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per finalist, with a column `seed_<seed>` per repeat, as a pandas frame.

        Raises:
            MissingLibraryError: pandas is not installed.
        """
        from tunebridge.confirmation.table import frame_of

        return frame_of(self)

    def report(self, result: Result, path: str | PathLike[str]) -> Path:
        """Write the page of the study with what was confirmed.

        Args:
            result: Of the study.
            path: A file that ends with `.html` or, for its tables alone, with `.md`.

        Raises:
            ProblemError: It is another study, or it cannot be written there.
            MissingLibraryError: Jinja2 or matplotlib is not installed.
        """
        from tunebridge.confirmation.report import write_report

        return write_report(self, result, path)

    def __repr__(self) -> str:
        """Show what was found."""
        return printable(f"Confirmation({self.study!r}: {self.verdict})")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield what was found, and a table of the finalists."""
        from tunebridge.confirmation.table import confirmation_parts

        yield from confirmation_parts(self)
