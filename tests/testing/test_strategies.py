"""The generated spaces hold everything that the language has."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from tunebridge import Between, Categorical, Constant, Float, Int, Node, Normal, Ordinal, Space
from tunebridge.testing import spaces
from tunebridge.testing.assertions import assert_declared

KINDS: dict[str, Callable[[Node], bool]] = {
    "float": lambda node: isinstance(node.parameter, Float) and node.parameter.step is None,
    "log float": lambda node: isinstance(node.parameter, Float) and node.parameter.log,
    "stepped float": lambda node: isinstance(node.parameter, Float) and node.parameter.step is not None,
    "float of one value": lambda node: isinstance(node.parameter, Float) and node.fixed,
    "int": lambda node: isinstance(node.parameter, Int) and not node.parameter.log,
    "log int": lambda node: isinstance(node.parameter, Int) and node.parameter.log,
    "stepped int": lambda node: isinstance(node.parameter, Int) and (node.parameter.step or 1) > 1,
    "ordinal": lambda node: isinstance(node.parameter, Ordinal),
    "normal": lambda node: isinstance(node.parameter, Normal) and not node.parameter.log,
    "log normal": lambda node: isinstance(node.parameter, Normal) and node.parameter.log,
    "constant": lambda node: isinstance(node.parameter, Constant),
    "weighted choice": lambda node: isinstance(node.parameter, Categorical) and node.parameter.weighted,
    "objects under labels": lambda node: (
        isinstance(node.parameter, Categorical) and {"opaque", "class"} <= set(node.parameter.labels)
    ),
    "1 beside True": lambda node: (
        isinstance(node.parameter, Categorical) and {"1", "True"} <= set(node.parameter.labels)
    ),
    "branches beside values": lambda node: (
        isinstance(node.parameter, Categorical)
        and 0 < len(node.parameter.branches) < len(node.parameter.labels)
    ),
    "weighted branches": lambda node: (
        isinstance(node.parameter, Categorical) and bool(node.parameter.branches) and node.parameter.weighted
    ),
    "under several labels": lambda node: any(len(one.allowed) > 1 for one in listed(node)),
    "under a value of a number": lambda node: any(
        not isinstance(one.allowed[0], str) for one in listed(node)
    ),
    "in a range with two ends": lambda node: any(one.low is not None is not one.high for one in ranges(node)),
    "in an open range": lambda node: any(one.low is None or one.high is None for one in ranges(node)),
    "all of two": lambda node: any(len(all_of) > 1 for all_of in node.when.any_of),
    "any of two": lambda node: len(node.when.any_of) > 1,
    "a branch with a condition": lambda node: bool(node.when) and node.branching,
    "in a group with a condition": lambda node: bool(node.when) and node.path == f"{node.name}.{node.name}",
    "branch in a branch": lambda node: node.branch is not None and "." in node.branch.path,
}


def listed(node: Node) -> list[Any]:
    """Return the clauses of a condition that list values."""
    return [clause for clause in node.when.clauses if not isinstance(clause.allowed, Between)]


def ranges(node: Node) -> list[Between]:
    """Return the ranges of a condition."""
    return [clause.allowed for clause in node.when.clauses if isinstance(clause.allowed, Between)]


SEARCH = settings(
    max_examples=5000,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_parameter_is_generated(kind: str) -> None:
    assert find(spaces(), lambda space: any(map(KINDS[kind], space.nodes)), settings=SEARCH)


def test_a_chain_of_conditions_is_generated() -> None:
    def chained(space: Space) -> bool:
        gated = {node.path for node in space.nodes if node.when}
        return any(clause.path in gated for node in space.nodes for clause in node.when.clauses)

    assert find(spaces(), chained, settings=SEARCH)


def test_a_parent_that_comes_later_is_generated() -> None:
    def reordered(space: Space) -> bool:
        return [node.name for node in space.nodes if node.branch is None] != list(space)

    assert find(spaces(), reordered, settings=SEARCH)


@given(spaces(conditions=False))
def test_spaces_may_be_without_conditions(space: Space) -> None:
    assert not any(node.when for node in space.nodes)


def test_one_name_in_exclusive_branches_is_generated() -> None:
    def repeats(space: Space) -> bool:
        return len({node.name for node in space.nodes}) < len(space.nodes)

    assert find(spaces(), repeats, settings=SEARCH)


def test_an_empty_space_is_generated() -> None:
    assert find(spaces(), lambda space: not space.nodes, settings=SEARCH).nodes == ()


@given(spaces())
def test_samples_of_generated_spaces_are_declared_values(space: Space) -> None:
    for seed in range(3):
        assert_declared(space, space.sample(seed))


@given(spaces(conditional=False))
def test_a_flat_space_has_no_branches(space: Space) -> None:
    assert not space.conditional


def test_importing_tunebridge_does_not_import_the_suite() -> None:
    script = (
        "import sys, tunebridge; print({'tunebridge.testing', 'pytest', 'hypothesis'} & sys.modules.keys())"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
