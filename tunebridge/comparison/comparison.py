"""What a comparison has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from tunebridge.budget import Budget
from tunebridge.comparison.cell import Cell
from tunebridge.comparison.plan.line import Line
from tunebridge.contract.translation import Fidelity, TranslatedParameter, Translation
from tunebridge.display.printable import printable
from tunebridge.errors import UnknownNameError, did_you_mean
from tunebridge.portable.portable import Portable
from tunebridge.problem.problem import Problem
from tunebridge.registry.plugins import backend
from tunebridge.translate import explain

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from rich.console import Console, ConsoleOptions, RenderResult

    from tunebridge.comparison.findings.progression import By
    from tunebridge.comparison.findings.summary import Summary
    from tunebridge.comparison.statistics.friedman import Ranking
    from tunebridge.comparison.statistics.paired import PairedTest


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Comparison(Portable):
    """All cells of a comparison, and what they say about its lines; it prints as tables.

    It compares what each cell has found within its budget: the best value of the trials that are complete.
    A cell without any value counts as worse than every value.
    """

    study: str
    """Its name."""
    problems: Mapping[str, Problem]
    """By name; without their objectives when it was loaded."""
    lines: tuple[Line, ...]
    """What was compared, random search among them."""
    seeds: tuple[int, ...]
    """One per replicate."""
    budget: Budget
    """Of each cell."""
    shared_start: int
    """How many first points the lines of a replicate share."""
    reference: str
    """Label of the line that the others are tested against."""
    targets: Mapping[str, float]
    """The user's targets by problem, in the user's sign; empty for those of random search."""
    cells: tuple[Cell, ...]
    """Every problem with every line and every seed, in these orders."""
    versions: Mapping[str, str | None]
    """Versions of Python, tunebridge and the libraries that were compared."""
    machine: str
    """Operating system and architecture of the machine that ran it."""
    command: str
    """What was called."""

    def __repr__(self) -> str:
        """Show it in one line."""
        shape = f"{len(self.problems)} problems x {len(self.lines)} lines x {len(self.seeds)} seeds"
        ended = sum(cell.has_ended for cell in self.cells)
        return f"Comparison({self.study!r}: {shape}, {ended} of {len(self.cells)} cells have ended)"

    @property
    def labels(self) -> list[str]:
        """The labels of the lines."""
        return [line.label for line in self.lines]

    @property
    def random(self) -> str:
        """Label of the line of random search, by which the others are measured."""
        return next(line.label for line in self.lines if line.is_random)

    @property
    def is_complete(self) -> bool:
        """Whether all cells have ended."""
        return all(cell.has_ended for cell in self.cells)

    @property
    def failures(self) -> list[Cell]:
        """The cells that failed."""
        return [cell for cell in self.cells if cell.has_failed]

    @property
    def lossy(self) -> dict[tuple[str, str], tuple[TranslatedParameter, ...]]:
        """The parameters that a line could not propose as declared, by (problem, label)."""
        places = product(self.problems, self.labels)
        rows = {place: self.translation(*place).rows(Fidelity.LOSSY) for place in places}
        return {place: lossy for place, lossy in rows.items() if lossy}

    def is_lossy(self, label: str) -> bool:
        """Return whether a line could not propose some space as declared."""
        return any(self.translation(problem, label).rows(Fidelity.LOSSY) for problem in self.problems)

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

    def cell(self, problem: str, label: str, seed: int) -> Cell:
        """Return one cell.

        Raises:
            UnknownNameError: There is no such problem, line or seed.
        """
        known = {cell.seed: cell for cell in self.cells_of(problem, label)}
        if seed not in known:
            raise UnknownNameError(f"no replicate has the seed {seed!r}", hint=f"known: {list(known)}")
        return known[seed]

    def cells_of(self, problem: str, label: str) -> list[Cell]:
        """Return the cells of a line on a problem, in the order of the seeds.

        Raises:
            UnknownNameError: There is no such problem or line.
        """
        self._known("problem", problem, list(self.problems))
        self._known("line", label, self.labels)
        return [cell for cell in self.cells if (cell.problem, cell.line) == (problem, label)]

    def translation(self, problem: str, label: str) -> Translation:
        """Return what became of a problem's space on the backend of a line.

        Raises:
            UnknownNameError: There is no such problem or line, or its backend is not installed any more.
        """
        self._known("problem", problem, list(self.problems))
        self._known("line", label, self.labels)
        line = next(line for line in self.lines if line.label == label)
        return explain(self.problems[problem].space, backend(line.backend, **line.options))

    def common_seeds(self, problem: str) -> list[int]:
        """Return the seeds of those replicates whose cells have all ended: tests are made on them."""
        ended = [
            {cell.seed for cell in self.cells_of(problem, label) if cell.has_ended} for label in self.labels
        ]
        return [seed for seed in self.seeds if all(seed in seeds for seeds in ended)]

    def losses(self, problem: str) -> dict[str, list[float]]:
        """Return what every line has found on a problem, one number per seed of `common_seeds`.

        Returns:
            By label, the best values with the sign that makes lower better; infinity where there is none.
        """
        cells = self.whole_cells(problem)
        return {label: [cell.loss for cell in found] for label, found in cells.items()}

    def whole_cells(self, problem: str) -> dict[str, list[Cell]]:
        """Return the cells of each line on a problem, by label, in the order of `common_seeds`."""
        seeds = set(self.common_seeds(problem))
        return {
            label: [cell for cell in self.cells_of(problem, label) if cell.seed in seeds]
            for label in self.labels
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the verdict, the problems, and the ranks over them."""
        from tunebridge.comparison.tables import comparison_parts

        yield from comparison_parts(self)

    def __str__(self) -> str:
        """Return the same as plain text, as wide as the terminal."""
        from rich.console import Console

        console = Console(color_system=None)
        with console.capture() as capture:
            console.print(self)
        return capture.get()

    def _one(self, problem: str | None) -> str:
        if problem is None and len(self.problems) == 1:
            return next(iter(self.problems))
        if problem is None:
            hint = f"name one: {', '.join(map(repr, self.problems))}"
            raise UnknownNameError("the comparison is of several problems", hint=hint)
        self._known("problem", problem, list(self.problems))
        return problem

    def _known(self, kind: str, name: str, names: list[str]) -> None:
        if name not in names:
            hint = did_you_mean(str(name), names)
            raise UnknownNameError(f"the comparison has no {kind} {name!r}", hint=hint)
