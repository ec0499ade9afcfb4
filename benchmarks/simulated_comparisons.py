"""Whether the statistics of comparisons keep their word on results whose truth is known.

    python benchmarks/simulated_comparisons.py
    python benchmarks/simulated_comparisons.py --comparisons 10000 --seed 1

Every figure is over as many simulated comparisons. False verdicts: five equal backends with 10 seeds, four of
them against the fifth or all ten pairs; the share of comparisons with any verdict, which is to be at most the
level of 5 %. Power: normal differences shifted by so many standard deviations; the share of verdicts beside
the normal approximation of the exact test's power from the first two moments of its statistic (E. L. Lehmann,
Nonparametrics, 1975, section 4.2). Coverage: the share of 95 % intervals that hold the true shift. Seeds: the
power with the seeds that are asked for, for 80 %, when the effect found is the true one. Problems: a verdict
over ten of them is corrected for all tests, the table of each for its own.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import combinations
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy import stats

from tunebridge.comparison.statistics.paired import Verdict, paired_tests, told_together
from tunebridge.comparison.statistics.signed_rank import SignedRank

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Array]

LEVEL = 0.05
BACKENDS = [f"backend {number}" for number in range(5)]


def seeds_matter(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Draw losses that a seed shares with the other backends, as shared points and data splits make them."""
    return rng.normal(size=shape) + 3 * rng.normal(size=shape[1])


def some_fail(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Draw losses of which a fifth is missing."""
    return np.where(rng.random(shape) < 0.2, inf, rng.normal(size=shape))


DISTRIBUTIONS: dict[str, Draw] = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "normal, seeds matter": seeds_matter,
    "lognormal": lambda rng, shape: rng.lognormal(sigma=2, size=shape),
    "Cauchy": lambda rng, shape: rng.standard_cauchy(shape),
    "accuracies, k/150": lambda rng, shape: 1 - rng.binomial(150, 0.95, shape) / 150,
    "mostly one best value": lambda rng, shape: np.maximum(0, rng.integers(-3, 4, shape)),
    "a fifth fails": some_fail,
}
"""Losses of shape (n_backends, n_seeds), equal for all backends."""

SYMMETRIC: dict[str, Draw] = {
    name: DISTRIBUTIONS[name] for name in ("normal", "lognormal", "Cauchy", "accuracies, k/150")
}
"""Those whose differences have a shift that can be covered."""


def false_verdicts(draw: Draw, pairs: list[tuple[str, str]], n: int, rng: np.random.Generator) -> float:
    """Return the share of comparisons of equal backends that find any difference."""
    told = 0
    for _ in range(n):
        losses = dict(zip(BACKENDS, draw(rng, (5, 10)), strict=True))
        tests = paired_tests(losses, pairs, level=LEVEL)
        told += any(test.verdict in (Verdict.BETTER, Verdict.WORSE) for test in tests)
    return told / n


def false_over_problems(draw: Draw, n: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return how often something is found among equal backends on any of ten problems, 15 seeds each.

    Returns:
        The share of comparisons whose verdict says so, and of those in which some problem's table does.
    """
    verdicts = by_itself = 0
    pairs = [(name, BACKENDS[0]) for name in BACKENDS[1:]]
    for _ in range(n):
        draws = (dict(zip(BACKENDS, draw(rng, (5, 15)), strict=True)) for _ in range(10))
        tests = [test for losses in draws for test in paired_tests(losses, pairs, level=LEVEL)]
        verdicts += bool(told_together(tests, LEVEL))
        by_itself += any(test.verdict in (Verdict.BETTER, Verdict.WORSE) for test in tests)
    return verdicts / n, by_itself / n


def power(shift: float, n_seeds: int, n: int, rng: np.random.Generator) -> float:
    """Return the share of verdicts on normal differences with a true shift, in standard deviations."""
    return (
        sum(SignedRank(rng.normal(shift, size=n_seeds), np.zeros(n_seeds)).rejects(LEVEL) for _ in range(n))
        / n
    )


def theory(shift: float, n_seeds: int) -> float:
    """Return the normal approximation of the same."""
    one = stats.norm.cdf(shift)
    two = stats.norm.cdf(sqrt(2) * shift)
    three = stats.multivariate_normal(cov=[[1, 0.5], [0.5, 1]]).cdf([sqrt(2) * shift] * 2)
    pairs = n_seeds * (n_seeds - 1) / 2
    mean = n_seeds * one + pairs * two
    variance = n_seeds * one * (1 - one) + pairs * (2 * (one - two) ** 2 + 3 * two * (1 - two))
    variance += 2 * pairs * (n_seeds - 2) * (three - two**2)
    fewest = int(np.flatnonzero(2 * exact_tail(n_seeds) <= LEVEL)[0])
    return float(stats.norm.sf((fewest - 0.5 - mean) / sqrt(variance)))


def exact_tail(n_seeds: int) -> Array:
    """Return the exact probabilities of a sum of positive ranks >= 0, 1, ..., by its generating function."""
    polynomial = np.ones(1)
    for rank in range(1, n_seeds + 1):
        polynomial = np.convolve(polynomial, [0.5, *[0] * (rank - 1), 0.5])
    return np.asarray(polynomial[::-1].cumsum()[::-1])


def coverage(draw: Draw, n_seeds: int, n: int, rng: np.random.Generator) -> float:
    """Return the share of intervals of one pair that hold the true shift, which is none."""
    held = 0
    for _ in range(n):
        low, high = SignedRank(*draw(rng, (2, n_seeds))).interval(LEVEL)
        held += low <= 0 <= high
    return held / n


def family_coverage(shifts: list[float], n: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return the share of intervals of a family that hold their shift, and of families in which all do."""
    each = every = 0
    pairs = [(name, BACKENDS[0]) for name in BACKENDS[1:]]
    for _ in range(n):
        losses = dict(
            zip(BACKENDS, rng.normal(size=(5, 10)) + np.reshape([0.0, *shifts], (5, 1)), strict=True)
        )
        tests = paired_tests(losses, pairs, level=LEVEL)
        held = [test.low <= shift <= test.high for test, shift in zip(tests, shifts, strict=True)]
        each += sum(held)
        every += all(held)
    return each / (4 * n), every / n


def seeds_for(shift: float) -> int:
    """Return the seeds that are asked for when the differences are the quantiles of a shifted normal."""
    differences = stats.norm.ppf((np.arange(300) + 0.5) / 300) + shift
    return SignedRank(differences, np.zeros(300)).needed_seeds(LEVEL) or 0


def tables(n: int, rng: np.random.Generator) -> list[Table]:
    """Run everything."""
    first = Table(
        "losses", "4 against one", "all 10 pairs", title="Any false verdict among equal backends, at 5 %"
    )
    against_one = [(name, BACKENDS[0]) for name in BACKENDS[1:]]
    for name, draw in track(DISTRIBUTIONS.items(), "false verdicts"):
        figures = [
            false_verdicts(draw, pairs, n, rng) for pairs in (against_one, list(combinations(BACKENDS, 2)))
        ]
        first.add_row(name, *(f"{figure:.1%}" for figure in figures))
    second = Table("seeds", "shift / sd", "found", "theory", title="Power, normal differences")
    for n_seeds, shift in track([(10, 0.5), (10, 1.0), (20, 0.5), (20, 0.75), (30, 0.5)], "power"):
        second.add_row(
            str(n_seeds), str(shift), f"{power(shift, n_seeds, n, rng):.1%}", f"{theory(shift, n_seeds):.1%}"
        )
    third = Table("losses", "10 seeds", "20 seeds", "30 seeds", title="Coverage of 95 % intervals")
    for name, draw in track(SYMMETRIC.items(), "coverage"):
        third.add_row(name, *(f"{coverage(draw, n_seeds, n, rng):.1%}" for n_seeds in (10, 20, 30)))
    fourth = Table("true shifts / sd", "each", "all four", title="Coverage in a family of four, 10 seeds")
    for shifts in track([[0.0] * 4, [0.0, 0.0, 0.0, 2.0], [0.5, 1.0, 2.0, 3.0]], "families"):
        fourth.add_row(str(shifts), *(f"{share:.1%}" for share in family_coverage(shifts, n, rng)))
    fifth = Table("shift / sd", "seeds", "power", title="Seeds asked for, for a power of 80 %")
    for shift in track([0.4, 0.6, 0.8, 1.2], "seeds"):
        fifth.add_row(str(shift), str(seeds_for(shift)), f"{power(shift, seeds_for(shift), n, rng):.1%}")
    sixth = Table("losses", "the verdict", "a table", title="Any false finding, 10 problems, 15 seeds")
    for name in track(["normal", "accuracies, k/150", "a fifth fails"], "problems"):
        shares = false_over_problems(DISTRIBUTIONS[name], n, rng)
        sixth.add_row(name, *(f"{share:.1%}" for share in shares))
    return [first, second, third, fourth, fifth, sixth]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--comparisons", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    console = Console()
    for table in tables(options.comparisons, np.random.default_rng(options.seed)):
        console.print(table)


if __name__ == "__main__":
    main()
