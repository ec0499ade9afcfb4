"""Schemas: a space as JSON, the same space again, and what differs between two."""

import enum
import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import tunebridge as tb
from tunebridge.fingerprint.objective import describe
from tunebridge.space.schema import (
    Named,
    differences,
    rule_changes,
    stored_space,
    unstable_labels,
    write_space,
)
from tunebridge.testing.strategies import spaces

UNIT = tb.Float(0, 1)


class Size(enum.IntEnum):
    SMALL = 1


class Wide:
    def __init__(self, shown: str) -> None:
        self._shown = shown

    def __repr__(self) -> str:
        return self._shown


class Other(Wide):
    pass


def small(params: Any) -> bool:
    return bool(params["x"] < 0.5)


def written(space: tb.Space) -> dict[str, Any]:
    """Return a space's document as a store gives it back."""
    read: dict[str, Any] = json.loads(json.dumps(write_space(space), allow_nan=False))
    return read


def again(space: tb.Space) -> tb.Space:
    return stored_space(written(space))


def changes(old: tb.Space, new: tb.Space) -> list[str]:
    before, after = written(old), written(new)
    return differences(before, after) + rule_changes(before, after)


def labels(parameter: tb.AnyParameter) -> tuple[str, ...]:
    if isinstance(parameter, tb.Constant):
        return (repr(parameter.value),)
    return parameter.labels if isinstance(parameter, tb.Ordinal | tb.Categorical) else ()


def places(space: tb.Space) -> list[tuple[object, ...]]:
    """Return all of a space but the values of its parameters."""
    return [
        (
            (node.path, node.name, node.condition, node.branching, node.fixed),
            (type(node.parameter), node.parameter.size, labels(node.parameter)),
        )
        for node in space.nodes
    ]


def branching(sgd: tb.Space, adam: tb.Space | None = None, weights: list[float] | None = None) -> tb.Space:
    return tb.Space(o=tb.Categorical({"sgd": sgd, "adam": adam or tb.Space(), "none": None}, weights))


@given(spaces())
def test_a_space_comes_back_with_the_same_places_and_labels(space: tb.Space) -> None:
    assert places(again(space)) == places(space)
    assert again(space).size == space.size


@given(spaces())
def test_parameters_without_objects_come_back_equal(space: tb.Space) -> None:
    for node, read in zip(space.nodes, again(space).nodes, strict=True):
        bare = node.parameter.under(None)
        if not node.branching and "object" not in json.dumps(write_space(tb.Space(p=bare))):
            assert read.parameter.under(None) == bare
        assert read.condition == node.condition


@given(spaces())
def test_what_came_back_is_written_with_the_same_labels(space: tb.Space) -> None:
    first = again(space)
    assert again(first) == first
    assert places(again(first)) == places(space)


@given(spaces())
def test_a_space_does_not_differ_from_itself(space: tb.Space) -> None:
    assert differences(write_space(space), written(space)) == []


@given(spaces(), spaces())
def test_two_spaces_differ_unless_their_documents_are_equal(old: tb.Space, new: tb.Space) -> None:
    assert bool(changes(old, new)) == (json.dumps(write_space(old)) != json.dumps(write_space(new)))


@given(spaces())
def test_natural_params_of_the_space_are_read_by_the_one_that_came_back(space: tb.Space) -> None:
    natural = tb.to_natural(space, space.sample(0))
    read = again(space)
    assert tb.to_natural(read, tb.from_natural(read, natural)) == natural


@pytest.mark.parametrize(
    "parameter",
    [
        tb.Float(0.1, 0.1 + 0.2),
        tb.Float(1e-300, 1e300, log=True),
        tb.Float(0, 0.3, step=0.1),
        tb.Int(-3, 7, step=5),
        tb.Int(1, 2**53, log=True),
        tb.Normal(-1, 0.1, log=True),
        tb.Ordinal([1, 1.0, True, None, "1", "é\n\ud800"]),
        tb.Categorical(["b", "a"], weights=[1.0, 3.0]),
        tb.Categorical({"one": 1, "true": True}, weights={"true": 0.1, "one": 0.2}),
        tb.Constant(None),
        tb.Constant("text"),
    ],
    ids=repr,
)
def test_plain_parameters_come_back_exactly(parameter: tb.AnyParameter) -> None:
    read = again(tb.Space(p=parameter))["p"]
    assert read == parameter
    assert repr(read) == repr(parameter)


def test_weights_of_any_number_type_are_stored_as_floats() -> None:
    weights: list[Any] = [Fraction(1, 2), np.int64(2), np.float32(1)]
    space = tb.Space(c=tb.Categorical(["a", "b", "c"], weights))
    assert written(space)["parameters"][0]["weights"] == [0.5, 2.0, 1.0]
    assert again(space)["c"] == space["c"]


def test_the_document_lists_parameters_and_constraints_in_order() -> None:
    space = tb.Space(
        {"z": tb.Int(1, 2), "a b": tb.Categorical({"s": tb.Space(m=UNIT), "n": 3}, weights=[1, 2])},
        constraints=[tb.Constraint(bool, "any")],
    )
    assert written(space) == {
        "parameters": [
            {"name": "z", "kind": "Int", "low": 1, "high": 2, "log": False, "step": None},
            {
                "name": "a b",
                "kind": "Categorical",
                "choices": [
                    {"label": "s", "space": written(tb.Space(m=UNIT))},
                    {"label": "n", "value": 3},
                ],
                "weights": [1.0, 2.0],
            },
        ],
        "constraints": [{"reason": "any", "rule": describe(bool)}],
    }


def test_objects_are_stored_by_label_and_the_name_of_their_type() -> None:
    space = tb.Space(
        c=tb.Categorical({"len": len, "pair": (1, 2)}),
        o=tb.Ordinal([Size.SMALL, Wide("[1\n 2]"), float("inf"), 2]),
        k=tb.Constant(tb.Space(x=UNIT)),
    )
    stored = [entry["choices"] for entry in written(space)["parameters"]]
    assert stored[0] == [
        {"label": "len", "object": "builtin_function_or_method"},
        {"label": "pair", "object": "tuple"},
    ]
    assert [choice.get("object", choice.get("value")) for choice in stored[1]] == ["Size", "Wide", "float", 2]
    assert stored[2] == [{"label": repr(space["k"].read(tb.Space(x=UNIT))), "object": "Space"}]
    assert places(again(space)) == places(space)


def test_an_object_comes_back_as_its_label() -> None:
    read = again(tb.Space(c=tb.Categorical({"len": len, "b": "b"}), k=tb.Constant(Wide("<w>"))))
    params = read.read({"c": "len", "k": "<w>"})
    assert params == {"c": Named("len"), "k": Named("<w>")}
    assert repr(params["c"]) == "len"
    assert len({Named("a"), Named("a"), Named("b")}) == 2


def test_a_constraint_comes_back_as_a_rule_that_always_holds() -> None:
    inner = tb.Space(y=UNIT, constraints=[tb.Constraint(lambda params: False, "never")])
    space = tb.Space(x=UNIT, c=tb.Categorical({"i": inner}), constraints=[tb.Constraint(small, "x is small")])
    read = again(space)
    assert [rule.reason for _, rule in read.rules] == ["x is small", "never"]
    assert [choices for choices, _ in read.rules] == [choices for choices, _ in space.rules]
    assert read.contains({"x": 0.9, "c": "i", "y": 0.5})


def test_a_document_of_an_unknown_kind_is_refused() -> None:
    document = {"parameters": [{"name": "x", "kind": "Poisson", "choices": []}], "constraints": []}
    with pytest.raises(KeyError, match="Poisson"):
        stored_space(document)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (UNIT, tb.Float(0, 2), "p: was Float(0.0, 1.0), is Float(0.0, 2.0)"),
        (tb.Float(1, 2), tb.Float(1, 2, log=True), "p: was Float(1.0, 2.0), is Float(1.0, 2.0, log=True)"),
        (tb.Float(0, 1), tb.Int(0, 1), "p: was Float(0.0, 1.0), is Int(0, 1)"),
        (tb.Int(0, 4), tb.Int(0, 4, step=2), "p: was Int(0, 4), is Int(0, 4, step=2)"),
        (tb.Normal(0, 1), tb.Normal(0, 2), "p: was Normal(0.0, 1.0), is Normal(0.0, 2.0)"),
        (tb.Ordinal([1, 2]), tb.Ordinal([2, 1]), "p: was Ordinal([1, 2]), is Ordinal([2, 1])"),
        (tb.Constant(1), tb.Constant(True), "p: was Constant(1), is Constant(True)"),
        (tb.Constant(1), tb.Constant(1.0), "p: was Constant(1), is Constant(1.0)"),
        (
            tb.Categorical({"a": 1}),
            tb.Categorical({"a": True}),
            "p: was Categorical({'a': 1}), is Categorical({'a': True})",
        ),
        (
            tb.Categorical(["a", "b"]),
            tb.Categorical(["a", "b"], [1, 3]),
            "p: was Categorical(['a', 'b']), is Categorical(['a', 'b'], weights=[1.0, 3.0])",
        ),
        (
            tb.Categorical({"a": Wide("w")}),
            tb.Categorical({"a": Other("w")}),
            "p: was Categorical({'a': <Wide 'a'>}), is Categorical({'a': <Other 'a'>})",
        ),
        (
            tb.Ordinal([Wide("1"), 2]),
            tb.Ordinal([1, 2]),
            "p: was Ordinal([<Wide '1'>, 2]), is Ordinal([1, 2])",
        ),
    ],
    ids=repr,
)
def test_a_changed_parameter_shows_what_it_was_and_is(
    old: tb.AnyParameter, new: tb.AnyParameter, line: str
) -> None:
    assert changes(tb.Space(p=old), tb.Space(p=new)) == [line]


def test_integer_and_float_weights_are_the_same() -> None:
    one, other = tb.Categorical(["a", "b"], [1, 3]), tb.Categorical(["a", "b"], [1.0, 3.0])
    assert changes(tb.Space(c=one), tb.Space(c=other)) == []


def test_a_parameter_that_is_gone_or_new_is_named() -> None:
    assert changes(tb.Space(a=UNIT, lr=UNIT), tb.Space(a=UNIT, n=tb.Int(1, 2))) == [
        "lr: is not in the new space, was Float(0.0, 1.0)",
        "n: is not in the old space, is Int(1, 2)",
    ]


def test_a_difference_inside_branches_has_the_full_path_and_the_choice_no_line() -> None:
    def nested(high: float) -> tb.Space:
        return branching(tb.Space(decay=tb.Categorical({"step": tb.Space(gamma=tb.Float(0, high))})))

    assert changes(nested(0.9), nested(0.99)) == [
        "o.sgd.decay.step.gamma: was Float(0.0, 0.9), is Float(0.0, 0.99)"
    ]
    assert changes(branching(tb.Space(a=UNIT)), branching(tb.Space(b=UNIT))) == [
        "o.sgd.a: is not in the new space, was Float(0.0, 1.0)",
        "o.sgd.b: is not in the old space, is Float(0.0, 1.0)",
    ]


def test_a_choice_with_branches_compares_labels_leaves_and_weights() -> None:
    old = branching(tb.Space(a=UNIT))
    shown = "Categorical({'sgd': Space(...), 'adam': Space(...), 'none': None}"
    assert changes(old, branching(tb.Space(a=UNIT), weights=[1, 2, 1])) == [
        f"o: was {shown}), is {shown}, weights=[1.0, 2.0, 1.0])"
    ]
    leaf = tb.Space(o=tb.Categorical({"sgd": tb.Space(a=UNIT), "adam": None, "none": None}))
    assert changes(old, leaf) == [
        f"o: was {shown}), is Categorical({{'sgd': Space(...), 'adam': None, 'none': None}})"
    ]


def test_a_branch_that_is_gone_has_a_line_for_each_parameter_inside() -> None:
    old, new = branching(tb.Space(a=UNIT, b=UNIT)), tb.Space(o=tb.Categorical(["sgd"]))
    assert [line.partition(":")[0] for line in changes(old, new)] == ["o", "o.sgd.a", "o.sgd.b"]


def test_paths_that_read_alike_are_told_apart() -> None:
    def dotted(high: float) -> tb.Space:
        first = tb.Categorical({"x.y": tb.Space(a=UNIT)})
        return tb.Space({"c": first, "c.x": tb.Categorical({"y": tb.Space(b=tb.Float(0, high))})})

    assert changes(dotted(1), dotted(2)) == ["c.x.y.b: was Float(0.0, 1.0), is Float(0.0, 2.0)"]


def test_another_order_of_declaration_is_one_line() -> None:
    one, other = tb.Space(a=UNIT, b=UNIT), tb.Space(b=UNIT, a=UNIT)
    assert changes(one, other) == ["the order of the parameters was a, b, is b, a"]
    assert changes(branching(one), branching(other)) == [
        "o.sgd: the order of the parameters was a, b, is b, a"
    ]


def test_a_parameter_that_is_added_in_front_does_not_change_the_order() -> None:
    (line,) = changes(tb.Space(a=UNIT, b=UNIT), tb.Space(c=UNIT, a=UNIT, b=UNIT))
    assert line.startswith("c: ")


def test_branches_in_another_order_are_one_line() -> None:
    one, two = tb.Space(a=UNIT), tb.Space(b=UNIT)
    old, new = tb.Categorical({"1": one, "2": two}), tb.Categorical({"2": two, "1": one})
    assert [line[:2] for line in changes(tb.Space(o=old), tb.Space(o=new))] == ["o:"]


def test_constraints_are_compared_by_reason_and_code() -> None:
    def ruled(*constraints: tb.Constraint) -> tb.Space:
        return tb.Space(x=UNIT, constraints=constraints)

    first, second = (
        tb.Constraint(lambda params: params["x"] < 0.5, "small"),
        tb.Constraint(lambda params: params["x"] < 0.6, "small"),
    )
    other = tb.Constraint(small, "x is small")
    assert changes(ruled(first), ruled(first)) == []
    assert changes(ruled(first), ruled(second)) == ["the code of the constraint 'small' has changed"]
    assert changes(ruled(first), ruled(first, second)) == ["there are 2 constraints 'small', and were 1"]
    assert changes(ruled(first), ruled(other)) == [
        "the constraint 'small' is not in the new space",
        "the constraint 'x is small' is not in the old space",
    ]
    assert changes(ruled(first, other), ruled(other, first)) == [
        "the order of the constraints was small, x is small, is x is small, small"
    ]


def test_a_constraint_of_a_branch_has_its_path() -> None:
    ruled = tb.Space(a=UNIT, constraints=[tb.Constraint(small, "rule")])
    assert changes(branching(tb.Space(a=UNIT)), branching(ruled)) == [
        "o.sgd: the constraint 'rule' is not in the old space"
    ]


def test_the_code_of_a_constraint_from_another_python_is_not_compared() -> None:
    document = written(tb.Space(x=UNIT, constraints=[tb.Constraint(small, "rule")]))
    older = json.loads(json.dumps(document))
    older["constraints"][0]["rule"]["code"] = "cpython-399:" + "0" * 64
    assert differences(older, document) + rule_changes(older, document) == []


def test_labels_with_a_memory_address_are_found_once_per_parameter() -> None:
    space = tb.Space(
        fine=tb.Categorical({"a": object(), "b": "at 0x"}),
        c=tb.Categorical([object(), lambda: 0]),
        o=tb.Ordinal([1, object()]),
        k=tb.Constant([object()]),
        b=tb.Categorical(
            {"s": tb.Space(inner=tb.Constant(small), x=UNIT, n=tb.Int(0, 1), z=tb.Normal(0, 1))}
        ),
    )
    faults = unstable_labels(space)
    assert [fault.partition(":")[0] for fault in faults] == ["c", "o", "k", "b.s.inner"]
    assert all("{label: value}" in fault for fault in faults)


@given(spaces(conditional=False))
def test_labels_without_an_address_are_no_fault(space: tb.Space) -> None:
    assert unstable_labels(space) == []
