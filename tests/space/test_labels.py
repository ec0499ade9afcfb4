"""Labels of choices that were given without one, in this process and in the next."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
import xgboost
from sklearn.pipeline import make_pipeline

from tunebridge.space.labels import label_of, unstable


@dataclass(frozen=True)
class Config:
    tags: Any


class Pair(NamedTuple):
    tags: Any


class Slotted:
    __slots__ = ("tags",)

    def __init__(self, tags: Any) -> None:
        self.tags = tags

    def __repr__(self) -> str:
        return f"Slotted({self.tags})"


CODE = """
from tunebridge.space.labels import label_of
print(label_of([{"b", "a"}, {"k": [{"q", "p"}]}, {frozenset("ab"), ("c", frozenset("xy"))}, {None, 1}]))
"""


def test_the_label_of_a_set_is_the_same_in_every_process() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", CODE],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "123"
    }
    assert len(printed) == 1


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ({"b", "a"}, "{'a', 'b'}"),
        (frozenset({"b", "a"}), "frozenset({'a', 'b'})"),
        (({"b", "a"},), "({'a', 'b'},)"),
        ([{"b", "a"}, ()], "[{'a', 'b'}, ()]"),
        ({"k": {"b", "a"}}, "{'k': {'a', 'b'}}"),
    ],
)
def test_sets_are_shown_in_order(value: Any, label: str) -> None:
    assert label_of(value) == label
    assert unstable(label, value) == ""


@pytest.mark.parametrize("value", [{3, 1, 8, 0}, [1, {2: "b", 1: "a"}], set(), {"a"}, "{'b', 'a'}", dict])
def test_what_has_no_changing_order_is_labelled_by_its_repr(value: Any) -> None:
    assert label_of(value) == repr(value)
    assert unstable(repr(value), value) == ""


def test_a_list_within_itself_has_a_label() -> None:
    value: list[Any] = [{"b", "a"}]
    value.append(value)
    assert label_of(value) == "[{'a', 'b'}, [...]]"


@pytest.mark.parametrize(
    "value",
    [
        Config({"b", "a"}),
        [Config(frozenset("ab"))],
        Pair({"b", "a"}),
        Slotted({"b", "a"}),
        partial(print, {"b", "a"}),
        Config([{"x": {"b", "a"}}]),
    ],
    ids=["dataclass", "list", "named tuple", "slots", "partial", "deep"],
)
def test_what_an_object_shows_of_its_sets_does_not_last(value: Any) -> None:
    assert unstable(label_of(value), value) == "holds a set, whose order changes"


@pytest.mark.parametrize(
    "value", [Config({1, 2}), Config({"a"}), Config(["b", "a"]), Config({"a": 1})], ids=repr
)
def test_an_object_that_shows_no_changing_order_has_a_label_that_lasts(value: Any) -> None:
    assert unstable(label_of(value), value) == ""


def test_modules_are_not_searched_for_sets() -> None:
    assert unstable("{sys}", Config(sys)) == ""


def test_an_address_does_not_last() -> None:
    assert unstable(repr(object()), object()) == "holds a memory address"


def test_a_label_of_ones_own_lasts_whatever_the_object_holds() -> None:
    assert unstable("mine", Config({"b", "a"})) == ""


@pytest.mark.parametrize(
    "held", [lambda one: one, lambda one: [(one,)], make_pipeline], ids=["", "list", "pipeline"]
)
def test_a_label_draws_no_random_number(held: Callable[[Any], Any]) -> None:
    state = np.random.RandomState(0)
    value = held(xgboost.XGBClassifier(random_state=state))
    assert label_of(value) == label_of(value)
    assert state.randint(1000) == np.random.RandomState(0).randint(1000)
