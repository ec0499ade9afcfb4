"""What a comparison has found."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from tunebridge.comparison.cells import Cells
from tunebridge.display.printable import printable
from tunebridge.display.rendered import rendered
from tunebridge.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from rich.console import Console, ConsoleOptions, RenderResult

    from tunebridge.comparison.findings.progression import By
    from tunebridge.comparison.findings.summary import Summary
    from tunebridge.comparison.statistics.friedman import Ranking
    from tunebridge.comparison.statistics.paired import PairedTest


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Comparison(Cells):
    """All cells of a comparison, and what they say about its lines; it prints as tables.

    It compares what each cell has found within its budget: the best value of the trials that are complete.
    A cell without any value counts as worse than every value.
    """

    @property
    def verdict(self) -> str:
        """What was found, in two sentences."""
        from tunebridge.comparison.findings.verdict import verdict_of

        return printable(verdict_of(self))

    @property
    def ranking(self) -> Ranking | None:
        """The lines ranked over the problems, with a test from six problems on; None without a replicate."""
        from tunebridge.comparison.findings.ranking import ranked_lines

        return ranked_lines(self)

    @property
    def scores(self) -> dict[str, float]:
        """Bayesmark's score of each line over the problems; empty where random search gives no scale.

        0 is the median of random search's trials, 100 the best value of all trials; more is better.
        """
        from tunebridge.comparison.findings.ranking import line_scores

        return line_scores(self)

    def summary(self, problem: str | None = None) -> Summary:
        """Return what is said about a problem: of each line its values, and its test against the reference.

        Args:
            problem: Its name; may be left out if there is only one.

        Raises:
            UnknownNameError: There is no such problem, or there are several.
        """
        from tunebridge.comparison.findings.summary import summarised

        return summarised(self, self._one(problem))

    def pairs(self, problem: str | None = None) -> list[PairedTest]:
        """Test every line against every other on a problem, corrected for all of these pairs.

        Args:
            problem: Its name; may be left out if there is only one.

        Returns:
            One test per pair; its estimate and interval are of the first line's best value less that of the
            second, in the user's sign.

        Raises:
            UnknownNameError: There is no such problem, or there are several.
        """
        from tunebridge.comparison.findings.summary import all_pairs

        return all_pairs(self, self._one(problem))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per problem, line, seed and trial, as a pandas frame.

        Its columns `best` and `seconds` are those of the cell up to the end of the trial.

        Raises:
            MissingLibraryError: pandas is not installed.
        """
        from tunebridge.comparison.findings.frame import frame_of

        return frame_of(self)

    def plot(self, by: By = "trials") -> Figure:
        """Draw what each line has found along the budget, and critical differences of ranks if tested.

        A panel per problem has the median of each line over the seeds, in its bootstrap band; the worst
        values of the first tenth may lie outside.

        Args:
            by: Count the budget in trials, or in seconds of sampler and objective together.

        Returns:
            A figure of matplotlib that belongs to no global state: `figure.savefig("curves.png")`.

        Raises:
            MissingLibraryError: matplotlib is not installed.
            ProblemError: `by` is neither.
        """
        from tunebridge.comparison.pictures.plots import plotted

        return plotted(self, by)

    def report(self, path: str | PathLike[str]) -> Path:
        """Write all that there is to say to one file, which needs no other and no network.

        Args:
            path: A file that ends with `.html` or, for the same as Markdown, with `.md`.

        Returns:
            The path.

        Raises:
            MissingLibraryError: Jinja2 or matplotlib is not installed.
            ProblemError: It cannot be written there.
        """
        from tunebridge.comparison.report.write import write_report

        return write_report(self, path)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the verdict, the problems, and the ranks over them."""
        from tunebridge.comparison.tables import comparison_parts

        yield from comparison_parts(self)

    def __str__(self) -> str:
        """Return the same as plain text, as wide as the terminal."""
        return rendered(self)

    def _one(self, problem: str | None) -> str:
        if problem is None and len(self.problems) == 1:
            return next(iter(self.problems))
        if problem is None:
            hint = f"name one: {', '.join(map(repr, self.problems))}"
            raise UnknownNameError("the comparison is of several problems", hint=hint)
        self.check("problem", problem, list(self.problems))
        return problem
