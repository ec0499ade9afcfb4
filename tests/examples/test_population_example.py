"""The paper's quadratic: alone both workers fail, as a population they find the top."""

import pytest

from tests.examples.running_examples import load, run


@pytest.mark.parametrize("seed", range(10))
def test_a_population_finds_what_its_members_alone_do_not(seed: int) -> None:
    alone, together = load("quadratic_population").main(n_steps=300, seed=seed)
    assert alone.best_value == pytest.approx(0.39, abs=0.001)
    assert together.best_value >= 1.19


def test_the_example_says_so() -> None:
    _, printed = run("quadratic_population")
    assert "alone:      0.390" in printed
    assert "population: 1.2" in printed
