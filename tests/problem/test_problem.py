"""Problem: objective, space and direction(s), and how returned values are read."""

import copy
import dataclasses
import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import tunebridge as tb

SPACE = tb.Space(x=tb.Float(0, 1))
ONE = tb.Problem(len, SPACE)
TWO = tb.Problem(len, SPACE, direction=["minimize", "maximize"])


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("minimize", ("minimize",)),
        ("maximize", ("maximize",)),
        (tb.Direction.MAXIMIZE, ("maximize",)),
        (["minimize", "maximize"], ("minimize", "maximize")),
        (("maximize",), ("maximize",)),
    ],
    ids=repr,
)
def test_directions_are_one_per_objective(direction: Any, expected: tuple[str, ...]) -> None:
    directions = tb.Problem(len, SPACE, direction).directions
    assert directions == expected
    assert {type(one) for one in directions} == {tb.Direction}


def test_the_direction_is_minimize_when_left_out() -> None:
    assert ONE.directions == (tb.Direction.MINIMIZE,)


def test_the_sign_turns_a_value_into_a_loss() -> None:
    assert (tb.Direction.MINIMIZE.sign, tb.Direction.MAXIMIZE.sign) == (1.0, -1.0)


def test_changing_the_list_of_directions_changes_nothing() -> None:
    names = ["minimize", "maximize"]
    problem = tb.Problem(len, SPACE, names)
    names.pop()
    assert len(problem.directions) == 2


@pytest.mark.parametrize("problem", [ONE, TWO], ids=["one", "two"])
def test_problems_survive_pickling_and_copying_and_stay_hashable(problem: tb.Problem) -> None:
    for twin in (pickle.loads(pickle.dumps(problem)), copy.copy(problem), copy.deepcopy(problem)):
        assert (twin, hash(twin)) == (problem, hash(problem))
    assert dataclasses.replace(problem, direction="maximize").directions == (tb.Direction.MAXIMIZE,)


def test_a_problem_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ONE.direction = "maximize"  # type: ignore[misc]


@pytest.mark.parametrize(
    "returned", [2, 2.0, np.float32(2), np.int64(2), np.array(2.0), Fraction(2), np.float64(2)], ids=repr
)
def test_one_number_is_read_as_one_builtin_float(returned: Any) -> None:
    values = ONE.read_values(returned)
    assert values == (2.0,)
    assert type(values[0]) is float


@pytest.mark.parametrize(
    "returned", [(1, 2), [1.0, 2.0], np.array([1.0, 2.0]), (np.float32(1), np.int64(2))], ids=repr
)
def test_one_number_per_direction_is_read_in_order(returned: Any) -> None:
    values = TWO.read_values(returned)
    assert values == (1.0, 2.0)
    assert {type(value) for value in values} == {float}


@pytest.mark.parametrize(
    "returned",
    [None, "1", b"1", (1.0,), {"loss": 1.0}, math.nan, -math.inf, 10**400, 1j, object],
    ids=lambda value: repr(value)[:12],
)
def test_what_is_no_finite_number_is_an_objective_error(returned: Any) -> None:
    with pytest.raises(tb.ObjectiveError, match="must return a"):
        ONE.read_values(returned)


@pytest.mark.parametrize(
    "returned", [1.0, None, "12", {"a": 1, "b": 2}, (1.0,), (1, 2, 3), (1, None), (1, math.nan)]
)
def test_what_is_not_one_number_per_direction_is_an_objective_error(returned: Any) -> None:
    with pytest.raises(tb.ObjectiveError, match="must return"):
        TWO.read_values(returned)


def test_a_number_that_cannot_be_turned_into_a_float_is_an_objective_error() -> None:
    class Stubborn:
        def __float__(self) -> float:
            raise RuntimeError("a tensor with two elements")

    with pytest.raises(tb.ObjectiveError, match="must return a number"):
        ONE.read_values(Stubborn())


def test_the_hint_for_a_dict_with_a_loss_is_to_return_the_number() -> None:
    with pytest.raises(tb.ObjectiveError) as caught:
        ONE.read_values({"loss": 0.5, "status": "ok"})
    assert "result['loss']" in caught.value.hint


def test_a_single_direction_is_refused_for_several_objectives() -> None:
    assert ONE.single_direction("best_trial", hint="use best_trials") is tb.Direction.MINIMIZE
    with pytest.raises(tb.UnsupportedError, match=r"best_trial needs one objective.* 2\n.*use best_trials"):
        TWO.single_direction("best_trial", hint="use best_trials")


@pytest.mark.parametrize(("stated", "given"), [("maximize", "minimize"), ("minimize", "maximize")])
def test_an_objective_may_say_its_direction(stated: str, given: str) -> None:
    class Scored:
        direction = stated

        def __call__(self, trial: tb.Trial) -> float:
            return float(trial["x"])

    assert tb.Problem(Scored(), SPACE, direction=stated).direction == stated
    with pytest.raises(tb.ProblemError, match=rf"{stated}d, .* is '{given}'") as caught:
        tb.Problem(Scored(), SPACE, direction=given)
    assert caught.value.hint == f"Problem(objective, space, direction={stated!r})"


def test_what_an_objective_means_by_direction_may_be_something_else() -> None:
    class Moving:
        direction = "north"

        def __call__(self, trial: tb.Trial) -> float:
            return float(trial["x"])

    assert tb.Problem(Moving(), SPACE).direction == "minimize"
