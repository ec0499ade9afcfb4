"""Rankings over problems are those of the textbooks, and say so where there is nothing to test."""

from collections.abc import Sequence
from itertools import pairwise
from math import inf, isnan

import numpy as np
import pytest

from tunebridge.comparison.statistics.friedman import (
    Ranking,
    critical_difference,
    iman_davenport,
    rank_backends,
)

# Ranks of C4.5, with m, with cf and with both on 14 data sets (Demsar 2006, table 6, as printed there).
DEMSAR_NAMES = ["C4.5", "m", "cf", "m+cf"]
DEMSAR_RANKS: list[list[float]] = [
    [4, 3, 2, 1],
    [1, 2, 3, 4],
    [4, 1, 2, 3],
    [4, 1, 3, 2],
    [4, 2, 3, 1],
    [1, 2.5, 4, 2.5],
    [3, 2, 4, 1],
    [2.5, 2.5, 4, 1],
    [4, 3, 2, 1],
    [2.5, 2.5, 2.5, 2.5],
    [4, 2.5, 1, 2.5],
    [3, 2, 4, 1],
    [4, 1, 2, 3],
    [3, 1, 4, 2],
]
DEMSAR_TIES = 1 - (3 * (2**3 - 2) + (4**3 - 4)) / (14 * 4 * (4**2 - 1))
"""What ties leave of the variance of these ranks, by which the corrected statistic is divided."""

# Seconds of 22 players to second base by three ways of rounding first base (Hollander and Wolfe,
# Nonparametric Statistical Methods, 1999, table 7.1; R's `?friedman.test` has the same data).
ROUNDING = """
5.40 5.50 5.55  5.85 5.70 5.75  5.20 5.60 5.50  5.55 5.50 5.40  5.90 5.85 5.70  5.45 5.55 5.60  5.40 5.40 5.35
5.45 5.50 5.35  5.25 5.15 5.00  5.85 5.80 5.70  5.25 5.20 5.10  5.65 5.55 5.45  5.60 5.35 5.45  5.05 5.00 4.95
5.50 5.50 5.40  5.45 5.55 5.50  5.55 5.55 5.35  5.45 5.50 5.55  5.50 5.45 5.25  5.65 5.60 5.40  5.70 5.65 5.55
6.30 6.30 6.25
"""


def problems(table: Sequence[Sequence[float]], names: list[str]) -> dict[str, dict[str, list[float]]]:
    """Make a problem of one seed of each row."""
    return {
        f"problem {number}": {name: [loss] for name, loss in zip(names, row, strict=True)}
        for number, row in enumerate(table)
    }


def demsar(level: float = 0.05) -> Ranking:
    return rank_backends(problems(DEMSAR_RANKS, DEMSAR_NAMES), level=level)


def test_mean_ranks_and_statistics_are_those_of_demsar() -> None:
    ranking = demsar()
    assert ranking.n_problems == 14
    assert [round(ranking.mean_ranks[name], 3) for name in DEMSAR_NAMES] == [3.143, 2.000, 2.893, 1.964]
    assert list(ranking.mean_ranks) == ["m+cf", "m", "cf", "C4.5"]
    # The paper does not correct for ties.
    assert ranking.chi_square * DEMSAR_TIES == pytest.approx(9.28, abs=0.005)
    assert iman_davenport(9.28, 14, 4)[0] == pytest.approx(3.69, abs=0.005)


@pytest.mark.parametrize(("level", "quantile", "difference"), [(0.05, 2.569, 1.25), (0.10, 2.291, 1.12)])
def test_critical_differences_are_those_of_demsar(level: float, quantile: float, difference: float) -> None:
    assert critical_difference(14, 4, level) == pytest.approx(difference, abs=0.005)
    assert critical_difference(14, 4, level) / np.sqrt(4 * 5 / (6 * 14)) == pytest.approx(quantile, abs=0.001)


def test_groups_are_those_of_demsar() -> None:
    # Section 3.2.4: at 0.05 not even the best and the worst differ; at 0.10 C4.5 is worse than m and m+cf,
    # and of cf it cannot be told to which group it belongs.
    assert demsar(0.05).groups == (("m+cf", "m", "cf", "C4.5"),)
    assert demsar(0.10).groups == (("m+cf", "m", "cf"), ("cf", "C4.5"))


@pytest.mark.parametrize("level", [0.05, 0.10])
def test_pairs_within_the_critical_difference_are_those_whose_p_is_above_the_level(level: float) -> None:
    ranking = demsar(level)
    assert len(ranking.p_pairs) == 6
    for (better, worse), p in ranking.p_pairs.items():
        distance = ranking.mean_ranks[worse] - ranking.mean_ranks[better]
        assert (distance >= ranking.critical_difference) == (p <= level)


def test_the_statistic_corrected_for_ties_is_that_of_hollander_and_wolfe() -> None:
    table = np.reshape([float(number) for number in ROUNDING.split()], (22, 3)).tolist()
    ranking = rank_backends(problems(table, ["round out", "narrow angle", "wide angle"]))
    assert ranking.chi_square == pytest.approx(11.143, abs=0.0005)
    assert ranking.p_chi_square == pytest.approx(0.003805, abs=5e-7)
    assert ranking.different
    assert ranking.groups == (("wide angle", "narrow angle"), ("narrow angle", "round out"))


def test_problems_are_the_blocks_and_seeds_are_none() -> None:
    one = problems(DEMSAR_RANKS, DEMSAR_NAMES)
    many = {
        problem: {name: [loss[0] - 9, loss[0], loss[0] + 9] for name, loss in by_backend.items()}
        for problem, by_backend in one.items()
    }
    assert rank_backends(many) == rank_backends(one)


def test_backends_without_a_value_in_most_seeds_share_the_last_rank() -> None:
    losses = {"a": [1.0, 2.0, inf], "b": [0.0, inf, inf], "c": [inf, inf, inf]}
    assert rank_backends({"problem": losses}).mean_ranks == {"a": 1.0, "b": 2.5, "c": 2.5}


@pytest.mark.parametrize(
    ("n_problems", "n_backends", "reason"),
    [
        (5, 3, "at least 6 problems, not 5"),
        (6, 2, "at least 3 backends, not 2"),
        (1, 1, "6 problems, not 1, and 3"),
    ],
)
def test_too_few_problems_or_backends_are_ranked_without_a_test(
    n_problems: int, n_backends: int, reason: str
) -> None:
    names = ["a", "b", "c"][:n_backends]
    ranking = rank_backends(problems([[1.0, 2.0, 3.0][:n_backends]] * n_problems, names))
    assert reason in ranking.impossible
    assert ranking.mean_ranks == {name: rank for rank, name in enumerate(names, 1)}
    assert isnan(ranking.p)
    assert not ranking.different
    assert (ranking.p_pairs, ranking.groups) == ({}, ())


def test_six_problems_that_all_agree_tell_the_best_from_the_worst() -> None:
    ranking = rank_backends(problems([[1.0, 2.0, 3.0]] * 6, ["a", "b", "c"]))
    assert (ranking.impossible, ranking.f, ranking.p) == ("", inf, 0.0)
    assert ranking.groups == (("a", "b"), ("b", "c"))


def test_backends_that_tie_everywhere_are_one_group() -> None:
    ranking = rank_backends(problems([[1.0, 1.0, 1.0]] * 8, ["a", "b", "c"]))
    assert (ranking.chi_square, ranking.p, ranking.groups) == (0.0, 1.0, (("a", "b", "c"),))
    assert set(ranking.p_pairs.values()) == {1.0}


def test_no_group_holds_another_and_together_they_hold_all() -> None:
    rng = np.random.default_rng(0)
    names = list("abcdefg")
    ranking = rank_backends(problems((rng.normal(size=(30, 7)) + np.arange(7) / 3).tolist(), names))
    assert len(ranking.groups) > 2
    assert {name for group in ranking.groups for name in group} == set(names)
    assert not any(
        set(one) <= set(other) or set(other) <= set(one) for one, other in pairwise(ranking.groups)
    )


@pytest.mark.slow
def test_equal_backends_differ_in_at_most_6_of_100_comparisons() -> None:
    rng = np.random.default_rng(1)
    found = [
        rank_backends(problems(rng.normal(size=(10, 4)).tolist(), DEMSAR_NAMES)).different
        for _ in range(1_000)
    ]
    assert 0.03 <= np.mean(found) <= 0.065


@pytest.mark.parametrize("losses", [{}, {"one": {"a": [1.0]}, "other": {"b": [1.0]}}])
def test_no_problem_and_problems_of_different_backends_are_refused(
    losses: dict[str, dict[str, list[float]]],
) -> None:
    with pytest.raises(ValueError, match=r"at least one problem|not so \['other'\]"):
        rank_backends(losses)


def test_rounding_does_not_untie_what_is_tied() -> None:
    ranking = rank_backends({"p": {"a": [0.1 + 0.2], "b": [0.3]}, "q": {"a": [1.0], "b": [1.0 - 1e-15]}})
    assert ranking.mean_ranks == {"a": 1.5, "b": 1.5}
