"""How long studies take to reach a target, when some of them never do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    """How many studies of one backend reached a target, and when."""

    n_seeds: int
    """Number of studies."""
    n_reached: int
    """How many of them reached the target."""
    median: float | None
    """By when half of the studies have reached it, in trials or seconds, whichever went in: the Kaplan-Meier
    median, in which the others count as not there yet when they ended; None if it never comes to a half."""

    @property
    def share(self) -> float:
        """The share of studies that reached it; NaN of none."""
        return self.n_reached / self.n_seeds if self.n_seeds else nan


def target_from(random: ArrayLike) -> float | None:
    """Take a problem's target from random search: the median over seeds of its best loss in the whole budget.

    Args:
        random: The best loss of each study of random search; NaN or infinity for one without any value.

    Returns:
        The loss to reach; None if half of those studies have no value.
    """
    losses = np.asarray(random, dtype=float)
    median = float(np.median(np.where(np.isnan(losses), inf, losses))) if losses.size else inf
    return median if isfinite(median) else None


def first_trial(losses: ArrayLike, target: float) -> int | None:
    """Return how many trials a study took to reach a target, the first counting as 1; None if it never did.

    Args:
        losses: Of its trials in order; NaN or infinity for one without a value.
        target: Reached by a loss at or below it.
    """
    hits = np.flatnonzero(np.asarray(losses, dtype=float) <= target)
    return int(hits[0]) + 1 if hits.size else None


def first_second(losses: ArrayLike, finished: ArrayLike, target: float) -> float | None:
    """Return after how many seconds a study reached a target; None if it never did.

    Args:
        losses: Of its trials; NaN or infinity for one without a value.
        finished: When each of them finished, in seconds since the study's start, in any order.
        target: Reached by a loss at or below it.
    """
    ends = np.asarray(finished, dtype=float)[np.asarray(losses, dtype=float) <= target]
    return float(ends.min()) if ends.size else None


def reaching(reached: Sequence[float | None], ended: Sequence[float]) -> Reaching:
    """Summarise when the studies of one backend reached a target.

    The median is where the estimate of Kaplan and Meier (Nonparametric estimation from incomplete
    observations, JASA 53, 1958; `scipy.stats.ecdf`) of the share that is not there yet first comes down to a
    half.

    Args:
        reached: For each study when it reached the target, in trials or in seconds; None if it did not.
        ended: For each study when it ended, in the same unit. For one that broke off before its budget was
            spent give the budget: it would not have got there, and to take it for one that might have would
            flatter its backend.
    """
    pairs = list(zip(reached, ended, strict=True))
    there = [when for when, _ in pairs if when is not None]
    return Reaching(
        n_seeds=len(pairs),
        n_reached=len(there),
        median=_median(there, [end for when, end in pairs if when is None]),
    )


def _median(there: Sequence[float], censored: Sequence[float]) -> float | None:
    """Return the Kaplan-Meier median of times, of which some are only known to be longer."""
    if not there:
        return None
    not_yet = stats.ecdf(stats.CensoredData(uncensored=there, right=censored)).sf
    halved = np.flatnonzero(not_yet.probabilities <= 0.5 + 1e-12)
    return float(not_yet.quantiles[halved[0]]) if halved.size else None
