"""The limits of a study."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import tunebridge as tb
from tunebridge.budget import Budget


@pytest.mark.parametrize(
    ("n_trials", "max_seconds", "n_started", "seconds", "spent"),
    [
        (3, None, 2, 1e9, ""),
        (3, None, 3, 0.0, "n_trials"),
        (3, None, 4, 0.0, "n_trials"),
        (None, 2.0, 10**9, 1.9, ""),
        (None, 2.0, 0, 2.0, "max_seconds"),
        (3, 2.0, 3, 2.0, "n_trials"),
        (3, 2.0, 2, 2.0, "max_seconds"),
        (None, None, 10**9, 1e9, ""),
        (None, math.inf, 10, 1e9, ""),
    ],
)
def test_the_first_limit_that_is_reached_is_named(
    n_trials: int | None, max_seconds: float | None, n_started: int, seconds: float, spent: str
) -> None:
    assert Budget(n_trials=n_trials, max_seconds=max_seconds).spent(n_started, seconds) == spent


@pytest.mark.parametrize("n_trials", [0, -1, 1.0, "3", True, math.nan, [3]], ids=repr)
def test_n_trials_must_be_a_positive_integer(n_trials: Any) -> None:
    with pytest.raises(tb.ProblemError, match="n_trials must be an integer >= 1, got"):
        Budget(n_trials=n_trials, max_seconds=None)


@pytest.mark.parametrize("max_seconds", [0, -1, math.nan, "3", True, 1j, [3]], ids=repr)
def test_max_seconds_must_be_a_positive_number(max_seconds: Any) -> None:
    with pytest.raises(tb.ProblemError, match="max_seconds must be a number > 0, got"):
        Budget(n_trials=None, max_seconds=max_seconds)


@pytest.mark.parametrize(
    ("n_trials", "max_seconds"),
    [(np.int64(3), None), (None, np.float32(0.5)), (None, Fraction(1, 2)), (None, 1)],
)
def test_numpy_and_other_numbers_are_limits_too(n_trials: Any, max_seconds: Any) -> None:
    budget = Budget(n_trials=n_trials, max_seconds=max_seconds)
    assert budget.spent(0, 0.0) == ""
    assert budget.spent(3, 1.0) != ""
