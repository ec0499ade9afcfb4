"""A population that is given in place of something else is told where it belongs."""

from collections.abc import Callable
from typing import Any

import pytest

import tunebridge as tb

POPULATION: Any = tb.Population(size=2, every=1)


@pytest.mark.parametrize("choose", [tb.backend, tb.pruner, tb.executor, tb.observer])
def test_a_population_is_named_as_nothing_else(choose: Callable[..., Any]) -> None:
    with pytest.raises(tb.UnknownNameError, match="a population is no ") as caught:
        choose(POPULATION)
    assert "tune(..., population=Population(size=2, every=1" in caught.value.hint


def test_a_population_as_an_option_is_said_to_the_study() -> None:
    with pytest.raises(tb.OptionError, match="has no option 'population'") as caught:
        tb.backend("optuna:tpe", population=POPULATION)
    assert "said to the study itself" in caught.value.hint
