"""What a comparison says over several problems: scores, mean ranks and their test."""

from __future__ import annotations

import numpy as np

from tunebridge.comparison.cells import Cells
from tunebridge.comparison.statistics.bayesmark import Scale, normalised_scores, scale_from
from tunebridge.comparison.statistics.friedman import Ranking, rank_backends


def ranked_lines(comparison: Cells) -> Ranking | None:
    """Rank the lines, problems being the blocks; None without a problem that has a whole replicate."""
    losses = {problem: comparison.losses(problem) for problem in _begun(comparison)}
    return rank_backends(losses) if losses else None


def line_scores(comparison: Cells) -> dict[str, float]:
    """Score what the lines found in the whole budget by Bayesmark's rule, from the comparison's own trials.

    Returns:
        By label: 0 for what a random point finds, 100 for the best value of all; empty if a problem has no
        such scale, because most of random search's trials have no value.
    """
    scales, incumbents = {}, {}
    for problem in _begun(comparison):
        scale = _scale(comparison, problem)
        if scale is None:
            return {}
        scales[problem], incumbents[problem] = scale, comparison.losses(problem)
    return {label: float(score) for label, score in normalised_scores(incumbents, scales).items()}


def _begun(comparison: Cells) -> list[str]:
    return [problem for problem in comparison.problems if comparison.common_seeds(problem)]


def _scale(comparison: Cells, problem: str) -> Scale | None:
    by_line = {
        label: np.array([loss for cell in comparison.cells_of(problem, label) for loss in cell.losses])
        for label in comparison.labels
    }
    return scale_from(by_line[comparison.random], by_line.values())
