"""The race: who leaves, when, and how seldom it is wrong."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from tunebridge.confirmation.race import Race, hopeless


def raced(losses: dict[str, list[float]], tuned: float = -1.0) -> Race:
    race = Race(dict.fromkeys(losses, tuned), len(next(iter(losses.values()))))
    for place in range(len(next(iter(losses.values())))):
        for key, some in losses.items():
            if race.wants(key, place):
                race.end(key, place, some[place])
    return race


def test_nobody_leaves_before_the_sixth_round() -> None:
    race = raced({str(index): [float(index)] * 5 for index in range(5)})
    assert race.stopped == {}
    assert race.is_over


def test_the_hopeless_leave_after_the_sixth_round_and_the_best_never() -> None:
    rng = np.random.default_rng(0)
    losses = {str(index): [index + 0.1 * rng.normal() for _ in range(12)] for index in range(5)}
    race = raced(losses)
    assert race.stopped["4"] == 6
    assert "0" not in race.stopped
    assert race.is_over
    assert race.losses("4") == losses["4"][:6]


def test_of_two_the_signed_rank_test_decides() -> None:
    assert hopeless({"a": [0.0] * 6, "b": [1.0] * 6}, 2 / 64) == ["b"]
    assert hopeless({"a": [0.0] * 6, "b": [1.0] * 6}, 1.9 / 64) == []
    assert hopeless({"a": [0.0] * 6}, 0.05) == []


def test_the_order_in_which_repeats_end_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    losses = {str(index): list(rng.normal(index / 2, 1.0, 15)) for index in range(4)}
    found = raced(losses).stopped
    assert found
    cells = [(key, place) for key in losses for place in range(15)]
    for seed in range(5):
        race = Race(dict.fromkeys(losses, -9.0), 15)
        for index in np.random.default_rng(seed).permutation(len(cells)):
            key, place = cells[index]
            race.end(key, place, losses[key][place])
        assert race.stopped == found
        assert race.is_over


def test_one_that_failed_leaves_at_once() -> None:
    race = raced({"a": [0.0, 1.0, 2.0], "b": [1.0, inf, 0.0], "c": [2.0, 2.5, 2.0]})
    assert race.stopped == {"b": 2}
    assert race.losses("b") == [1.0, inf]


def test_equal_repeats_end_the_race_only_if_they_equal_what_was_tuned() -> None:
    assert raced({"a": [1.0] * 5, "b": [1.0] * 5}, tuned=1.0).stopped == {"a": 3, "b": 3}
    assert raced({"a": [1.0] * 5, "b": [1.0] * 5}, tuned=0.9).stopped == {}
    assert raced({"a": [1.0] * 5, "b": [1.0, 1.0, 1.5, 1.0, 1.0]}, tuned=1.0).stopped == {}


@pytest.mark.parametrize("n_finalists", [2, 5])
def test_of_equal_finalists_one_is_stopped_in_at_most_the_level_of_all_races(n_finalists: int) -> None:
    rng = np.random.default_rng(2)
    wrong = 0
    for _ in range(200):
        losses = {str(index): list(rng.normal(size=12)) for index in range(n_finalists)}
        wrong += bool(raced(losses).stopped)
    assert wrong <= 18  # the 99 % bound of 200 draws at 5 %
