"""Conditions: when parameters are active, in every form that they are written in."""

import itertools
import json
import math
import pickle
import time
from collections.abc import Mapping
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.space.schema import differences, stored_space, write_space

UNIT = tb.Float(0, 1)
BOOSTER = tb.Categorical(["gbtree", "dart", "gblinear"])
BOOSTED = tb.Space(
    booster=BOOSTER,
    max_depth=tb.Int(1, 9, when={"booster": ["gbtree", "dart"]}),
    n_layers=tb.Int(1, 3),
    n_units_l2=tb.Int(4, 128, when={"n_layers": tb.Between(2, None)}),
    drop=tb.Space(rate=UNIT, skip=UNIT, when={"booster": "dart"}),
)


def refusal(declare: Any) -> str:
    """Return the message of the SpaceError that a declaration raises."""
    with pytest.raises(tb.SpaceError) as caught:
        declare()
    return str(caught.value)


def active(space: tb.Space, seed: int) -> set[str]:
    return set(space.sample(seed))


def one(parent: tb.AnyParameter, wanted: Any) -> tb.Space:
    """Return a space of a parent `p` and an `x` that is active under a condition on it."""
    return tb.Space(p=parent, x=tb.Float(0, 1, when={"p": wanted}))


def test_one_of_several_of_a_name_may_have_one_value_only() -> None:
    space = tb.Space(
        choice=tb.Categorical(
            {
                "one": tb.Space(m=tb.Constant(1)),
                "two": tb.Space(m=tb.Categorical({"b": tb.Space(u=tb.Float(0, 1))})),
                "any": tb.Space(m=tb.Int(1, 3)),
            }
        ),
        n=tb.Float(0, 1, when={"m": 1}),
        k=tb.Float(0, 1, when={"m": "b"}),
        l=tb.Float(0, 1, when={"choice.two.m": "b"}),
    )
    assert not differences(write_space(space), write_space(stored_space(write_space(space))))
    for params in map(space.sample, range(60)):
        assert ("n" in params, "k" in params) == (params["m"] == 1, params["m"] == "b")
        assert ("l" in params) == (params["choice"] == "two")


def test_params_are_there_where_their_conditions_hold_and_nowhere_else() -> None:
    for seed in range(200):
        params = BOOSTED.sample(seed)
        assert ("max_depth" in params) == (params["booster"] in ("gbtree", "dart"))
        assert ("n_units_l2" in params) == (params["n_layers"] >= 2)
        assert ("rate" in params) == ("skip" in params) == (params["booster"] == "dart")
        assert BOOSTED.contains(params)
        assert BOOSTED.read(params) == params


def test_members_of_a_group_have_its_name_in_their_paths_and_their_own_name_in_params() -> None:
    params = {"booster": "dart", "max_depth": 1, "n_layers": 1, "rate": 0.5, "skip": 0.25}
    assert BOOSTED.unflatten(params) == {
        "booster": "dart", "max_depth": 1, "n_layers": 1, "drop.rate": 0.5, "drop.skip": 0.25,
    }  # fmt: skip
    assert BOOSTED.flatten(BOOSTED.unflatten(params)) == params
    assert tb.from_natural(BOOSTED, tb.to_natural(BOOSTED, params)) == params


def test_a_group_without_a_condition_is_a_group() -> None:
    space = tb.Space(model=tb.Space(lr=UNIT), n=tb.Int(1, 2))
    assert [node.path for node in space.nodes] == ["model.lr", "n"]
    assert not space.conditional
    assert space.size is None


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({"booster": "gblinear", "max_depth": 3, "n_layers": 1},
         "max_depth: is inactive here, it needs booster is 'gbtree' or 'dart'; leave it out"),
        ({"booster": "gblinear", "n_layers": 1, "n_units_l2": 8},
         "n_units_l2: is inactive here, it needs n_layers >= 2; leave it out"),
        ({"booster": "gblinear", "n_layers": 1, "rate": 0.5},
         "drop.rate: is inactive here, it needs booster is 'dart'; leave it out"),
        ({"booster": "gbtree", "n_layers": 1}, "max_depth: is missing; it must be one value of Int(1, 9"),
    ],
)  # fmt: skip
def test_what_is_inactive_or_missing_is_refused_with_the_condition(
    params: dict[str, Any], fault: str
) -> None:
    assert fault in refusal(lambda: BOOSTED.read(params))


def test_values_are_matched_as_users_write_them_a_value_first_and_then_a_label() -> None:
    parent = tb.Categorical({"a": len, "b": "a", "c": 3})
    for wanted, labels in [(len, "a"), ("a", "b"), ("b", "b"), (3, "c"), ([len, 3], "ac"), ("c", "c")]:
        space = one(parent, wanted)
        for label, value in zip("abc", parent.values, strict=True):
            assert space.contains({"p": value, **({"x": 0.5} if label in labels else {})})


@pytest.mark.parametrize(
    ("parent", "wanted", "shown"),
    [
        (BOOSTER, "dart", "p is 'dart'"),
        (tb.Int(1, 9), [2, 4], "p is 2 or 4"),
        (tb.Int(1, 9), tb.Between(2, None), "p >= 2"),
        (tb.Int(1, 9), tb.Between(None, 4), "p <= 4"),
        (tb.Int(1, 9), tb.Between(2, 4), "2 <= p <= 4"),
        (tb.Int(0, 10, step=5), tb.Between(1, 9), "1 <= p <= 9"),
        (tb.Float(0, 1), tb.Between(0.25, None), "p >= 0.25"),
        (tb.Float(0, 0.9, step=0.3), [0.3, 0.9], "p is 0.3 or 0.9"),
        (tb.Normal(0, 1), tb.Between(0, None), "p >= 0"),
        (tb.Ordinal([16, 32, 64]), tb.Between(32, None), "p >= 32"),
        (tb.Ordinal([None, "a"]), [None], "p is None"),
        (tb.Categorical({"a": len, "b": max}), len, "p is 'a'"),
        (tb.Categorical({"a": tb.Space(), "b": None}), "a", "p is 'a'"),
    ],
    ids=repr,
)
def test_every_kind_of_parent_can_decide(parent: tb.AnyParameter, wanted: Any, shown: str) -> None:
    space = one(parent, wanted)
    assert space.nodes[-1].declared == f"Float(0.0, 1.0) when {shown}"
    assert {"x" in active(space, seed) for seed in range(50)} == {True, False}
    read = stored_space(json.loads(json.dumps(write_space(space))))
    assert read.nodes[-1].condition == space.nodes[-1].condition


def test_a_range_takes_in_a_stepped_value_whose_float_misses_its_end_by_a_hair() -> None:
    parent = tb.Float(0.1, 1.1, step=0.1)
    assert {parent.at(7), parent.at(2)} & {0.8, 0.3} != {0.8, 0.3}
    space = one(parent, tb.Between(0.3, 0.8))
    inside = [place for place in range(11) if "x" in space.example(space.nodes[1])]
    assert inside
    assert [
        place for place in range(11) if space.contains({"p": parent.at(place), "x": 0.5})
    ] == [2, 3, 4, 5, 6, 7]  # fmt: skip


def test_a_list_of_mappings_holds_where_any_of_them_does_and_a_mapping_where_all_do() -> None:
    space = tb.Space(
        a=tb.Int(0, 2), b=tb.Int(0, 2),
        all=tb.Float(0, 1, when={"a": 1, "b": [0, 2]}),
        any=tb.Float(0, 1, when=[{"a": 1}, {"b": tb.Between(2, None)}]),
    )  # fmt: skip
    for a, b in itertools.product(range(3), repeat=2):
        params: dict[str, Any] = {"a": a, "b": b}
        params |= {"all": 0.5} if a == 1 and b != 1 else {}
        params |= {"any": 0.5} if a == 1 or b == 2 else {}
        assert space.read(params) == params
    assert space.nodes[3].declared == "Float(0.0, 1.0) when a is 1, or b >= 2"


def test_a_parent_that_is_inactive_makes_its_children_inactive() -> None:
    space = tb.Space(
        a=tb.Int(0, 1),
        b=tb.Int(0, 1, when={"a": 1}),
        c=tb.Int(0, 1, when={"b": [0, 1]}),
        d=tb.Float(0, 1, when={"c": 1}),
    )
    assert space.read({"a": 0}) == {"a": 0}
    assert space.read({"a": 1, "b": 0, "c": 0}) == {"a": 1, "b": 0, "c": 0}
    assert "d: is inactive" in refusal(lambda: space.read({"a": 0, "d": 0.5}))


def test_parents_come_first_and_all_else_stays_as_declared() -> None:
    space = tb.Space(
        x=tb.Float(0, 1, when={"z": 1}), y=UNIT, w=tb.Float(0, 1, when={"x": tb.Between(0.5, None)}),
        z=tb.Int(0, 1), last=UNIT,
    )  # fmt: skip
    assert [node.name for node in space.nodes] == ["y", "z", "x", "w", "last"]


def test_conditions_may_name_what_is_in_branches_groups_and_spaces_around() -> None:
    space = tb.Space(
        booster=BOOSTER,
        o=tb.Categorical({"sgd": tb.Space(m=UNIT, s=tb.Int(0, 3, when={"booster": "dart"})), "adam": None}),
        late=tb.Float(0, 1, when={"m": tb.Between(0.5, None)}),
        group=tb.Space(k=tb.Int(0, 3), inner=tb.Space(q=UNIT, when={"k": 2}), when={"booster": "gbtree"}),
    )
    for seed in range(300):
        params = space.sample(seed)
        assert ("s" in params) == (params["o"] == "sgd" and params["booster"] == "dart")
        assert ("late" in params) == (params.get("m", 0) >= 0.5)
        assert ("q" in params) == (params.get("k") == 2)
        assert space.contains(params)
    assert {node.path for node in space.nodes} >= {"o.sgd.s", "group.inner.q"}


def test_a_name_of_several_parameters_stands_for_the_one_that_is_active() -> None:
    space = tb.Space(
        o=tb.Categorical({"s": tb.Space(m=tb.Int(0, 3)), "t": tb.Space(m=tb.Ordinal([2, "x"])), "u": None}),
        y=tb.Float(0, 1, when={"m": 2}),
        z=tb.Float(0, 1, when={"o.s.m": 2}),
    )
    assert space.contains({"o": "s", "m": 2, "y": 0.5, "z": 0.5})
    assert space.contains({"o": "t", "m": 2, "y": 0.5})
    assert space.contains({"o": "t", "m": "x"})
    assert space.contains({"o": "u"})
    read = stored_space(json.loads(json.dumps(write_space(space))))
    assert [node.condition for node in read.nodes] == [node.condition for node in space.nodes]


def test_a_name_may_repeat_where_conditions_exclude_one_another() -> None:
    low = tb.Space(rate=UNIT, when={"n": tb.Between(None, 2)})
    high = tb.Space(rate=tb.Int(5, 9), when={"n": tb.Between(3, None)})
    space = tb.Space(n=tb.Int(1, 4), low=low, high=high)
    assert space.contains({"n": 2, "rate": 0.5})
    assert space.contains({"n": 3, "rate": 5})
    both = tb.Space(rate=tb.Int(5, 9), when={"n": tb.Between(2, None)})
    message = refusal(lambda: tb.Space(n=tb.Int(1, 4), low=low, high=both))
    assert "high.rate: the name 'rate' is also used by low.rate" in message


def test_a_constraint_of_a_group_holds_where_the_group_is_active() -> None:
    ruled = tb.Space(
        rate=UNIT,
        constraints=[tb.Constraint(lambda params: params["rate"] > params["x"], "rate above x")],
        when={"n": 1},
    )
    space = tb.Space(n=tb.Int(0, 1), x=UNIT, drop=ruled)
    assert space.contains({"n": 0, "x": 0.9})
    assert space.contains({"n": 1, "x": 0.5, "rate": 0.75})
    assert not space.contains({"n": 1, "x": 0.5, "rate": 0.25})


@pytest.mark.parametrize(
    "declared", [BOOSTED, one(tb.Ordinal([1, 2]), [1]), one(BOOSTER, ["dart"])], ids=repr
)
def test_spaces_with_conditions_are_shown_as_written_and_survive_pickling(declared: tb.Space) -> None:
    assert eval(repr(declared), dict(vars(tb)), {"Between": tb.Between}) == declared
    twin = pickle.loads(pickle.dumps(declared))
    assert (twin, hash(twin), twin.nodes) == (declared, hash(declared), declared.nodes)
    assert twin.sample(3) == declared.sample(3)


def test_a_condition_counts_in_equality() -> None:
    assert one(BOOSTER, "dart") == one(BOOSTER, ["dart"])
    assert one(BOOSTER, "dart") != one(BOOSTER, "gbtree")
    assert one(BOOSTER, "dart")["x"] != UNIT
    assert one(tb.Int(0, 2), tb.Between(1, None)) != one(tb.Int(0, 2), [1, 2])


# Faults.


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ({"x": tb.Float(0, 1, when={"p": 4})}, "x: when p: must be in [1, 3], got 4"),
        ({"x": tb.Float(0, 1, when={"p": [1, 2, 3]})}, "x: when p: allows all of its values"),
        ({"x": tb.Float(0, 1, when={"p": tb.Between(1, 3)})}, "x: when p: allows all of its values"),
        ({"x": tb.Float(0, 1, when={"p": tb.Between(2, 5)})},
         "x: when p: Between(2, 5) reaches out of the bounds [1, 3]; write None for an open end"),
        ({"x": tb.Float(0, 1, when={"p": tb.Between(3, 2)})}, "x: when p: low <= high must hold"),
        ({"x": tb.Float(0, 1, when={"p": tb.Between(None, None)})}, "Between(None, None) has no end"),
        ({"x": tb.Float(0, 1, when={"p": tb.Between(math.nan, None)})}, "low and high must be finite"),
        ({"x": tb.Float(0, 1, when={"p": []})}, "x: when p: needs at least one value"),
        ({"x": tb.Float(0, 1, when={"p": {1, 2}})}, "x: when p: several values are a list, got {1, 2}"),
        ({"x": tb.Float(0, 1, when={"p": [1, tb.Between(2, 3)]})}, "x: when p: a range stands alone"),
        ({"x": tb.Float(0, 1, when={})}, "x: when must be a mapping of names to values"),
        ({"x": tb.Float(0, 1, when=[])}, "x: when must be a mapping of names to values"),
        ({"x": tb.Float(0, 1, when="p")}, "x: when must be a mapping of names to values"),  # type: ignore[arg-type]
        ({"x": tb.Float(0, 1, when={1: 2})}, "x: when: names of parameters must be strings, got 1"),  # type: ignore[dict-item]
        ({"c": tb.Constant(1), "x": tb.Float(0, 1, when={"c": 1})}, "Constant(1) has one value only"),
        ({"c": tb.Categorical(["a"]), "x": tb.Float(0, 1, when={"c": "a"})}, "has one value only"),
        ({"f": UNIT, "x": tb.Float(0, 1, when={"f": 0.5})}, "write Between(low, high), with None"),
        ({"f": tb.Normal(0, 1), "x": tb.Float(0, 1, when={"f": [1]})}, "is a real number"),
        ({"c": BOOSTER, "x": tb.Float(0, 1, when={"c": tb.Between(1, 2)})}, "has no order: list the values"),
        ({"c": BOOSTER, "x": tb.Float(0, 1, when={"c": "dort"})}, "x: when c: must be one of 'gbtree'"),
        ({"q": tb.Int(0, 10, step=5), "x": tb.Float(0, 1, when={"q": tb.Between(1, 4)})},
         "no value of Int(0, 10, step=5) lies in Between(1, 4)"),
        ({"x": tb.Float(0, 1, when={"x": tb.Between(0.5, None)})}, "x: its condition goes round in a circle"),
        ({"a": tb.Int(0, 1, when={"b": 1}), "b": tb.Int(0, 1, when={"a": 1})}, "goes round in a circle"),
        ({"g": tb.Space(a=tb.Int(0, 1), when={"b": 1}), "b": tb.Int(0, 1, when={"a": 1})}, "in a circle"),
        ({"o": tb.Categorical({"s": tb.Space(m=tb.Int(0, 1)), "t": 1}, when={"m": 1})}, "in a circle"),
        ({"o": tb.Categorical({"s": tb.Space(m=UNIT), "t": tb.Space(k=UNIT)}),
          "x": tb.Float(0, 1, when={"m": tb.Between(0.5, None), "k": tb.Between(0.5, None)})},
         "x: when m >= 0.5 and k >= 0.5: can never hold"),
        ({"o": tb.Categorical({"s": tb.Space(x=tb.Float(0, 1, when={"o": "t"})), "t": 1})},
         "o.s.x: when o is 't': can never hold; what it needs excludes one another, where o='s'"),
        ({"g": tb.Space(x=tb.Float(0, 1, when={"p": 1}), when={"p": 2})}, "g.x: when p is 1: can never hold"),
        ({"x": tb.Float(0, 1, when=[{"p": 1}, {"p": 2, "q": 1}]), "q": tb.Int(0, 1, when={"p": 3})},
         "x: when p is 2 and q is 1: can never hold"),
    ],
)  # fmt: skip
def test_conditions_that_are_wrong_are_refused_with_the_rule(entries: Mapping[str, Any], fault: str) -> None:
    assert fault in refusal(lambda: tb.Space({"p": tb.Int(1, 3), **entries}))


def test_all_faults_come_at_once_each_with_its_path() -> None:
    with pytest.raises(tb.SpaceError) as caught:
        tb.Space(
            p=tb.Int(1, 3),
            x=tb.Float(0, 1, when={"p": 9}),
            g=tb.Space(y=tb.Float(0, 1, when={"p": [1, 2, 3]}), when={"nope": 1}),
        )
    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["x", "g.y", "g"]


def test_a_name_that_the_space_has_not_is_an_error_where_the_space_is_used_by_itself() -> None:
    inner = tb.Space(x=tb.Float(0, 1, when={"boster": "dart"}))
    uses: list[Any] = [
        lambda: inner.sample(0),
        lambda: inner.size,
        lambda: inner.conditional,
        lambda: tb.Problem(len, inner),
        lambda: tb.explain(inner, "optuna:tpe"),
    ]
    assert not inner.contains({"x": 0.5})
    for use in uses:
        assert "x: when boster: is no parameter of the space" in refusal(use)
    assert tb.Space(boster=BOOSTER, inner=inner).conditional
    message = refusal(lambda: tb.Space(booster=BOOSTER, inner=inner).nodes)
    assert "Did you mean 'booster'?" in message


def test_a_parameter_called_when_is_given_in_the_mapping() -> None:
    assert "give a parameter of this name in the mapping" in refusal(lambda: tb.Space(when=UNIT))  # type: ignore[arg-type]
    space = tb.Space({"when": UNIT})
    assert space.contains({"when": 0.5})
    assert eval(repr(space), dict(vars(tb))) == space


@pytest.mark.parametrize(
    "when",
    [
        [{"p": 1}, {"p": [2, 3]}],
        [{"p": tb.Between(None, 2)}, {"p": tb.Between(2, None)}],
        [{"p": 1, "q": True}, {"q": False}, {"p": [2, 3]}],
        [{"f": tb.Between(0.5, None)}, {"f": tb.Between(None, 0.5)}],
        [{"z": tb.Between(0, None)}, {"z": tb.Between(None, 0)}],
    ],
    ids=repr,
)
def test_alternatives_that_leave_nothing_out_are_refused(when: Any) -> None:
    def declare() -> tb.Space:
        return tb.Space(
            p=tb.Int(1, 3), q=tb.Categorical([True, False]), f=UNIT, z=tb.Normal(0, 1),
            x=tb.Float(0, 1, when=when),
        )  # fmt: skip

    assert "always holds, and so says nothing; leave it out" in refusal(declare)


@pytest.mark.parametrize(
    "when",
    [
        [{"p": 1}, {"p": 2}],
        [{"f": tb.Between(0.5, None)}, {"f": tb.Between(None, 0.4)}],
        [{"z": tb.Between(1, None)}, {"z": tb.Between(None, 0)}],
        [{"p": 1, "q": True}, {"p": [2, 3], "q": False}],
    ],
    ids=repr,
)
def test_alternatives_that_leave_something_out_are_none_of_these(when: Any) -> None:
    space = tb.Space(
        p=tb.Int(1, 3),
        q=tb.Categorical([True, False]),
        f=UNIT,
        z=tb.Normal(0, 1),
        x=tb.Float(0, 1, when=when),
    )
    assert {"x" in active(space, seed) for seed in range(200)} == {True, False}


# Counting.


def test_size_counts_each_active_point_once() -> None:
    space = tb.Space(
        n=tb.Int(1, 1000),
        a=tb.Ordinal([1, 2, 3], when={"n": tb.Between(999, None)}),
        b=tb.Categorical(["x", "y"], when=[{"a": 1}, {"n": [1, 2]}]),
    )
    assert space.size == 996 + 2 * 2 + 2 * (2 + 1 + 1)


def test_counting_many_parents_that_one_condition_names_ends() -> None:
    many = {f"p{n}": tb.Int(0, 1) for n in range(40)}
    chain = {f"c{n}": tb.Int(0, 1, when={f"p{n}": 1}) for n in range(40)}
    assert tb.Space({**many, **chain}).size == 3**40
    tangled = tb.Space({**many, "x": tb.Int(0, 1, when=[{name: 1} for name in many])})
    began = time.perf_counter()
    assert tangled.size in {2**41 - 1, None}
    assert time.perf_counter() - began < 10


def test_a_space_of_twenty_conditional_parameters_is_built_in_milliseconds() -> None:
    def build() -> tb.Space:
        layers = {f"u{k}": {"n": tb.Between(k, None), "kind": "dart"} for k in range(2, 21)}
        units = {name: tb.Int(4, 128, when=when) for name, when in layers.items()}
        rates = {f"v{name}": tb.Float(0, 1, when={name: tb.Between(8, None)}) for name in units}
        return tb.Space({"n": tb.Int(1, 20), "kind": BOOSTER, **units, **rates})

    build()
    took = []
    for _ in range(5):
        began = time.perf_counter()
        build()
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05


# Stores.


def test_a_document_without_conditions_says_nothing_of_them() -> None:
    text = json.dumps(write_space(tb.Space(a=UNIT, o=tb.Categorical({"s": tb.Space(n=tb.Int(1, 2))}))))
    assert "when" not in text


def test_a_space_with_conditions_comes_back_from_its_document() -> None:
    read = stored_space(json.loads(json.dumps(write_space(BOOSTED))))
    assert read == BOOSTED
    assert differences(write_space(BOOSTED), write_space(read)) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (one(BOOSTER, "dart"), one(BOOSTER, ["dart", "gbtree"]),
         "x: was Float(0.0, 1.0, when={'p': 'dart'}), is Float(0.0, 1.0, when={'p': ['dart', 'gbtree']})"),
        (tb.Space(p=tb.Int(0, 1), x=UNIT), one(tb.Int(0, 1), 1),
         "x: was Float(0.0, 1.0), is Float(0.0, 1.0, when={'p': 1})"),
        (tb.Space(p=tb.Int(0, 1), g=tb.Space(x=UNIT)),
         tb.Space(p=tb.Int(0, 1), g=tb.Space(x=UNIT, when={"p": 1})),
         "g: was Space(...), is Space(..., when={'p': 1})"),
        (tb.Space(g=tb.Space(x=UNIT)), tb.Space(g=tb.Space(x=tb.Float(0, 2))),
         "g.x: was Float(0.0, 1.0), is Float(0.0, 2.0)"),
    ],
)  # fmt: skip
def test_a_changed_condition_shows_what_it_was_and_is(old: tb.Space, new: tb.Space, line: str) -> None:
    assert differences(write_space(old), write_space(new)) == [line]


def test_what_a_condition_names_cannot_change_while_a_trial_trains() -> None:
    from tunebridge.training.changes import resolve
    from tunebridge.training.training import Training

    space = one(tb.Int(0, 3), tb.Between(2, None))
    training = Training(
        number=0, params={"p": 3, "x": 0.5}, reports=(tb.Report(0, 1.0),), schedule=(),
        direction=tb.Direction.MINIMIZE, names=frozenset({"p", "x"}),
    )  # fmt: skip
    assert "decides on others" in refusal(lambda: resolve(space, training, {"p": 1}))
    assert [change.value for change in resolve(space, training, {"x": 0.25})] == [0.25]


@pytest.mark.parametrize(
    "when", [[{"p": {}}], [{"nope": {"low": 1, "high": None}}], [{"p": {"low": 9, "high": None}}]]
)
def test_a_damaged_condition_of_a_document_is_an_error(when: Any) -> None:
    document = json.loads(json.dumps(write_space(one(tb.Int(0, 3), 1))))
    document["parameters"][1]["when"] = when
    with pytest.raises((KeyError, tb.SpaceError)):
        stored_space(document)


@pytest.mark.parametrize("parent", [tb.Ordinal(["s", "m", "l"]), tb.Categorical(["s", "m", "l"])])
def test_a_range_between_names_is_told_to_list_the_values(parent: Any) -> None:
    with pytest.raises(tb.SpaceError, match="between names there is no range: list the values"):
        tb.Space(size=parent, x=tb.Float(0, 1, when={"size": tb.Between("m", None)}))  # type: ignore[arg-type]
