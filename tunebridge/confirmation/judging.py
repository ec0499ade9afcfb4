"""What the repeats of finalists say: the tests of all pairs, and an interval for whichever of them wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import sqrt
from statistics import fmean, stdev, variance

from scipy import stats

from tunebridge.comparison.statistics.paired import LEVEL, PairedTest, Verdict, paired_tests


def all_pairs(losses: Mapping[str, Sequence[float]]) -> list[PairedTest]:
    """Test every finalist that has met all seeds against every other.

    The family is all pairs, not those with the winner alone: which one wins is known from the same repeats.

    Args:
        losses: By finalist, one for each seed.
    """
    pairs = list(combinations(losses, 2))
    return paired_tests(losses, pairs) if pairs else []


def not_told_apart(winner: str, tests: Sequence[PairedTest]) -> list[str]:
    """Return those that no test shows to be worse than the winner."""
    better = {(test.first, test.second) for test in tests if test.verdict is Verdict.BETTER}
    better |= {(test.second, test.first) for test in tests if test.verdict is Verdict.WORSE}
    others = dict.fromkeys(name for test in tests for name in (test.first, test.second))
    with_winner = {frozenset((test.first, test.second)) for test in tests}
    return [
        name for name in others if frozenset((winner, name)) in with_winner and (winner, name) not in better
    ]


def interval_of(winner: str, repeats: Mapping[str, Sequence[float]], n_finalists: int) -> tuple[float, float]:
    """Return an interval of the winner's mean over all seeds, which allows for its having won.

    It is Student's at 1 - level / n_finalists (Bonferroni): with at least 1 - level such intervals of all
    finalists would cover their means at once, so the winner's does, whoever that is. The spread is that of
    the winner's own repeats, or that of all finalists about their means if it is larger: where noise is
    skewed, who wins by luck has a small spread of its own by the same luck, and Student's interval alone
    misses (of five finalists with exponential noise and ten seeds, one in five times).

    Args:
        winner: A key of `repeats`.
        repeats: Values by finalist, those that were stopped, too; of the winner at least two.
        n_finalists: How many might have won.
    """
    values = repeats[winner]
    spread = max(stdev(values), _pooled(repeats))
    quantile = float(stats.t.ppf(1 - LEVEL / n_finalists / 2, len(values) - 1))
    half = quantile * spread / sqrt(len(values))
    return fmean(values) - half, fmean(values) + half


def _pooled(repeats: Mapping[str, Sequence[float]]) -> float:
    """Return the standard deviation of repeats about the means of their finalists."""
    some = [values for values in repeats.values() if len(values) > 1]
    freedom = sum(len(values) - 1 for values in some)
    return sqrt(sum((len(values) - 1) * variance(values) for values in some) / freedom)
