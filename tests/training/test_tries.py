"""What has been tried is not tried again, and answers for nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tunebridge.training.tries import (
    Tries,
    able_to_change,
    changed_stand_in,
    described,
    is_same,
    other_values,
    reason_against,
    stand_in,
)


def counted(tries: Tries[int], *questions: Any) -> list[int]:
    """Return the answers, each of which is the number of its try."""
    n_tries = 0

    def attempt() -> int:
        nonlocal n_tries
        n_tries += 1
        return n_tries

    return [tries.find([question], attempt) for question in questions]


def test_an_equal_question_is_tried_once() -> None:
    assert counted(Tries(), {"lr": 0.5}, {"lr": 0.5}, [int, (1, None)], [int, (1, None)]) == [1, 1, 2, 2]


def test_values_that_python_calls_equal_are_other_questions_if_their_types_differ() -> None:
    assert counted(Tries(), 1, 1.0, True, "1", (1,), [1]) == [1, 2, 3, 4, 5, 6]


def test_what_may_change_unseen_is_tried_each_time() -> None:
    assert counted(Tries(), [object()], [object()]) == [1, 2]
    with pytest.raises(TypeError, match="object is no plain data"):
        described({"one": object()})


def test_no_more_is_remembered_than_is_allowed() -> None:
    assert counted(Tries(2), 1, 2, 1, 3, 1) == [1, 2, 1, 3, 4]


@pytest.mark.parametrize(
    ("value", "default", "stands"),
    [
        (0.37, 0.1, 0.1),
        (0.37, 0.0, 0.5),
        (0.0, 0.1, 0.0),
        (1.0, 0.1, 1.0),
        (-3.0, None, -0.5),
        (7.5, None, 2.0),
        (3, 5, 3),
        (True, False, True),
        ("optimal", "constant", "optimal"),
        ((0.5, 0.7), (0.9, 0.999), (0.9, 0.999)),
        ((0.0, 0.7), (0.9, 0.999), (0.0, 0.999)),
        (float("inf"), 0.1, float("inf")),
    ],
)
def test_a_float_stands_for_those_of_its_range_and_all_else_for_itself(
    value: Any, default: Any, stands: Any
) -> None:
    assert stand_in(value, default) == stands


@pytest.mark.parametrize(
    ("old", "new", "stands"),
    [(0.1, 0.2, 0.05), (0.1, 0.0, 0.0), (0.1, 1.0, 1.0), (3, 4, 4), ((0.9, 0.5), (0.8, 0.5), (0.05, 0.1))],
)
def test_a_new_value_of_the_same_range_is_another_one(old: Any, new: Any, stands: Any) -> None:
    default = (0.1, 0.1) if isinstance(old, tuple) else 0.1
    assert changed_stand_in(old, new, default) == stands


@pytest.mark.parametrize("value", [True, False, 0, 1, 7, 0.0, 0.3, 1.0, 6.0, -0.8])
def test_other_values_are_other_ones_of_the_same_type(value: float) -> None:
    others = other_values(value)
    assert others
    assert value not in others
    assert {type(other) for other in others} == {type(value)}


def test_a_param_can_change_if_one_of_its_other_values_is_right() -> None:
    def faults(changed: Any) -> dict[str, str]:
        return {"share": f"{changed['share']} is too much"} if changed["share"] > 1 else {}

    assert reason_against("share", 1.0, faults) == ""
    assert reason_against("share", 8.0, faults) == "16.0 is too much"


def test_params_that_can_change_are_numbers_or_tuples_of_them() -> None:
    def faults(changed: Any) -> dict[str, str]:
        return {name: "no" for name in changed if name == "fixed"}

    values = {"rate": 0.1, "sizes": (3, 4), "fixed": 1, "word": "sgd", "none": None, "empty": ()}
    assert able_to_change(values, faults) == ["rate", "sizes"]
    assert other_values((0.5, 4)) == ((0.25, 8),)


def test_values_are_the_same_if_they_are_one_object_or_equal_plain_data() -> None:
    thing = object()
    assert is_same(thing, thing)
    assert is_same([0.1], [0.1])
    assert not is_same(1, 1.0)
    assert not is_same(thing, object())
