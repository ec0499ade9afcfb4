"""Finding a choice: by what it is, by its label, or as somebody wrote it."""

import copy
import datetime as dt
import enum
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import tunebridge as tb
from tunebridge.space.matching import Choices, same


class Alike:
    """Equal to everything, and of one hash."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1

    def __repr__(self) -> str:
        return f"Alike({self.name})"


class Raising:
    """Cannot be compared, nor hashed."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        raise TypeError("not with me")

    def __repr__(self) -> str:
        return f"Raising({self.name})"


class Colour(enum.IntEnum):
    RED = 1
    BLUE = 2


CHOICES: dict[str, list[Any]] = {
    "a text and a number": ["1", 1],
    "None and its name": [None, "None"],
    "across types": [True, 1, 1.0, Fraction(1), Colour.RED],
    "zeros": [-0.0, 0.0, 0, False],
    "NaN": [float("nan"), "nan", 1.0],
    "equal to everything": [Alike("a"), Alike("b"), Alike("c")],
    "not to be compared": [Raising("a"), Raising("b"), "Raising(a)"],
    "arrays": [np.zeros(2), np.ones(2), np.zeros(3), 0.0],
    "frames": [pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})],
    "tensors": [torch.zeros(2), torch.ones(2)],
    "lists": [[1], [2], "[1]", (1,)],
    "lists that are equal": [[1], [True], [1.0], [0.0], [-0.0], [float("nan")]],
    "dicts that are equal": [{"a": 1}, {"a": True}, {"a": 1.0}],
    "tuples that are equal": [(1,), (True,), (1.0,), (0.0,), (-0.0,)],
    "sets": [{"b", "a"}, frozenset("ab"), frozenset("cd")],
    "dates of numpy": [np.datetime64("2020-01-01T00:00:00.000000001"), np.datetime64("2021-01-01")],
}


@pytest.mark.parametrize("kind", [tb.Categorical, tb.Ordinal])
@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_is_found_as_itself_and_under_its_own_label(kind: Any, name: str) -> None:
    choices = CHOICES[name]
    parameter = tb.Space(x=kind(choices))["x"]
    assert isinstance(parameter, tb.Categorical | tb.Ordinal)
    assert len(set(parameter.labels)) == len(choices)
    for place, (label, value) in enumerate(zip(parameter.labels, choices, strict=True)):
        assert parameter.read(value) is value
        assert parameter.index(value) == place
        assert parameter.to_natural(value) == label
        assert parameter.from_natural(label) is value


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
@pytest.mark.parametrize("name", sorted(CHOICES.keys() - {"frames", "tensors"}))
def test_a_copy_of_a_space_finds_its_own_choices(name: str, copied: Any) -> None:
    parameter = copied(tb.Categorical(CHOICES[name]))
    assert [parameter.to_natural(value) for value in parameter.values] == list(parameter.labels)


@pytest.mark.parametrize(
    ("choices", "given", "label"),
    [
        ([-0.0, 0.0], float("-0.0"), "-0.0"),
        ([0.0, -0.0], float("-0.0"), "-0.0"),
        ([1.0, float("nan")], float("nan"), "nan"),
        ([True, 1, 1.0], np.float64(1), "1.0"),
        ([True, 1, 1.0], np.int8(1), "1"),
        ([True, 1, 1.0], np.True_, "True"),
        ([Colour.BLUE, 1], Colour.RED, "1"),
        ([np.zeros(2), np.ones(2)], np.ones(2), "array([1., 1.])"),
        ([{"b", "a"}], {"a", "b"}, "{'a', 'b'}"),
        ([frozenset("ab")], {"a", "b"}, "frozenset({'a', 'b'})"),
        (["1", 1], "1", "'1'"),
        (["1", 1], "'1'", "'1'"),
        ([1, 2], "1", "1"),
        ({"a": "b", "b": "a"}, "b", "a"),
        ({"10": "small", "20.0": "large"}, 10, "10"),
        ({"10": "small", "20.0": "large"}, 20, "20.0"),
        ({"10": "small", "20.0": "large"}, np.float32(10), "10"),
    ],
)
def test_what_people_write_is_a_value_then_a_label_then_the_label_of_a_number(
    choices: Any, given: Any, label: str
) -> None:
    parameter = tb.Categorical(choices)
    assert parameter.labels[parameter.index(given)] == label


@pytest.mark.parametrize(
    ("choices", "given"),
    [
        ({"1": "a", "1.0": "b"}, 1.5),
        ({"1.0": "a", "1e0": "b"}, 1),
        ({"1": "a"}, True),
        ({"nan": "a"}, float("nan")),
        ([1, 2], np.arange(2)),
        (["a"], ["a"]),
    ],
)
def test_what_is_none_of_these_is_refused(choices: Any, given: Any) -> None:
    with pytest.raises(ValueError, match="must be one of"):
        tb.Categorical(choices).index(given)


@pytest.mark.parametrize("given", ["1", 1, "b", None])
def test_a_label_is_never_taken_for_a_value_nor_a_value_for_a_label(given: Any) -> None:
    parameter = tb.Categorical({"'1'": "1", "a": "b", "c": 1, "d": None})
    with pytest.raises(ValueError, match="must be one of"):
        parameter.from_natural(given)


def test_a_constant_keeps_its_label_when_the_objective_changes_it() -> None:
    parameter = tb.Constant([1])
    parameter.value.append(2)
    assert parameter.to_natural(parameter.value) == "[1]"
    assert parameter.from_natural("[1]") is parameter.value


def test_an_error_names_twenty_labels_and_counts_the_rest() -> None:
    with pytest.raises(ValueError, match=r"must be one of 0, .*, 19 and 980 more, got -1"):
        tb.Categorical(list(range(1000))).read(-1)


class Counted:
    """Counts its comparisons."""

    n = 0

    def __init__(self, number: int) -> None:
        self.number = number

    def __hash__(self) -> int:
        return hash(self.number)

    def __eq__(self, other: object) -> bool:
        Counted.n += 1
        return isinstance(other, Counted) and self.number == other.number


def test_finding_every_choice_takes_a_number_of_comparisons_that_is_linear() -> None:
    size = 2000
    choices = Choices([Counted(number) for number in range(size)], [f"label {n}" for n in range(size)])
    Counted.n = 0
    known = [choices.of_value(Counted(number)) for number in range(size)]
    known += [choices.of_label(f"label {number}") for number in range(size)]
    assert known == [*range(size), *range(size)]
    assert Counted.n <= 4 * size


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (1, 1.0, True),
        (np.arange(3), np.arange(3), True),
        (np.arange(3), np.arange(4), False),
        (np.arange(5000), np.arange(5000), True),
        (np.arange(5000), np.where(np.arange(5000) == 2500, 0, np.arange(5000)), False),
        (np.ones(1), 1.0, False),
        (pd.DataFrame({"a": range(500)}), pd.DataFrame({"a": range(500)}), True),
        (pd.DataFrame({"a": range(500)}), pd.DataFrame({"a": [0] * 500}), False),
        (float("nan"), float("nan"), True),
        (dt.date(2020, 1, 1), dt.date(2020, 1, 2), False),
    ],
)
def test_values_that_cannot_be_compared_as_a_whole_are_the_same_if_all_of_them_is(
    left: Any, right: Any, expected: bool
) -> None:
    assert same(left, right) is expected
