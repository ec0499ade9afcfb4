"""How the lines of a comparison come on along their budget, on one problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from tunebridge.comparison.cell import Cell
from tunebridge.comparison.cells import Cells
from tunebridge.comparison.statistics.curves import (
    N_POINTS,
    Array,
    Curve,
    grid_of_seconds,
    incumbents,
    incumbents_at,
    summarise,
)
from tunebridge.problem.problem import Direction

By = Literal["trials", "seconds"]
"""What a budget is counted in."""

WIDE = 5.0
"""From this ratio of the longest study to the shortest line on, seconds are drawn on a logarithmic scale."""

MILESTONES = (0.1, 0.25, 0.5, 1.0)
"""Shares of the longest budget at which a table gives values."""


def progression(comparison: Cells, problem: str, by: By) -> dict[str, Curve]:
    """Return the quantiles of what each line has found along its budget, over `common_seeds`.

    Args:
        comparison: The comparison.
        problem: A name.
        by: Count trials, or seconds of sampler and objective together.

    Returns:
        By label, values in the user's sign, so that `lower` is lower whatever the direction; each curve ends
        with its line's longest study. A line without any trial is left out.
    """
    cells = comparison.whole_cells(problem)
    begun = {label: found for label, found in cells.items() if any(cell.records for cell in found)}
    curves = _by_trials(begun) if by == "trials" else _by_seconds(begun)
    direction = comparison.problems[problem].directions[0]
    return {label: _in_sign(curve, direction) for label, curve in curves.items()}


def is_wide(curves: dict[str, Curve]) -> bool:
    """Return whether lines take times so different that a logarithmic scale is needed to see them all."""
    return _differ([float(curve.positions[-1]) for curve in curves.values()])


def milestones(curves: dict[str, Curve]) -> list[tuple[float, dict[str, tuple[float, float, float]]]]:
    """Return lower quartile, median and upper quartile of each line at a few places of the longest budget."""
    longest = max((float(curve.positions[-1]) for curve in curves.values()), default=0.0)
    places = list(dict.fromkeys(max(1.0, round(share * longest)) for share in MILESTONES)) if curves else []
    return [(place, {label: _at(curve, place) for label, curve in curves.items()}) for place in places]


def _differ(ends: Sequence[float]) -> bool:
    """Return whether the ends of lines, in seconds, need a logarithmic scale."""
    return bool(ends) and max(ends) > WIDE * min(ends)


def _at(curve: Curve, place: float) -> tuple[float, float, float]:
    index = int(np.searchsorted(curve.positions, place, side="right")) - 1
    return float(curve.lower[index]), float(curve.median[index]), float(curve.upper[index])


def _by_trials(cells: dict[str, list[Cell]]) -> dict[str, Curve]:
    curves = {}
    for label, found in cells.items():
        best = incumbents([cell.losses for cell in found])
        n_trials = best.shape[1]
        positions = np.unique(np.linspace(1, n_trials, min(n_trials, N_POINTS)).round().astype(int))
        curves[label] = summarise(positions, best[:, positions - 1])
    return curves


def _by_seconds(cells: dict[str, list[Cell]]) -> dict[str, Curve]:
    elapsed = {label: [cell.elapsed for cell in found] for label, found in cells.items()}
    grids = {label: grid_of_seconds(ends) for label, ends in elapsed.items()}
    if _differ([float(grid[-1]) for grid in grids.values()]):
        first = min(ends[0] for cell_ends in elapsed.values() for ends in cell_ends if ends)
        grids = {label: _log_grid(first, float(grid[-1])) for label, grid in grids.items()}
    return {
        label: summarise(grid, incumbents_at(grid, [cell.losses for cell in cells[label]], elapsed[label]))
        for label, grid in grids.items()
    }


def _log_grid(first: float, last: float) -> Array:
    """Return times equally far apart in their logarithm, the ends exact."""
    grid = np.geomspace(max(first, last * 1e-6, 1e-9), max(last, 2e-9), N_POINTS)
    grid[-1] = last
    return grid


def _in_sign(curve: Curve, direction: Direction) -> Curve:
    if direction is Direction.MINIMIZE:
        return curve
    return replace(
        curve,
        median=0.0 - curve.median,
        lower=0.0 - curve.upper,
        upper=0.0 - curve.lower,
        band_low=0.0 - curve.band_high,
        band_high=0.0 - curve.band_low,
    )
