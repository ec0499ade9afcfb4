"""Curves carry the incumbent on, and count a study without any value as the worst."""

from math import inf, nan

import numpy as np
import pytest

from tunebridge.comparison.statistics.curves import grid_of_seconds, incumbents, incumbents_at, summarise


def test_the_incumbent_is_the_best_so_far_and_failed_trials_leave_it() -> None:
    best = incumbents([[nan, 3.0, inf, 5.0, 2.0], [1.0, nan, 0.5, 0.7, 0.6]])
    np.testing.assert_array_equal(best, [[nan, 3, 3, 3, 2], [1, 1, 0.5, 0.5, 0.5]])


def test_a_study_that_ended_early_keeps_its_incumbent() -> None:
    best = incumbents([[3.0, 2.0], [5.0, 6.0, 1.0, 4.0], []])
    np.testing.assert_array_equal(best, [[3, 2, 2, 2], [5, 5, 1, 1], [nan] * 4])


def test_no_trials_make_no_positions() -> None:
    assert incumbents([[], []]).shape == (2, 0)
    assert incumbents([]).shape == (0, 0)


def test_against_seconds_a_trial_counts_from_its_end_on_whatever_its_number() -> None:
    best = incumbents_at(
        np.array([0.0, 1.0, 2.0, 2.5, 9.0]), [[1.0, 4.0, nan], [7.0]], [[2.5, 1.0, 0.5], [9.0]]
    )
    np.testing.assert_array_equal(best, [[nan, 4, 4, 1, 1], [nan, nan, nan, nan, 7]])


def test_the_grid_of_seconds_ends_with_the_longest_study() -> None:
    np.testing.assert_allclose(grid_of_seconds([[1.0, 3.0], [8.0, 2.0], []], n_points=5), [0, 2, 4, 6, 8])
    assert grid_of_seconds([[], []], n_points=2).tolist() == [0, 0]


def test_quartiles_are_those_of_numpy_where_all_studies_have_a_value() -> None:
    best = incumbents(list(np.random.default_rng(0).normal(size=(9, 40))))
    curve = summarise(range(1, 41), best)
    np.testing.assert_allclose(
        [curve.lower, curve.median, curve.upper], np.quantile(best, [0.25, 0.5, 0.75], axis=0)
    )
    assert curve.positions.tolist() == list(range(1, 41))


def test_a_study_without_a_value_counts_as_the_worst() -> None:
    best = np.array([[nan, 1.0, 1.0], [nan, nan, 2.0], [nan, nan, 3.0], [nan, 4.0, 4.0], [nan, 5.0, 5.0]])
    curve = summarise([1, 2, 3], best)
    np.testing.assert_array_equal(curve.median, [nan, 5, 3])
    np.testing.assert_array_equal(curve.lower, [nan, 4, 2])
    np.testing.assert_array_equal(curve.upper, [nan, nan, 4])
    assert np.isnan(curve.band_high[:2]).all()


def test_a_backend_that_always_fails_has_an_empty_curve() -> None:
    curve = summarise([1, 2], np.full((3, 2), nan))
    assert np.isnan([curve.lower, curve.median, curve.upper, curve.band_low, curve.band_high]).all()


def test_the_band_of_one_study_is_the_study() -> None:
    curve = summarise([1, 2, 3], np.array([[nan, 2.0, 1.0]]))
    for line in (curve.lower, curve.median, curve.upper, curve.band_low, curve.band_high):
        np.testing.assert_array_equal(line, [nan, 2, 1])


def test_the_band_repeats_with_its_seed_alone() -> None:
    best = np.random.default_rng(0).normal(size=(10, 5))
    first, again, other = (summarise(range(5), best, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.band_low, again.band_low)
    assert not np.array_equal(first.band_low, other.band_low)


def test_the_band_lies_where_the_binomial_distribution_says() -> None:
    # The median of 11 resampled studies is at least the k-th smallest with a binomial probability
    # (B. Efron, Bootstrap methods, 1979, section 3): 95 % lie between the 3rd and the 9th of 11.
    best = np.arange(1.0, 12.0)[:, None]
    curve = summarise([1], best, n_resamples=4_000)
    assert (curve.band_low[0], curve.band_high[0]) == (3.0, 9.0)


@pytest.mark.parametrize("confidence", [0.5, 0.9])
def test_a_lower_confidence_makes_a_narrower_band(confidence: float) -> None:
    best = np.random.default_rng(1).normal(size=(20, 1))
    narrow, wide = summarise([1], best, confidence=confidence), summarise([1], best, confidence=0.99)
    assert wide.band_low < narrow.band_low <= narrow.median <= narrow.band_high < wide.band_high
