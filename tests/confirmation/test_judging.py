"""The interval of a winner: it allows for its having won, and covers."""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from tunebridge.comparison.statistics.paired import Verdict
from tunebridge.confirmation.judging import all_pairs, interval_of, not_told_apart


def test_it_is_students_at_the_level_divided_by_the_finalists() -> None:
    values = [1.0, 2.0, 4.0, 7.0]
    low, high = interval_of("a", {"a": values}, 5)
    expected = stats.t.interval(0.99, 3, np.mean(values), stats.sem(values))
    assert (low, high) == pytest.approx(expected)


def test_the_spread_is_that_of_all_if_the_winners_own_is_smaller() -> None:
    low, high = interval_of("a", {"a": [1.0, 1.0, 1.0], "b": [1.0, 2.0, 3.0]}, 2)
    assert high - low == pytest.approx(2 * stats.t.ppf(0.9875, 2) * np.sqrt(0.5) / np.sqrt(3))


NOISES: dict[str, Callable[[np.random.Generator], NDArray[np.float64]]] = {
    "normal": lambda rng: rng.normal(size=(5, 6)),
    "of another size for one": lambda rng: np.array([[1], [1], [1], [1], [5]]) * rng.normal(size=(5, 6)),
    "skewed": lambda rng: rng.exponential(size=(5, 6)) - 1,
    "skewed the other way": lambda rng: 1 - rng.exponential(size=(5, 6)),
    "heavy": lambda rng: rng.lognormal(size=(5, 6)) - np.exp(0.5),
}


@pytest.mark.parametrize("noise", NOISES)
def test_it_covers_the_winner_of_equal_finalists(noise: str) -> None:
    rng, covered = np.random.default_rng(0), 0
    for _ in range(300):
        repeats = {str(index): list(some) for index, some in enumerate(NOISES[noise](rng))}
        winner = min(repeats, key=lambda key: fmean(repeats[key]))
        low, high = interval_of(winner, repeats, 5)
        covered += low <= 0 <= high
    assert covered / 300 >= 0.93


def test_students_own_interval_would_miss_the_winner_of_skewed_noise() -> None:
    rng, covered = np.random.default_rng(0), 0
    for _ in range(300):
        repeats = NOISES["skewed"](rng)
        own = repeats[repeats.mean(axis=1).argmin()]
        low, high = stats.t.interval(0.95, 5, own.mean(), stats.sem(own))
        covered += low <= 0 <= high
    assert covered / 300 < 0.75


def test_winners_are_told_apart_by_the_tests_of_all_pairs() -> None:
    losses = {"a": [0.0] * 12, "b": [1.0] * 12, "c": [0.0, -1.0] * 6}
    tests = all_pairs(losses)
    assert len(tests) == 3
    assert not_told_apart("a", tests) == ["c"]
    assert all_pairs({"a": [0.0] * 12}) == []
    assert {test.verdict for test in all_pairs({key: some[:5] for key, some in losses.items()})} == {
        Verdict.IMPOSSIBLE
    }
