"""What a comparison says about one problem: each line by itself, and against the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from tunebridge.comparison.cell import Cell, value_of
from tunebridge.comparison.cells import Cells
from tunebridge.comparison.statistics.curves import summarise
from tunebridge.comparison.statistics.paired import PairedTest, paired_tests
from tunebridge.comparison.statistics.time_to_target import (
    Reaching,
    first_second,
    first_trial,
    reaching,
    target_from,
)
from tunebridge.contract.translation import Fidelity
from tunebridge.problem.problem import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSummary:
    """One line on one problem, over the replicates that all lines have ended. Values have the user's sign."""

    label: str
    """Of the line."""
    median: float
    """Of the best values; NaN if half of the cells have none."""
    quartiles: tuple[float, float]
    """A quarter of the best values is below the first, a quarter above the second; NaN for none."""
    test: PairedTest | None
    """Against the reference, in the user's sign: estimate and interval are of this line's best value less the
    reference's. None for the reference itself, and without a replicate."""
    trials_to_target: Reaching
    """When the target was reached, in trials."""
    seconds_to_target: Reaching
    """When it was reached, in seconds of sampler and objective together."""
    sampler_share: float
    """The sampler's share of these seconds, 0 to 1; NaN without any."""
    n_failed_cells: int
    """Cells that failed, whole or in part."""
    n_failed_trials: int
    """Trials that failed or ran out of time."""
    lossy: bool
    """Whether its backend could not propose the space as declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All lines on one problem."""

    problem: str
    """Its name."""
    direction: Direction
    """Whether lower or higher values are better."""
    n_seeds: int
    """Replicates that all lines have ended."""
    target: float | None
    """The value to be reached, in the user's sign; None if random search gives none."""
    reference: str
    """Label of the line that the others are tested against."""
    lines: tuple[LineSummary, ...]
    """In the order of the comparison."""

    def line(self, label: str) -> LineSummary:
        """Return what is said of a line."""
        return next(line for line in self.lines if line.label == label)


def summarised(comparison: Cells, problem: str) -> Summary:
    """Return what a comparison says about a problem, tests against the reference included.

    The family of tests that Holm's correction is made for is that of this problem: each line against the
    reference.
    """
    direction = comparison.problems[problem].directions[0]
    others = [label for label in comparison.labels if label != comparison.reference]
    pairs = [(label, comparison.reference) for label in others]
    tests = {test.first: test for test in tested(comparison, problem, pairs)}
    target = _target(comparison, problem)
    return Summary(
        problem=problem,
        direction=direction,
        n_seeds=len(comparison.common_seeds(problem)),
        target=None if target is None else value_of(target, direction),
        reference=comparison.reference,
        lines=tuple(
            _line(comparison, problem, label, tests.get(label), target) for label in comparison.labels
        ),
    )


def all_pairs(comparison: Cells, problem: str) -> list[PairedTest]:
    """Test every line against every other on a problem; the family is all of these pairs."""
    return tested(comparison, problem, list(combinations(comparison.labels, 2)))


def tested(comparison: Cells, problem: str, pairs: Sequence[tuple[str, str]]) -> list[PairedTest]:
    """Test a family of pairs of lines, estimates and intervals in the user's sign; none without a seed."""
    if not comparison.common_seeds(problem):
        return []
    tests = paired_tests(comparison.losses(problem), pairs)
    direction = comparison.problems[problem].directions[0]
    if direction is Direction.MINIMIZE:
        return tests
    return [
        replace(
            test,
            estimate=value_of(test.estimate, direction),
            low=value_of(test.high, direction),
            high=value_of(test.low, direction),
        )
        for test in tests
    ]


def _target(comparison: Cells, problem: str) -> float | None:
    """Return the loss to be reached: the user's, or what random search finds in the whole budget."""
    if problem in comparison.targets:
        return comparison.problems[problem].directions[0].sign * comparison.targets[problem]
    return target_from(comparison.losses(problem)[comparison.random])


def _line(
    comparison: Cells, problem: str, label: str, test: PairedTest | None, target: float | None
) -> LineSummary:
    cells = comparison.whole_cells(problem)[label]
    low, median, high = _quartiles(cells)
    seconds = sum(cell.seconds for cell in cells)
    by_trials, by_seconds = _reached(comparison, problem, cells, target)
    return LineSummary(
        label=label,
        median=median,
        quartiles=(low, high),
        test=test,
        trials_to_target=by_trials,
        seconds_to_target=by_seconds,
        sampler_share=sum(cell.sampler_seconds for cell in cells) / seconds if seconds else float("nan"),
        n_failed_cells=sum(cell.has_failed for cell in comparison.cells_of(problem, label)),
        n_failed_trials=sum(record.state.is_failure for cell in cells for record in cell.records),
        lossy=bool(comparison.translation(problem, label).rows(Fidelity.LOSSY)),
    )


def _quartiles(cells: Sequence[Cell]) -> tuple[float, float, float]:
    """Return lower quartile, median and upper quartile of the best values, in the user's sign."""
    if not cells:
        return float("nan"), float("nan"), float("nan")
    curve = summarise([0.0], np.array([[cell.loss] for cell in cells]), n_resamples=1)
    found = [float(quantile[0]) for quantile in (curve.lower, curve.median, curve.upper)]
    low, median, high = (value_of(loss, cells[0].direction) for loss in found)
    return (low, median, high) if cells[0].direction is Direction.MINIMIZE else (high, median, low)


def _reached(
    comparison: Cells, problem: str, cells: Sequence[Cell], target: float | None
) -> tuple[Reaching, Reaching]:
    """Return when a line reached the target, in trials and in seconds; none of its cells did without one."""
    loss = -np.inf if target is None else target
    n_trials, max_seconds = comparison.budget.n_trials, comparison.budget.max_seconds
    rivals = [cell for cell in comparison.cells if cell.problem == problem]
    # A cell that broke off would not have got there: it counts as one that had as many trials as any. In
    # seconds all do: one that was quick to spend its trials has spent them.
    most = float(n_trials or max((len(cell.records) for cell in rivals), default=0))
    longest = max([max_seconds or 0.0, *(cell.seconds for cell in rivals)])
    by_trials = [first_trial(cell.losses, loss) for cell in cells]
    by_seconds = [first_second(cell.losses, cell.elapsed, loss) for cell in cells]
    broke_off = [cell.has_failed or (max_seconds is None and len(cell.records) < most) for cell in cells]
    ends = [most if short else float(len(cell.records)) for cell, short in zip(cells, broke_off, strict=True)]
    return reaching(by_trials, ends), reaching(by_seconds, [longest] * len(cells))
