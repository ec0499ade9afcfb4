"""Space: names, branches, constraints, and the forms of params."""

import contextlib
import copy
import dataclasses
import itertools
import math
import pickle
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tunebridge as tb

UNIT = tb.Float(0, 1)

DEEP = tb.Space(
    x=UNIT,
    model=tb.Categorical(
        {
            "net": tb.Space(
                depth=tb.Int(1, 3),
                optimizer=tb.Categorical(
                    {
                        "sgd": tb.Space(
                            rate=UNIT,
                            decay=tb.Categorical({"step": tb.Space(gamma=UNIT), "none": None}),
                        ),
                        "adam": tb.Space(rate=tb.Float(1e-4, 1e-1, log=True)),
                    }
                ),
            ),
            "tree": tb.Space(depth=tb.Ordinal([None, 10]), gamma=UNIT),
        }
    ),
)
"""Branches three deep, with `depth`, `rate` and `gamma` each in branches that exclude one another."""

DEEP_POINT = {
    "x": 0.5, "model": "net", "depth": 2, "optimizer": "sgd", "rate": 0.5, "decay": "step", "gamma": 0.25,
}  # fmt: skip

FINITE_KINDS = st.one_of(
    st.builds(lambda low, width: tb.Int(low, low + width), st.integers(-3, 3), st.integers(0, 2)),
    st.builds(lambda n: tb.Float(0, 0.1 * n, step=0.1), st.integers(1, 3)),
    st.lists(
        st.one_of(st.none(), st.booleans(), st.integers(0, 3)), min_size=1, max_size=3, unique_by=repr
    ).map(tb.Ordinal),
    st.sampled_from([tb.Constant("c"), tb.Categorical(["only"]), tb.Categorical({"a": 1, "b": [2]}, [1, 3])]),
)
ANY_KINDS = st.one_of(
    FINITE_KINDS,
    st.sampled_from([UNIT, tb.Float(1e-3, 1, log=True), tb.Normal(0, 1), tb.Int(1, 64, log=True)]),
)


@st.composite
def spaces(draw: st.DrawFn, leaves: st.SearchStrategy[Any], depth: int = 2, prefix: str = "") -> tb.Space:
    """Draw a space whose names repeat between the branches of one choice, and nowhere else."""
    named: dict[str, Any] = {}
    for place in range(draw(st.integers(0 if prefix else 1, 2))):
        name = f"{prefix}p{place}"
        if depth and draw(st.booleans()):
            inner = spaces(leaves, depth - 1, f"{name}_")
            branches = draw(st.dictionaries(st.sampled_from("abc"), inner, max_size=2))
            named[name] = tb.Categorical({**branches, "plain": None})
        else:
            named[name] = draw(leaves)
    return tb.Space(named)


def points(space: tb.Space) -> Iterator[dict[str, Any]]:
    """Yield every point of a finite space, by recursion over the declaration alone."""
    options: list[list[dict[str, Any]]] = []
    for name, parameter in space.items():
        if isinstance(parameter, tb.Categorical) and any(isinstance(v, tb.Space) for v in parameter.values):
            pairs = zip(parameter.labels, parameter.values, strict=True)
            inner = ((label, points(v) if isinstance(v, tb.Space) else [{}]) for label, v in pairs)
            options.append([{name: label, **rest} for label, several in inner for rest in several])
        else:
            assert not isinstance(parameter, tb.Space)
            options.append([{name: value} for value in parameter.grid(None)])
    for combination in itertools.product(*options):
        yield {name: value for part in combination for name, value in part.items()}


def refusal(declare: Any) -> str:
    """Return the message of the SpaceError that a declaration raises."""
    with pytest.raises(tb.SpaceError) as caught:
        declare()
    return str(caught.value)


@given(spaces(ANY_KINDS), st.integers(0, 2**32))
def test_a_sample_is_contained_and_reads_as_itself(space: tb.Space, seed: int) -> None:
    params = space.sample(seed)
    assert space.contains(params)
    assert space.read(params) == params
    assert list(space.read(params)) == list(params)
    assert space.sample(seed) == params


@given(spaces(ANY_KINDS), st.integers(0, 2**32))
def test_flatten_undoes_unflatten(space: tb.Space, seed: int) -> None:
    params = space.sample(seed)
    pathed = space.unflatten(params)
    assert space.flatten(pathed) == params
    assert space.flatten({**pathed, "no.such.path": 1}) == params
    assert pathed.keys() <= {node.path for node in space.nodes if not node.fixed}


@given(spaces(ANY_KINDS), st.integers(0, 2**32))
def test_constants_and_single_choices_may_be_left_out(space: tb.Space, seed: int) -> None:
    params = space.sample(seed)
    free: dict[str, Any] = {}

    def keep(node: tb.Node) -> Any:
        if not node.fixed:
            free[node.name] = params[node.name]
        return params[node.name]

    space.walk(keep)
    assert space.read(free) == params


@given(spaces(FINITE_KINDS))
def test_size_is_the_number_of_points(space: tb.Space) -> None:
    listed = list(points(space))
    assert space.size == len(listed) == len({repr(point) for point in listed})
    assert all(space.contains(point) for point in listed)


@given(spaces(FINITE_KINDS))
def test_the_repr_of_a_space_evaluates_to_an_equal_space(space: tb.Space) -> None:
    assert eval(repr(space), dict(vars(tb))) == space


@pytest.mark.parametrize("name", ["learning rate", "a.b", "class", "0"])
def test_the_repr_evaluates_for_names_that_are_no_identifiers(name: str) -> None:
    space = tb.Space({name: UNIT}, x=UNIT)
    assert eval(repr(space), dict(vars(tb))) == space


@pytest.mark.parametrize(
    "space", [tb.Space(), DEEP, tb.Space({"a b": UNIT}), tb.Space(c=tb.Constant(1))], ids=repr
)
def test_spaces_survive_pickling_and_copying_and_stay_hashable(space: tb.Space) -> None:
    for twin in (pickle.loads(pickle.dumps(space)), copy.copy(space), copy.deepcopy(space)):
        assert (twin, hash(twin), repr(twin)) == (space, hash(space), repr(space))
        assert twin.nodes == space.nodes
        assert twin.sample(3) == space.sample(3)


def test_a_space_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEEP.entries = ()  # type: ignore[misc]


def test_equality_looks_at_order_and_constraints_and_kind() -> None:
    rule = tb.Constraint(bool, "some")
    one = tb.Space(a=UNIT, b=UNIT)
    others: list[Any] = [
        tb.Space(b=UNIT, a=UNIT),
        tb.Space(a=UNIT),
        tb.Space(a=UNIT, b=UNIT, constraints=[rule]),
    ]
    assert all(one != other for other in others)
    assert one != {"a": UNIT, "b": UNIT}
    assert tb.Space(a=UNIT, constraints=[rule]) == tb.Space(a=UNIT, constraints=[rule])


def test_a_space_is_a_mapping_of_its_names_in_declaration_order() -> None:
    space = tb.Space({"b": UNIT}, a=tb.Int(0, 3))
    assert isinstance(space, Mapping)
    assert (list(space), len(space), space["a"], space.get("z"), "b" in space) == (
        ["b", "a"], 2, tb.Int(0, 3), None, True,
    )  # fmt: skip
    assert tb.Space(space) == tb.Space(b=space["b"], a=space["a"]) == space


def test_an_empty_space_has_one_point() -> None:
    space = tb.Space()
    assert (space.size, space.sample(0), space.read({}), space.contains({}), space.nodes) == (
        1,
        {},
        {},
        True,
        (),
    )


@pytest.mark.parametrize(
    "name", ["self", "params", "constraints", "number", "seed", "a.b", "x y", "é", "None"]
)
def test_every_string_can_be_a_name(name: str) -> None:
    space = tb.Space({name: UNIT})
    assert space.contains({name: 0.5})
    assert space.unflatten({name: 0.5}) == {name: 0.5}


# Nodes.


def test_nodes_come_parents_first_in_declaration_order_under_full_paths() -> None:
    assert [node.path for node in DEEP.nodes] == [
        "x",
        "model",
        "model.net.depth",
        "model.net.optimizer",
        "model.net.optimizer.sgd.rate",
        "model.net.optimizer.sgd.decay",
        "model.net.optimizer.sgd.decay.step.gamma",
        "model.net.optimizer.adam.rate",
        "model.tree.depth",
        "model.tree.gamma",
    ]


def test_a_node_knows_the_branch_that_it_is_in() -> None:
    gamma = next(node for node in DEEP.nodes if node.path == "model.net.optimizer.sgd.decay.step.gamma")
    chain, node = [], gamma
    while node.branch is not None:
        chain.append((node.branch.path, node.branch.allowed))
        node = next(one for one in DEEP.nodes if node.branch is not None and one.path == node.branch.path)
    assert chain == [
        ("model.net.optimizer.sgd.decay", ("step",)),
        ("model.net.optimizer", ("sgd",)),
        ("model", ("net",)),
    ]
    assert (gamma.name, gamma.branching, gamma.fixed) == ("gamma", False, False)


def test_only_parameters_with_one_value_are_fixed() -> None:
    space = tb.Space(
        a=tb.Constant(1), b=tb.Categorical(["x"]), c=tb.Int(3, 3), d=tb.Float(2, 2), e=tb.Ordinal([1]),
        f=UNIT, g=tb.Categorical({"only": tb.Space(h=UNIT)}), i=tb.Categorical(["x", "y"]),
    )  # fmt: skip
    assert [node.name for node in space.nodes if node.fixed] == ["a", "b", "c", "d", "e", "g"]


def test_a_choice_with_a_single_branch_is_always_in_that_branch() -> None:
    space = tb.Space(kind=tb.Categorical({"only": tb.Space(h=UNIT)}))
    assert space.read({"h": 0.5}) == {"kind": "only", "h": 0.5}
    assert space.unflatten({"kind": "only", "h": 0.5}) == {"kind.only.h": 0.5}
    assert space.flatten({"kind.only.h": 0.5}) == {"kind": "only", "h": 0.5}


def test_sampled_branches_keep_their_weights() -> None:
    branches = {"a": tb.Space(m=UNIT), "b": tb.Space(m=tb.Int(5, 6)), "c": tb.Space()}
    space = tb.Space(kind=tb.Categorical(branches, weights={"a": 1, "b": 2, "c": 5}))
    counts = Counter(space.sample(seed)["kind"] for seed in range(4000))
    assert [counts[label] / 4000 for label in "abc"] == pytest.approx([1 / 8, 2 / 8, 5 / 8], abs=0.03)


def test_declared_shortens_branches_to_their_names() -> None:
    model = DEEP.nodes[1]
    assert model.declared == "Categorical({'net': Space(depth, optimizer), 'tree': Space(depth, gamma)})"


# Names that clash.


@pytest.mark.parametrize(
    ("declare", "paths"),
    [
        (lambda: tb.Space(x=UNIT, o=tb.Categorical({"s": tb.Space(x=UNIT)})), ["o.s.x", "'x'", "by x"]),
        (lambda: tb.Space(o=tb.Categorical({"s": tb.Space(o=UNIT)})), ["o.s.o", "'o'", "by o"]),
        (
            lambda: tb.Space(
                o=tb.Categorical({"s": tb.Space(m=UNIT), "t": 1}),
                q=tb.Categorical({"u": tb.Space(m=UNIT), "v": 1}),
            ),
            ["q.u.m", "'m'", "o.s.m"],
        ),
        (
            lambda: tb.Space(
                o=tb.Categorical(
                    {"s": tb.Space(q=tb.Categorical({"d": tb.Space(x=UNIT), "e": 0}), x=UNIT), "t": 0}
                )
            ),
            ["'x'", "q.d.x"],
        ),
    ],
    ids=["outer name", "own name", "two choices", "inner and deeper"],
)
def test_a_name_used_twice_where_both_can_be_active_is_refused_with_both_paths(
    declare: Any, paths: list[str]
) -> None:
    message = refusal(declare)
    assert [path for path in [*paths, "rename one"] if path not in message] == []


@pytest.mark.parametrize(
    "declare",
    [
        lambda: tb.Space({"o.s.x": UNIT, "o": tb.Categorical({"s": tb.Space(x=UNIT), "t": tb.Space()})}),
        lambda: tb.Space(o=tb.Categorical({"a.b": tb.Space(c=UNIT), "a": tb.Space({"b.c": UNIT})})),
    ],
    ids=["a name like a path", "labels and names with dots"],
)
def test_two_parameters_with_one_full_path_are_refused(declare: Any) -> None:
    assert "full path" in refusal(declare)


def test_the_same_name_in_branches_that_exclude_one_another_takes_the_active_one() -> None:
    base = {"x": 0.5}
    assert DEEP.contains({**base, "model": "tree", "depth": None, "gamma": 0.5})
    assert not DEEP.contains({**base, "model": "tree", "depth": 2, "gamma": 0.5})
    assert DEEP.unflatten(DEEP_POINT) == {
        "x": 0.5,
        "model": "net",
        "model.net.depth": 2,
        "model.net.optimizer": "sgd",
        "model.net.optimizer.sgd.rate": 0.5,
        "model.net.optimizer.sgd.decay": "step",
        "model.net.optimizer.sgd.decay.step.gamma": 0.25,
    }


# Reading.


def test_all_values_that_are_wrong_are_named_at_once_under_their_paths() -> None:
    with pytest.raises(tb.SpaceError) as caught:
        DEEP.read({**DEEP_POINT, "x": 7, "depth": 2.5, "gamma": "high"})
    assert [fault.partition(": ")[0] for fault in caught.value.faults] == [
        "x", "model.net.depth", "model.net.optimizer.sgd.decay.step.gamma",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"optimizer": "rmsprop"}, ["model.net.optimizer", "sgd, adam", "'rmsprop'"]),
        ({"bogus": 1}, ["bogus", "no parameter of the space"]),
        ({"model": "tree", "depth": 10}, ["optimizer", "inactive", "model='net'", "leave it out"]),
    ],
    ids=["label", "unknown", "inactive"],
)
def test_a_name_or_label_that_does_not_fit_is_refused_with_the_rule(
    change: dict[str, Any], words: list[str]
) -> None:
    message = refusal(lambda: DEEP.read({**DEEP_POINT, **change}))
    assert [word for word in words if word not in message] == []


def test_a_missing_name_is_reported_under_its_path() -> None:
    point = {name: value for name, value in DEEP_POINT.items() if name != "rate"}
    assert "model.net.optimizer.sgd.rate: is missing" in refusal(lambda: DEEP.read(point))


def test_a_misspelt_name_is_reported_beside_the_missing_one() -> None:
    message = refusal(lambda: tb.Space(momentum=UNIT).read({"momentun": 0.5}))
    assert "momentum: is missing" in message
    assert "momentun" in message


def test_read_returns_builtin_types_and_declaration_order() -> None:
    space = tb.Space(n=tb.Int(0, 5), x=UNIT, c=tb.Categorical([True, None]))
    read = space.read({"c": np.True_, "x": np.float32(0.5), "n": np.int64(3)})
    assert [(name, type(value)) for name, value in read.items()] == [("n", int), ("x", float), ("c", bool)]


@pytest.mark.parametrize("value", [math.nan, math.inf, 10**400, "x", None, [1]], ids=lambda v: repr(v)[:9])
@pytest.mark.parametrize(
    "parameter", [UNIT, tb.Int(0, 3), tb.Normal(0, 1), tb.Float(0, 1, step=0.5)], ids=repr
)
def test_contains_is_false_for_any_value_that_does_not_fit(parameter: Any, value: Any) -> None:
    assert not tb.Space(x=parameter).contains({"x": value})


# Constraints.


def constraint(reason: str = "x is large") -> tb.Constraint:
    """Return a rule on `x`."""
    return tb.Constraint(lambda params: params["x"] > 0.5, reason)


def test_samples_keep_the_constraints() -> None:
    space = tb.Space(x=UNIT, constraints=[constraint()])
    assert min(space.sample(seed)["x"] for seed in range(200)) > 0.5
    assert (space.contains({"x": 0.9}), space.contains({"x": 0.1})) == (True, False)
    assert space.constrained
    assert not space.conditional


@pytest.mark.parametrize(
    "inside",
    [
        tb.Space(m=UNIT, constraints=[constraint()]),
        tb.Space(constraints=[constraint()]),
        tb.Space(m=tb.Categorical({"deep": tb.Space(constraints=[constraint()]), "else": 0})),
    ],
    ids=["with parameters", "without parameters", "deeper"],
)
def test_a_constraint_of_a_branch_holds_in_that_branch_alone(inside: tb.Space) -> None:
    space = tb.Space(x=UNIT, kind=tb.Categorical({"ruled": inside, "free": tb.Space()}))
    assert space.constrained
    assert space.violated({"x": 0.1, "kind": "free"}) is None
    rest = {"m": "deep" if inside and not isinstance(inside["m"], tb.Float) else 0.5} if inside else {}
    broken = space.violated({"x": 0.1, "kind": "ruled", **rest})
    assert broken is not None
    assert broken.reason == "x is large"
    assert not space.contains({"x": 0.1, "kind": "ruled", **rest})
    assert space.contains({"x": 0.9, "kind": "ruled", **rest})


def test_a_constraint_that_never_holds_ends_sampling_with_its_reason() -> None:
    space = tb.Space(x=UNIT, constraints=[tb.Constraint(lambda params: params["x"] > 2, "x above two")])
    assert "x above two" in refusal(lambda: space.sample(0))


def test_a_predicate_that_raises_is_a_space_error_with_the_cause_and_the_params() -> None:
    space = tb.Space(x=UNIT, constraints=[tb.Constraint(lambda params: params["y"] > 0, "y positive")])
    with pytest.raises(tb.SpaceError, match=r"y positive.*KeyError\('y'\).*'x'.*\n.*params\.get") as caught:
        space.sample(0)
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_predicate_may_return_a_numpy_bool() -> None:
    def large(params: Mapping[str, Any]) -> Any:
        return np.float64(params["x"]) > 0.5

    space = tb.Space(x=UNIT, constraints=[tb.Constraint(large, "large")])
    assert (space.contains({"x": 0.9}), space.contains({"x": 0.1})) == (True, False)


def test_a_predicate_cannot_change_the_params_it_judges() -> None:
    def meddle(params: Any) -> bool:
        with contextlib.suppress(TypeError):
            params["x"] = 99.0
        return True

    space = tb.Space(x=UNIT, constraints=[tb.Constraint(meddle, "meddles")])
    assert space.sample(0)["x"] <= 1.0


@pytest.mark.parametrize(
    ("predicate", "reason", "fault"),
    [
        (True, "always", r"the predicate must be a function of the params, got True"),
        ("x < 1", "x below one", r"the predicate must be a function of the params, got 'x < 1'"),
        (bool, None, r"the reason must be the rule in words, a string that is not empty, got None"),
        (bool, "", r"the reason must be the rule in words, a string that is not empty, got ''"),
        ("x below one", bool, r"the predicate .* got 'x below one'\n.*the reason .* got <class 'bool'>"),
    ],
)
def test_a_constraint_of_other_kinds_is_refused_when_its_space_is_built(
    predicate: Any, reason: Any, fault: str
) -> None:
    with pytest.raises(tb.SpaceError, match=fault):
        tb.Space(x=UNIT, constraints=[tb.Constraint(predicate, reason)])
    with pytest.raises(tb.SpaceError, match=fault):
        tb.Space(c=tb.Categorical({"a": tb.Space(x=UNIT, constraints=[tb.Constraint(predicate, reason)])}))


def test_a_predicate_sees_flat_params_with_inactive_ones_absent_and_labels_for_branches() -> None:
    seen: list[dict[str, Any]] = []
    rule = tb.Constraint(lambda params: not seen.append(dict(params)), "looks")  # type: ignore[func-returns-value]
    choice = tb.Categorical({"sgd": tb.Space(m=UNIT), "adam": tb.Space(b=UNIT)})
    tb.Space(o=choice, constraints=[rule]).contains({"o": "sgd", "m": 0.5})
    assert seen == [{"o": "sgd", "m": 0.5}]
