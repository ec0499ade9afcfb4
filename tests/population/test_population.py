"""What is said of a population is checked, all of it at once."""

from typing import Any

import pytest

import tunebridge as tb


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"size": 1}, "an integer size >= 2, got 1"),
        ({"size": 2.5}, "an integer size >= 2"),
        ({"every": 0}, "an integer every >= 1, got 0"),
        ({"quantile": 0.0}, "0 < quantile <= 0.5, got 0.0"),
        ({"quantile": 0.51}, "0 < quantile <= 0.5"),
        ({"resample": -0.1}, "0 <= resample <= 1"),
        ({"factors": []}, "factors, a list of numbers > 0 other than 1"),
        ({"factors": [1]}, "factors, a list of numbers > 0 other than 1"),
        ({"factors": "1.2"}, "factors, a list of numbers > 0 other than 1"),
        ({"params": "lr"}, "params, a list of names"),
        ({"params": []}, "params, a list of names"),
        ({"explore": None}, 'explore="perturb" or a backend'),
    ],
)
def test_what_breaks_a_rule_is_refused_with_the_rule(given: dict[str, Any], rule: str) -> None:
    with pytest.raises(tb.ProblemError, match="a Population needs") as caught:
        tb.Population(**{"size": 8, "every": 5, **given})
    assert rule in caught.value.message


def test_all_faults_come_at_once() -> None:
    with pytest.raises(tb.ProblemError, match=r"size >= 2.*every >= 1.*quantile"):
        tb.Population(size=0, every=0, quantile=2)


@pytest.mark.parametrize(("size", "quantile", "n"), [(8, 0.25, 2), (2, 0.25, 1), (5, 0.5, 2), (10, 0.2, 2)])
def test_a_quantile_is_at_least_one_member_and_at_most_half(size: int, quantile: float, n: int) -> None:
    assert tb.Population(size=size, every=1, quantile=quantile).n_copied == n


def test_an_interval_is_over_with_its_last_step() -> None:
    population = tb.Population(size=2, every=5)
    assert [population.interval(step) for step in (0, 3, 4, 8, 9)] == [0, 0, 1, 1, 2]
