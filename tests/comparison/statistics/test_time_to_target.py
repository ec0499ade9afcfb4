"""Times to a target count the studies that never reached it."""

from math import inf, isnan, nan

import pytest

from tunebridge.comparison.statistics.time_to_target import first_second, first_trial, reaching, target_from


def test_the_target_is_the_median_of_the_studies_of_random_search() -> None:
    assert target_from([3.0, 1.0, 2.0]) == 2
    assert target_from([3.0, 1.0, 2.0, 6.0]) == 2.5
    assert target_from([3.0, 1.0, nan]) == 3


@pytest.mark.parametrize("losses", [[], [inf, nan, 1.0], [1.0, inf]])
def test_there_is_no_target_where_half_of_random_search_has_no_value(losses: list[float]) -> None:
    assert target_from(losses) is None


def test_a_target_is_reached_by_the_first_loss_at_or_below_it() -> None:
    assert first_trial([nan, 3.0, inf, 2.0, 1.0], 2.0) == 4
    assert first_trial([2.0], 2.0) == 1
    assert first_trial([2.1, nan, inf], 2.0) is None
    assert first_trial([], 2.0) is None


def test_seconds_count_to_the_earliest_end_of_a_trial_that_reached_it() -> None:
    assert first_second([1.0, 2.0, 9.0, nan], [7.5, 4.0, 1.0, 0.5], 2.0) == 4.0
    assert first_second([3.0, nan], [1.0, 2.0], 2.0) is None


def test_the_median_counts_those_that_never_got_there() -> None:
    summary = reaching([10, None, 30, 20], [50, 50, 50, 50])
    assert (summary.n_seeds, summary.n_reached, summary.share, summary.median) == (4, 3, 0.75, 20)


def test_the_median_is_reached_when_just_half_of_the_studies_are_there() -> None:
    assert reaching([3, None, 5, None], [10] * 4).median == 5
    for n_seeds in range(2, 41, 2):
        half = n_seeds // 2
        assert reaching([*range(1, half + 1), *[None] * half], [99] * n_seeds).median == half


def test_fewer_than_half_have_no_median() -> None:
    summary = reaching([3, None, None], [10, 10, 10])
    assert (summary.share, summary.median) == (1 / 3, None)
    assert reaching([None, None], [5, 5]).median is None


def test_no_studies_have_no_share() -> None:
    assert isnan(reaching([], []).share)
    assert reaching([], []).median is None


def test_the_median_is_that_of_kaplan_and_meier_in_the_worked_example() -> None:
    # Weeks of remission under 6-MP, of which 12 of 21 are censored: median 23 (Freireich et al. 1963, the
    # data of Cox, Regression models and life-tables, 1972; worked in Kleinbaum and Klein, Survival Analysis).
    weeks = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    summary = reaching([*weeks, *[None] * 12], [*weeks, *censored])
    assert (summary.n_reached, summary.median) == (9, 23)


def test_studies_censored_before_others_arrive_leave_the_rest_to_decide() -> None:
    # 1 of 4 at 5 leaves 3/4; the one censored at 6 leaves two at risk; one of them at 8 leaves 3/8.
    assert reaching([5, None, 8, None], [20, 6, 20, 20]).median == 8


def test_times_and_ends_of_unequal_number_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        reaching([1, 2], [3])
