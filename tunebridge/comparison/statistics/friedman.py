"""Ranks of backends over several problems, and which of them differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from tunebridge.comparison.statistics.signed_rank import DIGITS

FEWEST_PROBLEMS = 6
"""With fewer blocks the distributions of the tests are far from what they are taken for."""

FEWEST_BACKENDS = 3
"""Friedman's test of two is a sign test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Backends ranked on each problem by the median of their final losses over the seeds; 1 is the best."""

    mean_ranks: dict[str, float]
    """By backend, the best first; ties share the mean of their ranks."""
    n_problems: int
    """Number of blocks: problems, not seeds."""
    level: float
    """Level of all tests."""
    impossible: str
    """Why no test was made; empty if one was. Then what follows is NaN or empty."""
    chi_square: float
    """Friedman's statistic, corrected for ties."""
    p_chi_square: float
    """Its p-value, by the chi-square distribution with n_backends - 1 degrees of freedom."""
    f: float
    """Iman and Davenport's statistic, which is less conservative; infinite where all problems agree."""
    p: float
    """Its p-value, which decides whether backends differ at all."""
    critical_difference: float
    """The least difference of two mean ranks that Nemenyi's test takes for one."""
    p_pairs: dict[tuple[str, str], float]
    """Nemenyi's p of each pair, the better first, corrected for all pairs; moot if `p` is above `level`."""
    groups: tuple[tuple[str, ...], ...]
    """The largest sets of backends not told apart, the best first; one set of all if `p` is above `level`."""

    @property
    def different(self) -> bool:
        """Whether some backends differ: `p` is at most the level."""
        return self.p <= self.level


def rank_backends(losses: Mapping[str, Mapping[str, Sequence[float]]], *, level: float = 0.05) -> Ranking:
    """Rank backends over problems by Friedman's test, with Nemenyi's test of all pairs after it.

    As J. Demsar, Statistical comparisons of classifiers over multiple data sets, JMLR 7, 2006, sections 3.2.2
    and 3.2.4, recommends: Iman and Davenport's F decides whether there is any difference, then two backends
    differ if their mean ranks do by at least CD = q sqrt(k (k + 1) / (6 N)), q being the quantile of the
    studentised range of k means divided by the root of 2. Friedman's statistic is corrected for ties, as
    `scipy.stats.friedmanchisquare` does and Demsar's formula does not; without ties they are equal.

    Args:
        losses: By problem, then by backend: final losses, one per seed; infinity for a study without any
            value. Every problem has the same backends.
        level: Level of all tests, 0 < level < 1.

    Returns:
        The ranking; with fewer than six problems or three backends without tests, and it says so.

    Raises:
        ValueError: There is no problem, or one lacks a backend.
    """
    backends, ranks = _ranks(losses)
    n_problems, n_backends = ranks.shape
    means = dict(sorted(zip(backends, ranks.mean(axis=0).tolist(), strict=True), key=lambda item: item[1]))
    impossible = _impossible(n_problems, n_backends)
    if impossible:
        return _untested(means, n_problems, level, impossible)
    chi_square, p_chi_square = _friedman(ranks)
    f, p = iman_davenport(chi_square, n_problems, n_backends)
    distance = critical_difference(n_problems, n_backends, level)
    return Ranking(
        mean_ranks=means,
        n_problems=n_problems,
        level=level,
        impossible="",
        chi_square=chi_square,
        p_chi_square=p_chi_square,
        f=f,
        p=p,
        critical_difference=distance,
        p_pairs=_nemenyi(means, n_problems),
        groups=_groups(means, distance) if p <= level else (tuple(means),),
    )


def iman_davenport(chi_square: float, n_problems: int, n_backends: int) -> tuple[float, float]:
    """Turn Friedman's statistic into F = (N - 1) chi2 / (N (k - 1) - chi2) and its p-value.

    R. L. Iman and J. M. Davenport, Approximations of the critical region of the Friedman statistic,
    Communications in Statistics A9, 1980; F has k - 1 and (k - 1) (N - 1) degrees of freedom.
    """
    freedom = n_backends - 1
    left = n_problems * freedom - chi_square
    f = (n_problems - 1) * chi_square / left if left > 1e-9 * chi_square else float("inf")
    return f, float(stats.f.sf(f, freedom, freedom * (n_problems - 1)))


def critical_difference(n_problems: int, n_backends: int, level: float) -> float:
    """Return Nemenyi's critical difference of two mean ranks at a level."""
    quantile = float(stats.studentized_range.ppf(1 - level, n_backends, np.inf))
    return quantile / sqrt(2) * _standard_error(n_problems, n_backends)


def _ranks(losses: Mapping[str, Mapping[str, Sequence[float]]]) -> tuple[list[str], NDArray[np.float64]]:
    """Rank the medians over the seeds on each problem; shape (n_problems, n_backends)."""
    if not losses:
        raise ValueError("a ranking needs at least one problem")
    backends = list(next(iter(losses.values())))
    strangers = [problem for problem, by_backend in losses.items() if set(by_backend) != set(backends)]
    if strangers:
        raise ValueError(f"every problem must have the backends {backends}, but not so {strangers}")
    medians = [[_rounded(np.median(losses[problem][backend])) for backend in backends] for problem in losses]
    return backends, np.asarray(stats.rankdata(medians, axis=1))


def _rounded(loss: float) -> float:
    """Return a loss with the digits that count, as in the tests of pairs: what is left is rounding."""
    return float(f"{loss:.{DIGITS}g}")


def _impossible(n_problems: int, n_backends: int) -> str:
    """Say why no test can be made, if none can."""
    lacks = []
    if n_problems < FEWEST_PROBLEMS:
        lacks.append(f"{FEWEST_PROBLEMS} problems, not {n_problems}")
    if n_backends < FEWEST_BACKENDS:
        lacks.append(f"{FEWEST_BACKENDS} backends, not {n_backends}")
    return f"tests over problems need at least {', and '.join(lacks)}" if lacks else ""


def _untested(means: dict[str, float], n_problems: int, level: float, impossible: str) -> Ranking:
    """Return mean ranks alone."""
    nothing = float("nan")
    return Ranking(
        mean_ranks=means,
        n_problems=n_problems,
        level=level,
        impossible=impossible,
        chi_square=nothing,
        p_chi_square=nothing,
        f=nothing,
        p=nothing,
        critical_difference=nothing,
        p_pairs={},
        groups=(),
    )


def _friedman(ranks: NDArray[np.float64]) -> tuple[float, float]:
    """Return Friedman's statistic and its p-value; 0 and 1 if every problem is one tie."""
    if np.all(ranks == ranks[0, 0]):
        return 0.0, 1.0
    result = stats.friedmanchisquare(*ranks.T)
    return float(result.statistic), float(result.pvalue)


def _nemenyi(means: Mapping[str, float], n_problems: int) -> dict[tuple[str, str], float]:
    """Return the p-value of each pair: how often the studentised range of as many means is as large."""
    error = _standard_error(n_problems, len(means)) / sqrt(2)
    pairs = list(combinations(means, 2))
    distances = np.array([means[worse] - means[better] for better, worse in pairs])
    p_values = stats.studentized_range.sf(distances / error, len(means), np.inf)
    return dict(zip(pairs, np.clip(p_values, 0, 1).tolist(), strict=True))


def _groups(means: Mapping[str, float], distance: float) -> tuple[tuple[str, ...], ...]:
    """Return the largest runs of backends, in the order of their ranks, that span less than a distance."""
    names = list(means)
    groups: list[tuple[str, ...]] = []
    end = 0
    for start, first in enumerate(names):
        reached = sum(means[name] - means[first] < distance for name in names[start:]) + start
        if reached > end:
            groups.append(tuple(names[start:reached]))
            end = reached
    return tuple(groups)


def _standard_error(n_problems: int, n_backends: int) -> float:
    """Return the standard error of a difference of two mean ranks if all backends are equal."""
    return sqrt(n_backends * (n_backends + 1) / (6 * n_problems))
