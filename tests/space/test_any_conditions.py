"""What holds for any space with conditions, against what was written, evaluated by hand."""

import contextlib
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import tunebridge as tb
from tunebridge.testing import spaces


def is_written(value: Any, written: Any, parameters: list[Any]) -> bool:
    """Return whether a value is what was written, for one of the parameters of a name."""
    for parameter in parameters:
        with contextlib.suppress(ValueError):
            if repr(parameter.read(written)) == repr(parameter.read(value)):
                return True
    return False


def holds_by_hand(when: Any, params: Mapping[str, Any], known: Mapping[str, list[Any]]) -> bool:
    """Return whether a condition as it was written holds for flat params."""

    def fits(name: str, wanted: Any) -> bool:
        if name not in params:
            return False
        if isinstance(wanted, tb.Between):
            low, high = wanted.low, wanted.high
            return (low is None or params[name] >= low) and (high is None or params[name] <= high)
        return any(is_written(params[name], value, known[name]) for value in wanted)

    return any(all(fits(name, wanted) for name, wanted in alternative) for alternative in when.any_of)


@given(spaces(), st.integers(0, 2**32))
def test_what_is_active_is_what_the_written_conditions_say(space: tb.Space, seed: int) -> None:
    params = space.sample(seed)
    parameters: dict[str, list[Any]] = {}
    for node in space.nodes:
        parameters.setdefault(node.name, []).append(node.parameter)

    def expected(inside: tb.Space) -> set[str]:
        names: set[str] = set()
        for name, declared in inside.entries:
            if isinstance(declared, tb.Space):
                names |= expected(declared) if holds(declared) else set()
            elif holds(declared):
                names.add(name)
                branches = getattr(declared, "branches", {})
                names |= (
                    expected(branches[params[name]]) if branches and params.get(name) in branches else set()
                )
        return names

    def holds(declared: Any) -> bool:
        return declared.when is None or holds_by_hand(declared.when, params, parameters)

    assert set(params) == expected(space)


@given(spaces(), st.integers(0, 2**32))
def test_samples_are_contained_and_come_through_every_form_of_params(space: tb.Space, seed: int) -> None:
    params = space.sample(seed)
    assert space.contains(params)
    assert space.read(params) == params
    assert space.flatten(space.unflatten(params)) == params
    assert list(space.flatten({**space.unflatten(params), "no.such.path": 1})) == list(params)
    natural = tb.to_natural(space, params)
    assert tb.from_natural(space, natural) == params


@given(spaces())
def test_every_parameter_comes_after_all_that_decide_on_it(space: tb.Space) -> None:
    seen: set[str] = set()
    for node in space.nodes:
        assert {clause.path for clause in node.condition.clauses} <= seen
        seen.add(node.path)
    declared = [node.path for node in space.nodes if not node.condition]
    assert declared == [path for path in map(str, (n.path for n in space.nodes)) if path in declared]


@given(spaces())
def test_every_parameter_is_active_in_its_example(space: tb.Space) -> None:
    for node in space.nodes:
        params = space.example(node)
        assert node.path in tb.to_natural(space, params)
        assert space.contains(params)


def points(space: tb.Space, given: Mapping[str, Any]) -> set[str]:
    """Return all points of a finite space in which some params, by full path, are given."""
    missing: list[tb.Node] = []

    def value(node: tb.Node) -> Any:
        if node.path not in given:
            missing.append(node)
        return given.get(node.path, node.parameter.quantile(0.0))

    params = space.walk(value)
    if not missing:
        return {repr(tb.to_natural(space, params))}
    first = missing[0]
    return set().union(*(points(space, {**given, first.path: one}) for one in first.parameter.grid(None)))


@given(spaces())
def test_the_size_of_a_finite_space_is_the_number_of_its_points(space: tb.Space) -> None:
    if space.size is not None and space.size <= 300:
        assert len(points(space, {})) == space.size
