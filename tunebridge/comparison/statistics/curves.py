"""The incumbents of one backend along the budget, over all its seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

N_POINTS = 200
"""Points of a grid of seconds."""

N_RESAMPLES = 1_000
"""Sets of seeds that a band is drawn from."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """Quantiles over seeds of the incumbent's loss along a budget; all arrays have one shape `(n_points,)`.

    NaN stands where a quantile does not exist yet: a study without any value so far counts as the worst.
    """

    positions: Array
    """Trials from 1 on, or seconds."""
    median: Array
    """Of the incumbents; there once more than half of the studies have a value."""
    lower: Array
    """The lower quartile: a quarter of the studies are at least as good."""
    upper: Array
    """The upper quartile."""
    band_low: Array
    """Lower end of the bootstrap band of the median, at each position by itself."""
    band_high: Array
    """Upper end. The band is for looking at: with few seeds it is too narrow, and no test follows from it."""


def incumbents(losses: Sequence[ArrayLike]) -> Array:
    """Return the best loss so far of each study along its trials.

    Args:
        losses: For each seed the losses of its trials in order; NaN or infinity for one without a value,
            such as a failed or a pruned one, which leaves the incumbent as it is. A study that ended before
            the longest keeps its last incumbent.

    Returns:
        Shape (n_seeds, most trials); NaN before the first value.
    """
    rows = [np.ravel(np.asarray(row, dtype=float)) for row in losses]
    padded = np.full((len(rows), max((len(row) for row in rows), default=0)), np.nan)
    for row, target in zip(rows, padded, strict=True):
        target[: len(row)] = np.where(np.isinf(row), np.nan, row)
    return np.asarray(np.fmin.accumulate(padded, axis=1)) if padded.size else padded


def incumbents_at(seconds: Array, losses: Sequence[ArrayLike], finished: Sequence[ArrayLike]) -> Array:
    """Return the best loss so far of each study at given times.

    Args:
        seconds: Times since each study's own start, shape (n_points,).
        losses: As `incumbents` takes them.
        finished: When each of these trials finished, in seconds since its study's start; in any order, as
            trials that run side by side end.

    Returns:
        Shape (n_seeds, n_points); NaN before the first value.
    """
    found = np.full((len(losses), len(seconds)), np.nan)
    for row, ends, target in zip(losses, finished, found, strict=True):
        times = np.asarray(ends, dtype=float)
        order = np.argsort(times, kind="stable")
        best = incumbents([np.asarray(row, dtype=float)[order]])[0]
        n_done = np.searchsorted(times[order], seconds, side="right")
        target[:] = np.concatenate([[np.nan], best])[n_done]
    return found


def grid_of_seconds(finished: Sequence[ArrayLike], n_points: int = N_POINTS) -> Array:
    """Return times from 0 to the end of the longest study, equally far apart, shape (n_points,)."""
    longest = max((float(np.max(ends, initial=0.0)) for ends in finished), default=0.0)
    return np.linspace(0.0, longest, n_points)


def summarise(
    positions: ArrayLike,
    best: Array,
    *,
    confidence: float = 0.95,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> Curve:
    """Take the quantiles of incumbents over the seeds, and a bootstrap band of their median.

    The band lies between percentiles of the medians of resampled sets of whole studies (B. Efron, Bootstrap
    methods, Ann. Statist. 7, 1979); of a single study it is the study itself. `scipy.stats.bootstrap` makes
    the same of finite losses, and has no notion of studies that have no value yet.

    Args:
        positions: Of the columns, shape (n_points,).
        best: Incumbents of one backend, shape (n_seeds, n_points), n_seeds >= 1; NaN or infinity before the
            first value.
        confidence: Of the band.
        seed: Of the resampling.
        n_resamples: How many sets are drawn.
    """
    missing = ~np.isfinite(best)
    largest = float(np.max(best[~missing], initial=-np.inf))
    # Infinity would turn into NaN between two quantiles; this is as bad as anything, and can be averaged.
    quartiles = np.quantile(np.where(missing, np.finfo(float).max / 8, best), [0.25, 0.5, 0.75], axis=0)
    lower, median, upper = np.where(quartiles > largest, np.nan, quartiles)
    band_low, band_high = _band(np.where(missing, np.inf, best), confidence, seed, n_resamples)
    return Curve(
        positions=np.asarray(positions, dtype=float),
        median=median,
        lower=lower,
        upper=upper,
        band_low=band_low,
        band_high=band_high,
    )


def _band(best: Array, confidence: float, seed: int, n_resamples: int) -> tuple[Array, Array]:
    """Return percentiles of resampled medians, shape (n_points,); what is missing is infinite, then NaN."""
    draws = np.random.default_rng(seed).integers(len(best), size=(n_resamples, len(best)))
    medians = np.sort([np.median(best[draw], axis=0) for draw in draws], axis=0)
    medians[np.isinf(medians)] = np.nan
    outside = int(n_resamples * (1 - confidence) / 2)
    return medians[outside], medians[-1 - outside]
