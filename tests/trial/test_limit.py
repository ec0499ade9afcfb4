"""Limits of a trial: what may be one, how far a number is beyond it, and what is refused."""

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest

import tunebridge as tb


def trial() -> tb.Trial:
    return tb.Trial({}, number=3, seed=0)


@pytest.mark.parametrize(
    ("limit", "value", "excess"),
    [
        (tb.Limit(at_most=20), 25.5, 5.5),
        (tb.Limit(at_most=20), 20, 0.0),
        (tb.Limit(at_most=-1), -3, -2.0),
        (tb.Limit(at_least=0.9), 0.5, 0.4),
        (tb.Limit(at_least=0.9), 0.9, 0.0),
        (tb.Limit(at_least=0), np.float32(2), -2.0),
        (tb.Limit(at_most=np.float64(7)), np.int64(9), 2.0),
    ],
)
def test_a_number_is_beyond_its_limit_by_the_difference_and_at_the_bound_it_is_within(
    limit: tb.Limit, value: Any, excess: float
) -> None:
    one = trial()
    bounds = {limit.side: limit.bound}
    one.limit("it", value, **bounds)
    assert one.limits["it"].excess == pytest.approx(excess)
    assert one.limits["it"].is_kept == (excess <= 0)
    assert type(one.limits["it"].value) is float


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({}, "got neither at_most nor at_least"),
        ({"at_most": 1, "at_least": 0}, "got both at_most and at_least"),
        ({"at_most": math.nan}, "at_most of a limit must be a finite number, got nan"),
        ({"at_least": math.inf}, "at_least of a limit must be a finite number, got inf"),
        ({"at_most": "20"}, "at_most of a limit must be a finite number, got '20'"),
        ({"at_most": True}, "at_most of a limit must be a finite number, got True"),
    ],
    ids=repr,
)
def test_a_limit_without_one_bound_is_refused_with_the_way_to_write_it(
    bounds: dict[str, Any], said: str
) -> None:
    with pytest.raises(tb.ProblemError, match=said):
        tb.Limit(**bounds)
    with pytest.raises(tb.TrialError, match=f"limit 'size_mb': .*{said}\n  hint: write at_most=20"):
        trial().limit("size_mb", 1, **bounds)


@pytest.mark.parametrize("value", [math.nan, math.inf, None, "5", [5], True], ids=repr)
def test_what_is_no_finite_number_has_no_limit(value: Any) -> None:
    with pytest.raises(tb.TrialError, match="limit 'size_mb': the value must be a finite number, got"):
        trial().limit("size_mb", value, at_most=20)


@pytest.mark.parametrize("name", ["", None, 3], ids=repr)
def test_a_limit_needs_a_name(name: Any) -> None:
    with pytest.raises(tb.TrialError, match="a limit needs a name, got"):
        trial().limit(name, 1, at_most=20)


def test_a_limit_that_is_given_twice_is_refused_with_the_first_one() -> None:
    one = trial()
    one.limit("size_mb", 25, at_most=20)
    with pytest.raises(tb.TrialError, match=r"trial 3 has limited 'size_mb' before, to 25, 5 more than 20"):
        one.limit("size_mb", 5, at_most=20)
    assert one.limits["size_mb"].value == 25


def test_copies_of_a_trial_share_its_limits_and_one_that_travels_takes_them_along() -> None:
    one = trial()
    copy.copy(one).limit("size", 1, at_most=2)
    assert (
        pickle.loads(pickle.dumps(one)).limits == one.limits == {"size": tb.Limited(1.0, tb.Limit(at_most=2))}
    )


def test_a_trial_says_what_takes_the_place_of_optunas_constraints() -> None:
    with pytest.raises(AttributeError, match=r"write trial\.limit\('name', value, at_most=\.\.\.\)"):
        trial().set_constraint("size", 1.0)  # type: ignore[attr-defined]
