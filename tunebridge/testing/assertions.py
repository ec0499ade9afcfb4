"""What the contract asserts of params."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import pytest

from tunebridge import Categorical, Constant, Node, Normal, Space

BUILTIN = {float, int, str, bool, type(None)}
"""Types of values that equality may stand for; all other values have to be the user's own object."""

MAX_Z = 4.0
"""How many standard deviations a share may be off: 1 in 15,000 by chance, and the suite's seeds are fixed."""


def assert_declared(space: Space, params: Mapping[str, Any]) -> None:
    """Assert that flat params are complete, hold nothing inactive, and only declared values."""

    def check(node: Node) -> Any:
        assert node.name in params, f"{node.path} is active and missing in {params!r}"
        value, declared = params[node.name], node.parameter.read(params[node.name])
        same = type(value) in BUILTIN and type(value) is type(declared) and value == declared
        assert value is declared or same, f"{node.path}: {value!r} stands for {declared!r}"
        return value

    assert params.keys() == space.walk(check).keys()


def assert_same(space: Space, returned: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """Assert that params came back; a Normal may have lost digits on its way through a quantile."""

    def check(node: Node) -> Any:
        value, parameter = params[node.name], node.parameter
        if isinstance(parameter, Normal):
            assert returned[node.name] == pytest.approx(value, rel=1e-6, abs=1e-6 * parameter.sd)
        else:
            assert type(returned[node.name]) is type(value)
            assert returned[node.name] is value or returned[node.name] == value
        return value

    space.walk(check)


def assert_visited(space: Space, visited: Sequence[Mapping[str, Any]], *, once: bool) -> None:
    """Assert that every point was visited, and each `once` only."""
    counts = Counter(repr(space.unflatten(params)) for params in visited)
    assert len(counts) == space.size
    assert not once or set(counts.values()) == {1}


def assert_middle(space: Space, drawn: Sequence[Mapping[str, Any]]) -> None:
    """Assert that first proposals lie nearer to the middle of each ordered parameter than its weights say.

    An evenly drawn probability is 1/4 from the middle on average, with a standard deviation of 1/48**0.5.
    """
    ordered = [node for node in space.nodes if not isinstance(node.parameter, Categorical | Constant)]
    for node in ordered:
        gaps = [abs(node.parameter.cdf(params[node.name]) - 0.5) for params in drawn]
        most = 0.25 - MAX_Z / (48 * len(gaps)) ** 0.5
        assert fmean(gaps) <= most, f"{node.path}: the first proposals are no nearer to the middle"


def assert_weights(node: Node, drawn: list[Any]) -> None:
    """Assert that values fall into the parameter's values, or its quarters, as often as declared."""
    parameter = node.parameter
    fences = (
        [parameter.quantile(q) for q in (0.25, 0.5, 0.75)]
        if parameter.size is None and not node.branching
        else None
    )

    def cell(value: Any) -> str:
        return repr(value) if fences is None else str(sum(value > fence for fence in fences))

    points = 10_000
    expected = Counter(cell(parameter.quantile((place + 0.5) / points)) for place in range(points))
    counted = Counter(map(cell, drawn))
    assert counted.keys() <= expected.keys()
    for name, count in expected.items():
        share = count / points
        deviation = (share * (1 - share) * len(drawn)) ** 0.5
        assert abs(counted[name] - share * len(drawn)) <= MAX_Z * deviation, (
            f"{node.path}: {counted} vs {expected}"
        )
