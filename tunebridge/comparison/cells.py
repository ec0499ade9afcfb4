"""All cells of a comparison, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from tunebridge.budget import Budget
from tunebridge.comparison.cell import Cell
from tunebridge.comparison.plan.line import Line
from tunebridge.contract.translation import Fidelity, TranslatedParameter, Translation
from tunebridge.errors import UnknownNameError, did_you_mean
from tunebridge.portable.portable import Portable
from tunebridge.problem.problem import Problem
from tunebridge.registry.choice import backend
from tunebridge.translate import explain


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Cells(Portable):
    """What was compared, and what each cell has found; statements, pictures and reports read it.

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
        self.check("problem", problem, list(self.problems))
        self.check("line", label, self.labels)
        return [cell for cell in self.cells if (cell.problem, cell.line) == (problem, label)]

    def translation(self, problem: str, label: str) -> Translation:
        """Return what became of a problem's space on the backend of a line.

        Raises:
            UnknownNameError: There is no such problem or line, or its backend is not installed any more.
        """
        self.check("problem", problem, list(self.problems))
        self.check("line", label, self.labels)
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

    def check(self, kind: str, name: str, names: list[str]) -> None:
        """Check that there is a problem or a line of a name.

        Raises:
            UnknownNameError: There is none.
        """
        if name not in names:
            hint = did_you_mean(str(name), names)
            raise UnknownNameError(f"the comparison has no {kind} {name!r}", hint=hint)
