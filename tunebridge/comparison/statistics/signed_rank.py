"""The exact signed-rank test of paired differences, and what it says about the shift between them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, floor, inf, isinf, isnan, log10
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Losses = Sequence[float] | NDArray[np.float64]
"""One loss per seed; infinity where a study has no value at all."""

DIGITS = 12
"""Significant digits of a loss that count; the rest is rounding, which would untie what is tied."""

POWER = 0.8
"""Probability with which the seeds that are asked for would show a difference of the size found."""


class SignedRank:
    """Wilcoxon's signed-rank test of one sample of paired differences, for every shift of them.

    Zeros are ranked and then left out (Pratt 1959), ties share their mean rank. The null distribution is
    that of all 2^n signs given these very ranks, summed exactly by the shift algorithm (Streitberg and
    Roehmel 1986), so that p is valid at every n, with ties and zeros, too. Where there are none it equals
    `scipy.stats.wilcoxon(method="exact")`; else it equals SciPy's `PermutationMethod` over all signs,
    which SciPy itself leaves for a normal approximation from 14 differences on.

    A difference of infinity is one between a value and none at all: it has the highest rank.

    References:
        J. W. Pratt, Remarks on zeros and ties in the Wilcoxon signed rank procedures, JASA 54, 1959.
        B. Streitberg and J. Roehmel, Exact distributions for permutation and rank tests, Statistical
        Software Newsletter 12, 1986.

    Args:
        first: Losses of one backend, one per seed; infinity where it has no value at all.
        second: Losses of the other, same seeds in the same order.

    Raises:
        ValueError: There are none, they are not equally many, or one is NaN.
    """

    def __init__(self, first: Losses, second: Losses) -> None:
        """Compare all differences with one another, which every shift needs."""
        if not len(first):
            raise ValueError("a signed-rank test needs at least one pair of losses")
        differences = np.array([_difference(*pair) for pair in zip(first, second, strict=True)])
        self.n_pairs = len(differences)
        """Number of differences, zeros included."""
        self._order = _compared(differences[:, None], differences)
        with np.errstate(invalid="ignore"):  # two opposite infinities have no mean: NaN is on neither side
            self._means = differences[:, None] / 2 + differences / 2
        means = self._means[np.triu_indices(self.n_pairs)]
        self._sorted_means = np.sort(means[~np.isnan(means)])

    def p(self, shift: float = 0.0) -> float:
        """Return the two-sided p-value of the hypothesis that the differences are symmetric about a shift.

        |d_i - shift| > |d_j - shift| holds just if d_i - d_j and d_i + d_j - 2 shift have one sign, so that
        ranks need only comparisons of the pairwise means, and no difference that rounding could untie.
        """
        statistic, scores = self._signed_scores(shift)
        tail = _upper_tail(scores)
        return min(1.0, 2.0 * float(tail[(len(tail) - 1 + abs(statistic)) // 2]))

    def rejects(self, level: float, family: int = 1, shift: float = 0.0) -> bool:
        """Say whether p, times the size of a family, is at most the level."""
        return self.p(shift) * family <= level

    @property
    def direction(self) -> int:
        """The sign of the statistic: 1 if the first loses more, -1 if the second does, 0 for neither."""
        return int(np.sign(self._signed_scores(0.0)[0]))

    @property
    def estimate(self) -> float:
        """The Hodges-Lehmann estimate: the median of the means of all pairs of differences.

        It is infinite where one side has no value in most pairs, and 0 where both fail equally often.
        """
        n_means = len(self._sorted_means)
        low, high = float(self._sorted_means[(n_means - 1) // 2]), float(self._sorted_means[n_means // 2])
        middle = low if low == high else low / 2 + high / 2
        return 0.0 if isnan(middle) else middle

    def interval(self, level: float, family: int = 1) -> tuple[float, float]:
        """Return the ends of the shifts that the test does not reject.

        The test is constant on each mean of two differences and between two neighbours; all of these pieces
        are tried, from outside. Both ends belong to the interval, but for an end of exactly 0 where a shift
        of 0 is rejected: zeros among the differences can be rejected while the smallest shift is not. Where
        every shift is rejected, as can be when most differences are zero, both ends are the estimate.

        Returns:
            The lower and the upper end; infinite where no shift is too large to be rejected.
        """
        pieces = self._pieces()
        if self.rejects(level, family):
            side = self.direction
            pieces = [(low, high) for low, high in pieces if side * (low + high) > 0]

        def kept(piece: tuple[float, float]) -> bool:
            return not self.rejects(level, family, _inside(*piece))

        low = next((piece[0] for piece in pieces if kept(piece)), self.estimate)
        high = next((piece[1] for piece in reversed(pieces) if kept(piece)), self.estimate)
        return low, high

    def needed_seeds(self, level: float, family: int = 1, power: float = POWER) -> int | None:
        """Return how many pairs would show a difference of the size found; None if it is nil.

        By N = (z_{1 - level/2} + z_power)^2 / (3 (p' - 1/2)^2), where the level has been divided by the size
        of the family, and p' is the probability that the sum of two differences is positive, here their
        share among all pairs of two (G. E. Noether, Sample size determination for some common nonparametric
        tests, JASA 82, 1987). It is no better than the effect that these seeds happened to show; for
        large effects it asks for too many rather than too few.
        """
        pairs = self._means[np.triu_indices(self.n_pairs, k=1)]
        excess = float(np.mean(_compared(pairs, 0.0))) / 2 if len(pairs) else 0.0
        if excess == 0:
            return None
        normal = NormalDist()
        quantiles = normal.inv_cdf(1 - level / family / 2) + normal.inv_cdf(power)
        return ceil(quantiles**2 / (3 * excess**2))

    def _signed_scores(self, shift: float) -> tuple[int, tuple[int, ...]]:
        """Return twice the sum of signed ranks, and twice each rank that has a sign, in order."""
        above = _compared(self._means, shift)
        signs = np.diagonal(above)
        scores = self.n_pairs + 1 + (self._order * above).sum(axis=1)
        return int(signs @ scores), tuple(sorted(scores[signs != 0].tolist()))

    def _pieces(self) -> list[tuple[float, float]]:
        """Return the ends of all pieces on which the test is constant; 0 is a piece of its own."""
        finite = self._sorted_means[np.isfinite(self._sorted_means)]
        points: list[float] = np.unique(np.append(finite, 0.0)).tolist()
        pieces = [(-inf, points[0])]
        for point, following in zip(points, [*points[1:], inf], strict=True):
            pieces += [(point, point), (point, following)]
        return pieces


def smallest_sample(level: float, family: int = 1) -> int:
    """Return the fewest pairs that can be significant: 2 / 2^n, times the family, is at most the level."""
    n_pairs = 1
    while 2.0 ** (1 - n_pairs) * family > level:
        n_pairs += 1
    return n_pairs


def _difference(first: float, second: float) -> float:
    """Subtract two losses, keep the digits that count; two infinite ones are equal."""
    if isnan(first) or isnan(second):
        raise ValueError("a loss is NaN; a study without any value is given as infinity")
    if first == second:
        return 0.0
    if isinf(first) or isinf(second):
        return float(first - second)
    largest = max(abs(first), abs(second))
    return round(float(first - second), DIGITS - 1 - floor(log10(largest)))


def _compared(first: NDArray[np.float64], second: NDArray[np.float64] | float) -> NDArray[np.int64]:
    """Return 1 where the first is larger, -1 where it is smaller, 0 where they are equal or one is NaN."""
    return (first > second).astype(np.int64) - (first < second)


def _inside(low: float, high: float) -> float:
    """Return a number between two ends, or the end if they are one."""
    if low == high:
        return low
    if isinf(low):
        return float(np.nextafter(high, low))
    return float(np.nextafter(low, high)) if isinf(high) else low / 2 + high / 2


@lru_cache(maxsize=512)
def _upper_tail(scores: tuple[int, ...]) -> NDArray[np.float64]:
    """Return P(sum of scores with a positive sign >= k), all signs being fair, for k = 0, ..., sum of all."""
    probabilities = np.zeros(sum(scores) + 1)
    probabilities[0] = 1.0
    for score in scores:
        shifted = np.zeros_like(probabilities)
        shifted[score:] = probabilities[:-score]
        probabilities = (probabilities + shifted) / 2
    return probabilities[::-1].cumsum()[::-1]
