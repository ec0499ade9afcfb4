"""The tree of a space as a library's own."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tunebridge as tb
from tunebridge.testing import spaces

WARM = tb.Categorical({"no": None, "yes": tb.Space(n=tb.Int(1, 5))})
SPACE = tb.Space(
    x=tb.Float(0, 1),
    opt=tb.Categorical(
        {
            "sgd": tb.Space(momentum=tb.Float(0, 1), warm=WARM),
            "adam": tb.Space(momentum=tb.Float(0.5, 1)),
            "none": None,
        }
    ),
    fixed=tb.Constant(3),
    only=tb.Categorical({"one": tb.Space(depth=tb.Int(1, 3), width=tb.Constant(8))}),
)


def leaf(node: tb.Node, beside: Any) -> Any:
    return node.name


def choice(node: tb.Node, branches: Mapping[str, Mapping[str, Any]], beside: Any) -> Any:
    return {label: dict(inside) for label, inside in branches.items()}


def test_branches_are_trees_and_what_is_fixed_is_left_out() -> None:
    assert tb.fold(SPACE, leaf, choice) == {
        "x": "x",
        "opt": {
            "sgd": {
                "opt.sgd.momentum": "momentum",
                "opt.sgd.warm": {"no": {}, "yes": {"opt.sgd.warm.yes.n": "n"}},
            },
            "adam": {"opt.adam.momentum": "momentum"},
            "none": {},
        },
        "only.one.depth": "depth",
    }


def test_a_space_without_parameters_is_an_empty_tree() -> None:
    assert tb.fold(tb.Space(), leaf, choice) == {}


@given(spaces(conditions=False))
def test_every_free_parameter_is_folded_once_in_order_and_no_condition_stands_beside_a_branch(
    space: tb.Space,
) -> None:
    folded: list[str] = []

    def note(node: tb.Node, beside: tb.Node | tuple[Any, ...]) -> str:
        assert beside == ()
        folded.append(node.path)
        return node.path

    def paths(native: Any) -> list[str]:
        if not isinstance(native, Mapping):
            return []
        return [found for path, one in native.items() for found in (path, *paths_of_branches(one))]

    def paths_of_branches(native: Any) -> list[str]:
        branches = native.values() if isinstance(native, Mapping) else ()
        return [path for branch in branches for path in paths(branch)]

    def note_choice(node: tb.Node, branches: Mapping[str, Mapping[str, Any]], beside: Any) -> Any:
        assert isinstance(node.parameter, tb.Categorical)
        assert tuple(branches) == node.parameter.labels
        note(node, beside)
        return branches

    tree = tb.fold(space, note, note_choice)
    free = [node.path for node in space.nodes if not node.fixed]
    assert paths(tree) == free
    assert sorted(folded) == sorted(free)


@pytest.mark.parametrize("backend", ["hyperopt:tpe", "sklearn:random"])
def test_the_nested_natives_of_libraries_are_folds(backend: str) -> None:
    for seed in range(20):
        params = SPACE.sample(seed)
        assert tb.decode(SPACE, backend, tb.explain(SPACE, backend).encode(params)) == params


BOOSTER = tb.Categorical({"gbtree": 0, "dart": 1, "gblinear": 2})


def test_labels_of_one_choice_are_branches_with_one_native_and_other_conditions_stand_beside() -> None:
    space = tb.Space(
        booster=BOOSTER,
        depth=tb.Int(1, 9, when={"booster": [0, 1]}),
        n=tb.Int(1, 3),
        units=tb.Int(4, 128, when={"n": tb.Between(2, None)}),
        drop=tb.Space(
            rate=tb.Float(0, 1),
            kind=tb.Categorical({"a": tb.Space(k=tb.Int(0, 9)), "b": None}, when={"n": 3}),
            when={"booster": 1},
        ),
    )

    def shown(node: tb.Node, beside: Any) -> Any:
        return [node.name, *map(str, beside)]

    def chosen(node: tb.Node, branches: Mapping[str, Any], beside: Any) -> Any:
        return [dict(branches), *map(str, beside)]

    tree = tb.fold(space, shown, chosen)
    both = "booster is 1 and n is 3"
    assert tree == {
        "booster": [
            {
                "gbtree": {"depth": ["depth"]},
                "dart": {"depth": ["depth"], "drop.rate": ["rate"]},
                "gblinear": {},
            }
        ],
        "n": ["n"],
        "units": ["units", "n >= 2"],
        "drop.kind": [{"a": {"drop.kind.a.k": ["k", both]}, "b": {}}, both],
    }  # fmt: skip
    inside = tree["booster"][0]
    assert inside["gbtree"]["depth"] is inside["dart"]["depth"]


@given(spaces(), st.integers(0, 2**32))
def test_what_a_tree_says_is_active_is_what_the_space_says(space: tb.Space, seed: int) -> None:
    made: list[str] = []

    def leaf(node: tb.Node, beside: Any) -> Any:
        made.append(node.path)
        return {}, beside

    def choice(node: tb.Node, branches: Mapping[str, Any], beside: Any) -> Any:
        made.append(node.path)
        return branches, beside

    tree = tb.fold(space, leaf, choice)
    natural = tb.to_natural(space, space.sample(seed))

    def active(inside: Mapping[str, Any]) -> set[str]:
        found = set()
        for path, (branches, beside) in inside.items():
            if all(condition.holds(natural) for condition in beside):
                found |= {path} | active(branches.get(natural[path], {}) if branches else {})
        return found

    free = {node.path for node in space.nodes if not node.fixed}
    assert active(tree) == free & natural.keys()
    assert sorted(made) == sorted(free)
