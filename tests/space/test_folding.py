"""The tree of a space as a library's own."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given

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


@given(spaces())
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
