"""Tests of backends against one another on one problem, paired by seed and corrected for their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isinf

from tunebridge.comparison.statistics.signed_rank import Losses, SignedRank, smallest_sample
from tunebridge.display.brief import brief

LEVEL = 0.05
"""Family-wise error that is accepted, unless another one is."""


class Verdict(StrEnum):
    """What a test says about the first backend of its pair."""

    BETTER = "better"
    """Its losses are lower, and adjusted p is at most the level."""
    WORSE = "worse"
    """Its losses are higher, and adjusted p is at most the level."""
    NO_DIFFERENCE = "no detectable difference"
    """Adjusted p is above the level, which does not prove that the backends are equal."""
    IMPOSSIBLE = "cannot be significant"
    """So few seeds that no result could have been significant in a family of this size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedTest:
    """One backend against another over the same seeds.

    A loss is a value with the sign that makes lower better.
    """

    first: str
    """The backend that the verdict is about."""
    second: str
    """The backend that it is compared with."""
    n_seeds: int
    """Number of pairs, >= 1."""
    p: float
    """Two-sided p-value of the exact signed-rank test; 1 if all differences are zero."""
    p_adjusted: float
    """The same, corrected for the family by Holm's procedure."""
    estimate: float
    """Hodges-Lehmann estimate of loss of the first - loss of the second; negative if the first is better."""
    low: float
    """Lower end of the interval of that difference; may be infinite."""
    high: float
    """Upper end. An end that is exactly 0 belongs to the interval just if the verdict finds no difference."""
    confidence: float
    """Confidence of the interval: 1 - the level at which Holm's procedure tested this hypothesis."""
    verdict: Verdict
    """What is to be said."""
    needed_seeds: int | None
    """If impossible, the fewest seeds that could be significant; if no difference, those that would show a
    difference of the size found with 80 % power, None if that size is nil; None with any other verdict."""

    @property
    def interval(self) -> str:
        """The interval with its brackets: round at an end that does not belong to it, as in `(0, 1.25]`."""
        told_apart = self.verdict in (Verdict.BETTER, Verdict.WORSE)
        opened = "(" if isinf(self.low) or (told_apart and self.low == 0) else "["
        closed = ")" if isinf(self.high) or (told_apart and self.high == 0) else "]"
        return f"{opened}{self.low:.4g}, {self.high:.4g}{closed}"


def paired_tests(
    losses: Mapping[str, Losses], pairs: Sequence[tuple[str, str]], *, level: float = LEVEL
) -> list[PairedTest]:
    """Test a family of pairs of backends on one problem.

    p-values are exact (see `SignedRank`) and corrected by Holm's procedure (A simple sequentially rejective
    multiple test procedure, Scand. J. Statist. 6, 1979), so that the probability of any false verdict in the
    family is at most `level`, whichever hypotheses are true. Each interval inverts the very test that gave
    the verdict, at the level at which Holm's procedure came to it; it excludes 0 just if there is a verdict.
    That level is never above `level`, so each interval by itself covers with at least 1 - `level`; that all
    of them cover at once is not claimed. They are intervals of a shift: they suppose differences that are
    symmetric about it.

    Args:
        losses: For each backend one number per seed, the same seeds in the same order; infinity for a study
            without any value, which is worse than every number and ties with another such study.
        pairs: The family: which backend against which.
        level: The family-wise error that is accepted, 0 < level < 1.

    Returns:
        One test per pair, in their order.

    Raises:
        ValueError: A loss is NaN, seeds are missing, or the level is out of its bounds.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {brief(level)}")
    samples = [SignedRank(losses[first], losses[second]) for first, second in pairs]
    corrections = holm([sample.p() for sample in samples], level)
    return [
        _tested(pair, sample, correction, len(pairs), level)
        for pair, sample, correction in zip(pairs, samples, corrections, strict=True)
    ]


def told_together(tests: Sequence[PairedTest], level: float = LEVEL) -> list[PairedTest]:
    """Return those of several families of tests that tell two backends apart if all are one family."""
    corrections = holm([test.p for test in tests], level)
    pairs = zip(tests, corrections, strict=True)
    return [test for test, (p, _) in pairs if p <= level and test.verdict in (Verdict.BETTER, Verdict.WORSE)]


def holm(p_values: Sequence[float], level: float) -> list[tuple[float, int]]:
    """Correct a family of p-values by Holm's procedure.

    Returns:
        For each its adjusted p, and by how many the level was divided when it was tested: the size of the
        family less the hypotheses rejected before it. From the first that is not rejected on it stays.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    corrected: dict[int, tuple[float, int]] = {}
    adjusted, divisor = 0.0, len(order)
    for n_before, index in enumerate(order):
        n_left = len(order) - n_before
        if adjusted <= level:
            divisor = n_left
        adjusted = max(adjusted, min(1.0, n_left * p_values[index]))
        corrected[index] = adjusted, divisor
    return [corrected[index] for index in range(len(order))]


def _tested(
    pair: tuple[str, str], sample: SignedRank, correction: tuple[float, int], family: int, level: float
) -> PairedTest:
    """Put together what is to be said about one pair."""
    p_adjusted, divisor = correction
    verdict = _verdict(sample, p_adjusted, family, level)
    low, high = sample.interval(level, divisor)
    return PairedTest(
        first=pair[0],
        second=pair[1],
        n_seeds=sample.n_pairs,
        p=sample.p(),
        p_adjusted=p_adjusted,
        estimate=sample.estimate,
        low=low,
        high=high,
        confidence=1 - level / divisor,
        verdict=verdict,
        needed_seeds=_needed_seeds(verdict, sample, divisor, level),
    )


def _verdict(sample: SignedRank, p_adjusted: float, family: int, level: float) -> Verdict:
    """Say what an adjusted p means, if it can mean anything."""
    if sample.n_pairs < smallest_sample(level, family):
        return Verdict.IMPOSSIBLE
    if p_adjusted > level:
        return Verdict.NO_DIFFERENCE
    return Verdict.WORSE if sample.direction > 0 else Verdict.BETTER


def _needed_seeds(verdict: Verdict, sample: SignedRank, divisor: int, level: float) -> int | None:
    """Return the seeds to ask for, where there is something to ask for."""
    match verdict:
        case Verdict.IMPOSSIBLE:
            return smallest_sample(level, divisor)
        case Verdict.NO_DIFFERENCE:
            needed = sample.needed_seeds(level, divisor)
            return None if needed is None else max(needed, sample.n_pairs + 1)
        case Verdict.BETTER | Verdict.WORSE:
            return None
