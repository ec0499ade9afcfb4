"""The signed-rank test is exact with ties and zeros, and its interval, estimate and seeds follow from it."""

from collections.abc import Callable
from math import inf, nan

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from tunebridge.comparison.statistics.signed_rank import SignedRank, smallest_sample

# The Hamilton depression factor before and after a tranquilizer (Hollander and Wolfe, Nonparametric
# Statistical Methods, 1999, table 3.1, examples 3.1, 3.3 and 3.4; R's `?wilcox.test` has the same data).
BEFORE = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
AFTER = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]

# Heights of cross- less self-fertilised plants (Darwin 1876; the example of `scipy.stats.wilcoxon`).
PLANTS: list[float] = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]


Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]


def of(differences: list[float] | NDArray[np.float64]) -> SignedRank:
    return SignedRank(differences, np.zeros(len(differences)))


def samples(n_samples: int, seed: int) -> list[NDArray[np.float64]]:
    """Draw differences of all kinds: continuous, with ties and zeros, with infinities."""
    rng = np.random.default_rng(seed)
    drawn = []
    for number in range(n_samples):
        size = int(rng.integers(1, 14))
        sample = rng.normal(0.7, 1, size) if number % 2 else rng.integers(-2, 6, size).astype(float)
        if number % 5 == 0:
            sample[rng.random(size) < 0.15] = inf
        if number % 7 == 0:
            sample[rng.random(size) < 0.15] = -inf
        drawn.append(sample)
    return drawn


def test_p_estimate_and_interval_are_those_of_hollander_and_wolfe() -> None:
    depression = SignedRank(AFTER, BEFORE)
    assert depression.p() == pytest.approx(0.0390625)  # twice the 0.0195 of the book's one-sided test
    assert depression.estimate == pytest.approx(-0.46)
    assert depression.interval(0.04) == pytest.approx((-0.786, -0.010))  # of confidence 96.1 %
    assert depression.direction == -1


def test_p_is_that_of_the_example_of_scipy() -> None:
    assert of(PLANTS).p() == pytest.approx(0.041259765625, abs=1e-12)


def test_p_is_that_of_scipy_without_ties_and_zeros() -> None:
    rng = np.random.default_rng(0)
    for n_pairs in (2, 5, 10, 20, 50):
        sample = rng.normal(0.3, 1, n_pairs)
        assert of(sample).p() == pytest.approx(stats.wilcoxon(sample, method="exact").pvalue, abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_p_is_that_of_all_signs_by_scipy_with_ties_and_zeros(seed: int) -> None:
    sample = np.random.default_rng(seed).integers(-2, 5, 4 + seed % 7).astype(float)
    every = stats.PermutationMethod(n_resamples=np.inf)
    assert of(sample).p() == pytest.approx(stats.wilcoxon(sample, zero_method="pratt", method=every).pvalue)


def test_p_is_exact_with_ties_and_zeros_where_scipy_takes_the_normal_distribution() -> None:
    sample = [0.0] * 8 + [1.0] * 6
    assert of(sample).p() == 2 / 2**6
    assert stats.wilcoxon(sample, zero_method="pratt").pvalue < 0.6 * of(sample).p()


def test_all_zero_differences_have_p_one_and_no_width() -> None:
    equal = SignedRank([0.25] * 10, [0.25] * 10)
    assert (equal.p(), equal.estimate, equal.interval(0.05), equal.direction) == (1.0, 0.0, (0.0, 0.0), 0)
    assert equal.needed_seeds(0.05) is None


def test_differences_that_rounding_tells_apart_are_tied() -> None:
    first, second = [0.3, 0.9, 0.7], [0.1, 0.7, 0.9]
    assert len({a - b for a, b in zip(first, second, strict=True)} | {0.2}) == 4
    assert SignedRank(first, second).p() == of([1.0, 1.0, -1.0]).p()


def test_the_scale_of_losses_does_not_matter() -> None:
    sample = np.random.default_rng(3).normal(0.5, 1, 12)
    for scale in (1e-300, 1e-9, 1e9, 1e300):
        assert of(sample * scale).p() == of(sample).p()
        assert of(sample * scale).interval(0.05) == pytest.approx(
            [scale * end for end in of(sample).interval(0.05)]
        )


def test_one_diverged_seed_does_not_hide_the_others() -> None:
    assert SignedRank([0.1] * 8 + [1e18], [0.2] * 8 + [0.2]).p() == of([-1.0] * 8 + [9.0]).p()


def test_no_value_at_all_is_the_largest_difference_and_two_of_them_are_none() -> None:
    assert SignedRank([inf, 1, 2, inf], [3, 4, 5, inf]).p() == of([9.0, -3, -3, 0]).p()
    failing = SignedRank([inf] * 8, [1.0] * 8)
    assert (failing.p(), failing.estimate, failing.direction) == (2 / 2**8, inf, 1)
    assert failing.interval(0.05) == (inf, inf)
    assert SignedRank([inf, 0], [0, inf]).estimate == 0.0


@pytest.mark.parametrize("family", [1, 4])
def test_the_interval_excludes_zero_just_if_zero_is_rejected(family: int) -> None:
    verdicts = set()
    for sample in samples(600, seed=family):
        test = of(sample)
        low, high = test.interval(0.05, family)
        rejected = test.rejects(0.05, family)
        verdicts.add(rejected)
        assert (low >= 0 or high <= 0) if rejected else low <= 0 <= high
        assert low <= test.estimate <= high
    assert verdicts == {True, False}


def test_the_interval_holds_just_the_shifts_that_are_not_rejected() -> None:
    for sample in samples(100, seed=9):
        test = of(sample)
        low, high = test.interval(0.05)
        for shift in np.linspace(-4.013, 8.017, 150):
            assert (low <= shift <= high) is not test.rejects(0.05, shift=shift)


def test_zeros_can_be_rejected_while_the_smallest_shift_is_not() -> None:
    test = of([0.0] * 5 + [1.0] * 7)
    assert test.p() == 2 / 2**7
    assert not test.rejects(0.05, shift=1e-9)
    assert test.interval(0.05)[0] == 0


def test_where_every_shift_is_rejected_both_ends_are_the_estimate() -> None:
    assert of([0.0] * 60 + [1.0] * 6).interval(0.05) == (0.0, 0.0)


def test_with_too_few_pairs_the_interval_has_no_end() -> None:
    assert of([1.0, 2, 3, 4, 5]).interval(0.05) == (-inf, inf)
    assert of([1.0, 2, 3, 4, 5, 6]).interval(0.05) == (1.0, 6.0)


@pytest.mark.parametrize(
    ("level", "family", "expected"), [(0.05, 1, 6), (0.05, 4, 8), (0.05, 10, 9), (0.01, 1, 8)]
)
def test_the_smallest_sample_is_the_first_whose_best_result_is_significant(
    level: float, family: int, expected: int
) -> None:
    assert smallest_sample(level, family) == expected
    assert of(np.arange(1.0, expected + 1)).rejects(level, family)
    assert not of(np.arange(1.0, expected)).rejects(level, family)


def test_the_seeds_asked_for_are_those_of_noether() -> None:
    # 8 of the 10 sums of two differences are positive: (1.9600 + 0.8416)^2 / (3 * 0.3^2) = 29.1.
    assert of([-3.0, -1, 2, 4, 5]).needed_seeds(0.05) == 30
    # At a quarter of the level: (2.4977 + 0.8416)^2 / (3 * 0.3^2) = 41.3.
    assert of([-3.0, -1, 2, 4, 5]).needed_seeds(0.05, family=4) == 42


def test_even_the_plainest_difference_asks_for_enough_seeds_to_be_significant() -> None:
    for family in (1, 4, 10, 1_000):
        asked = of([1.0, 2.0]).needed_seeds(0.05, family)
        assert asked is not None
        assert asked >= smallest_sample(0.05, family)


def test_the_seeds_asked_for_find_the_difference_in_four_of_five_comparisons() -> None:
    shift = 0.4
    quantiles = stats.norm.ppf((np.arange(300) + 0.5) / 300) + shift
    n_seeds = of(quantiles).needed_seeds(0.05)
    assert n_seeds is not None
    rng = np.random.default_rng(0)
    found = np.mean([of(rng.normal(shift, 1, n_seeds)).rejects(0.05) for _ in range(1_000)])
    assert 0.77 <= found <= 0.86


@pytest.mark.parametrize(("first", "second"), [([], []), ([1.0], [1.0, 2.0]), ([nan, 1.0], [0.0, 0.0])])
def test_samples_that_are_empty_unequal_or_nan_are_refused(first: list[float], second: list[float]) -> None:
    with pytest.raises(ValueError, match=r"at least one pair|shorter|longer|NaN"):
        SignedRank(first, second)


def draw_normal(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    return rng.normal(size=size)


def draw_cauchy(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    return rng.standard_cauchy(size)


def draw_skewed(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    return rng.lognormal(sigma=2, size=size) - rng.lognormal(sigma=2, size=size)


@pytest.mark.slow
@pytest.mark.parametrize("draw", [draw_normal, draw_cauchy, draw_skewed])
@pytest.mark.parametrize("n_seeds", [10, 20])
def test_intervals_cover_a_true_shift_in_93_to_98_of_100_comparisons(draw: Draw, n_seeds: int) -> None:
    rng = np.random.default_rng(1)
    intervals = [of(draw(rng, n_seeds) + 0.5).interval(0.05) for _ in range(1_000)]
    assert 0.93 <= np.mean([low <= 0.5 <= high for low, high in intervals]) <= 0.98


@pytest.mark.parametrize(
    ("n_seeds", "shift", "theory"), [(10, 1.0, 0.755), (20, 0.75, 0.879), (30, 0.5, 0.725)]
)
def test_a_true_shift_is_found_as_often_as_theory_says(n_seeds: int, shift: float, theory: float) -> None:
    # Normal approximation of the exact test's power; benchmarks/simulated_comparisons.py computes it.
    rng = np.random.default_rng(2)
    found = np.mean([of(rng.normal(shift, 1, n_seeds)).rejects(0.05) for _ in range(1_000)])
    assert found == pytest.approx(theory, abs=0.04)
