"""Families of paired tests keep their level, and verdict and interval agree."""

from collections.abc import Callable
from math import inf

import numpy as np
import pytest
from numpy.typing import NDArray

from tunebridge.comparison.statistics.paired import PairedTest, Verdict, holm, paired_tests

NAMES = ["random", "a", "b", "c", "d"]
AGAINST_RANDOM = [(name, "random") for name in NAMES[1:]]
TOLD_APART = {Verdict.BETTER, Verdict.WORSE}


def compared(first: list[float], second: list[float], **settings: float) -> PairedTest:
    (test,) = paired_tests({"first": first, "second": second}, [("first", "second")], **settings)
    return test


def drawn(rng: np.random.Generator, shifts: list[float]) -> dict[str, NDArray[np.float64]]:
    """Draw ten normal losses of each backend, shifted, with an effect of the seed that all share."""
    losses = rng.normal(size=(5, 10)) + rng.normal(size=10) + np.reshape(shifts, (5, 1))
    return dict(zip(NAMES, losses, strict=True))


def test_lower_losses_are_better_and_higher_ones_worse() -> None:
    low, high = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [1.0, 1.2, 1.4, 1.6, 1.8, 2.0]
    better, worse = compared(low, high), compared(high, low)
    assert (better.verdict, worse.verdict) == (Verdict.BETTER, Verdict.WORSE)
    assert better.high < 0 < worse.low
    assert (better.estimate, better.low, better.high) == (-worse.estimate, -worse.high, -worse.low)
    assert (better.p, better.n_seeds, better.needed_seeds) == (2 / 2**6, 6, None)


def test_a_study_without_any_value_is_worse_than_any_other() -> None:
    failing = compared([inf] * 6, [1e9] * 6)
    assert (failing.verdict, failing.estimate, failing.interval) == (Verdict.WORSE, inf, "(inf, inf)")
    assert compared([inf] * 6, [inf] * 6).p == 1


def test_equal_results_are_no_difference_and_no_seeds_would_find_one() -> None:
    test = compared([0.5] * 10, [0.5] * 10)
    assert (test.verdict, test.p, test.p_adjusted, test.interval) == (Verdict.NO_DIFFERENCE, 1, 1, "[0, 0]")
    assert test.needed_seeds is None


def test_no_difference_says_how_many_seeds_would_show_one_of_its_size() -> None:
    test = compared([1.0, 2, 3, 4, 5, -6, -7, -8], [0.0] * 8)
    assert test.verdict is Verdict.NO_DIFFERENCE
    # 10 of the 28 sums of two are positive: (1.9600 + 0.8416)^2 / (3 * (10 / 28 - 1 / 2)^2) = 128.2.
    assert test.needed_seeds == 129


def test_one_seed_cannot_be_significant_and_six_are_needed() -> None:
    test = compared([1.0], [2.0])
    assert (test.verdict, test.p, test.needed_seeds) == (Verdict.IMPOSSIBLE, 1, 6)
    assert (test.estimate, test.interval) == (-1, "(-inf, inf)")


def test_the_size_of_the_family_decides_what_is_impossible() -> None:
    losses = dict(zip(NAMES, np.arange(5.0)[:, None] + np.arange(7) ** 2 / 10, strict=True))
    four = paired_tests(losses, AGAINST_RANDOM)
    assert {(test.verdict, test.needed_seeds) for test in four} == {(Verdict.IMPOSSIBLE, 8)}
    assert {test.verdict for test in paired_tests(losses, AGAINST_RANDOM[:3])} == {Verdict.WORSE}


def test_the_correction_is_that_of_the_worked_example() -> None:
    # Wikipedia, Holm-Bonferroni method: at 0.05 the first and the last of these four are rejected.
    corrected = holm([0.01, 0.04, 0.03, 0.005], 0.05)
    assert [adjusted for adjusted, _ in corrected] == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert [divisor for _, divisor in corrected] == [3, 2, 2, 4]


def test_the_correction_of_nothing_is_nothing_and_no_adjusted_p_exceeds_one() -> None:
    assert holm([], 0.05) == []
    assert holm([0.9, 0.8], 0.05) == [(1.0, 2), (1.0, 2)]


def test_the_interval_is_at_the_level_of_its_own_step() -> None:
    tests = paired_tests(drawn(np.random.default_rng(5), [0, 0, 0, 5, 9]), AGAINST_RANDOM)
    assert [test.verdict for test in tests[2:]] == [Verdict.WORSE, Verdict.WORSE]
    assert sorted(test.confidence for test in tests) == pytest.approx([0.975, 0.975, 1 - 0.05 / 3, 0.9875])


def test_interval_and_verdict_agree_in_every_family() -> None:
    rng = np.random.default_rng(4)
    seen = set()
    for number in range(150):
        losses = drawn(rng, [0, 0, -2, 1, 2])
        if number % 3 == 0:
            losses = {name: np.round(row) for name, row in losses.items()}
        for test in paired_tests(losses, AGAINST_RANDOM):
            seen.add(test.verdict)
            apart = test.verdict in TOLD_APART
            assert apart == (test.p_adjusted <= 0.05)
            assert apart == (
                test.low > 0 or test.high < 0 or "(0," in test.interval or " 0)" in test.interval
            )
            assert test.needed_seeds is None or test.needed_seeds > test.n_seeds
    assert seen == {Verdict.BETTER, Verdict.WORSE, Verdict.NO_DIFFERENCE}


def test_an_end_at_zero_is_open_where_zeros_are_rejected() -> None:
    test = compared([0.0] * 5 + [1.0] * 7, [0.0] * 12)
    assert test.verdict is Verdict.WORSE
    assert test.interval == "(0, 1]"


@pytest.mark.parametrize("level", [0.0, 1.0, 5.0, float("nan")])
def test_a_level_out_of_bounds_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        compared([1.0], [2.0], level=level)


def equal_normal(rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.normal(size=(5, 10)) + 3 * rng.normal(size=10)


def equal_cauchy(rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.standard_cauchy((5, 10))


def equal_accuracies(rng: np.random.Generator) -> NDArray[np.float64]:
    return 1 - rng.binomial(150, 0.95, (5, 10)) / 150


def equal_failing(rng: np.random.Generator) -> NDArray[np.float64]:
    return np.where(rng.random((5, 10)) < 0.2, inf, rng.normal(size=(5, 10)))


@pytest.mark.slow
@pytest.mark.parametrize("draw", [equal_normal, equal_cauchy, equal_accuracies, equal_failing])
def test_of_1000_comparisons_of_equal_backends_at_most_6_in_100_find_any_difference(
    draw: Callable[[np.random.Generator], NDArray[np.float64]],
) -> None:
    rng = np.random.default_rng(0)
    told_apart = 0
    for _ in range(1_000):
        tests = paired_tests(dict(zip(NAMES, draw(rng), strict=True)), AGAINST_RANDOM)
        told_apart += any(test.verdict in TOLD_APART for test in tests)
    assert 0.005 <= told_apart / 1_000 <= 0.06


def test_a_false_verdict_stays_rare_beside_true_differences() -> None:
    rng = np.random.default_rng(1)
    false = found = 0
    for _ in range(500):
        tests = paired_tests(drawn(rng, [0, 0, 0, 5, 5]), AGAINST_RANDOM)
        false += any(test.verdict in TOLD_APART for test in tests[:2])
        found += sum(test.verdict is Verdict.WORSE for test in tests[2:])
    assert false / 500 <= 0.06
    assert found / 1_000 >= 0.95
