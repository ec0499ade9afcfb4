"""The generated spaces hold everything that the language has."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from tunebridge import Categorical, Constant, Float, Int, Node, Normal, Ordinal, Space
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
    "branch in a branch": lambda node: node.branch is not None and "." in node.branch.path,
}

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
