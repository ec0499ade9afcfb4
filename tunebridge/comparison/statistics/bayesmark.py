"""Scores over several problems by Bayesmark's rule: 0 is a random point, 100 the best loss known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

PADDING = 10_000
"""Floating-point steps that the best loss is lowered by, so that it lies below `clip` where all are equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The two losses of one problem that its scores lie between."""

    best: float
    """The loss that scores 100; finite, below `clip`."""
    clip: float
    """The loss that scores 0; worse ones score 0, too. Finite."""

    def __post_init__(self) -> None:
        """Check that there is something between the two."""
        if not (np.isfinite(self.best) and np.isfinite(self.clip) and self.best < self.clip):
            raise ValueError(
                f"best < clip must hold, both finite, got best={self.best!r}, clip={self.clip!r}"
            )


def scale_from(random: ArrayLike, others: Iterable[ArrayLike] = ()) -> Scale | None:
    """Take the scale of a problem from a comparison's own trials, where no other has been published.

    As Bayesmark's `experiment_baseline.py` (0.0.8) does: `clip` is the median loss of all trials of random
    search, the lower one of two, failed trials counting as infinite; `best` is the lowest loss of any trial
    of any backend, less 10,000 of its floating-point steps.

    Args:
        random: Losses of all trials of random search on this problem, over all seeds, of any shape; NaN or
            infinity for a trial without a value.
        others: The same of the other backends.

    Returns:
        The scale; None if more than half of the random trials have no value, so that there is no `clip`.
    """
    losses = np.sort(_worst_if_missing(random), axis=None)
    if not losses.size:
        return None
    clip = float(losses[(losses.size - 1) // 2])
    if not np.isfinite(clip):
        return None
    best = min(float(np.min(_worst_if_missing(some), initial=losses[0])) for some in [losses, *others])
    return Scale(best=best - PADDING * float(np.spacing(abs(best))), clip=clip)


def problem_scores(incumbents: ArrayLike, scale: Scale) -> NDArray[np.float64]:
    """Score the incumbents of one backend on one problem.

    100 * (1 - mean over seeds of clip((incumbent - best) / (clip - best), -1, 1)), which Bayesmark calls its
    normalised mean (Uber, Bayesmark 0.0.8, `experiment_analysis.py`). It reaches 200 at most, where `best`
    was not the best.

    Args:
        incumbents: Shape (n_seeds, ...): each study's best loss so far; NaN or infinity before there is one.
        scale: That of the problem.

    Returns:
        Shape (...).
    """
    losses = _worst_if_missing(incumbents)
    gaps = (losses - scale.best) / (scale.clip - scale.best)
    return np.asarray(100 * (1 - np.clip(gaps, -1, 1).mean(axis=0)))


def normalised_scores(
    incumbents: Mapping[str, Mapping[str, ArrayLike]], scales: Mapping[str, Scale]
) -> dict[str, NDArray[np.float64]]:
    """Score backends over several problems: the means of their scores on each.

    Args:
        incumbents: By problem, then by backend: shape (n_seeds, ...), as `problem_scores` takes them. Every
            problem has the same backends.
        scales: By problem.

    Returns:
        By backend, shape (...); empty without problems.
    """
    scores: dict[str, list[NDArray[np.float64]]] = {}
    for problem, by_backend in incumbents.items():
        for backend, losses in by_backend.items():
            scores.setdefault(backend, []).append(problem_scores(losses, scales[problem]))
    return {backend: np.mean(by_problem, axis=0) for backend, by_problem in scores.items()}


def _worst_if_missing(losses: ArrayLike) -> NDArray[np.float64]:
    """Return losses with infinity where there is none."""
    array = np.asarray(losses, dtype=float)
    return np.where(np.isnan(array), np.inf, array)
