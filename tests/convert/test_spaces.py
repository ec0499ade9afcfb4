"""Spaces as code: what it declares is the same space."""

from __future__ import annotations

import importlib
import math
import operator
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import tunebridge as tb
from tunebridge.convert.layout import WIDTH, laid_out
from tunebridge.convert.spaces import written_space
from tunebridge.convert.values import Values
from tunebridge.testing import strategies


class Net:
    """A choice that no code says."""


class Outer:
    class Inner:
        """A class in a class."""

    @staticmethod
    def shallow(params: Any) -> bool:
        return bool(params["n"] < 3)


def read_back(space: tb.Space, **names: Any) -> tuple[tb.Space, str, Values]:
    """Return what the code of a space declares, the code, and what it needed."""
    values = Values()
    code = laid_out(written_space(space, values), "space = ")
    around: dict[str, Any] = {"tb": tb, **names}
    for module in sorted(values.modules):
        importlib.import_module(module)
        exec(f"import {module}", around)
    exec(code, around)
    read = around["space"]
    assert isinstance(read, tb.Space)
    return read, code, values


@given(strategies.spaces())
def test_the_code_of_any_space_declares_the_same_space(space: tb.Space) -> None:
    values = Values()
    written_space(space, values)
    missing = {
        name: strategies.OBJECTS["opaque"] for name, shown in values.missing.items() if shown == "<opaque>"
    }
    assert missing.keys() == values.missing.keys()
    read, code, _ = read_back(space, **missing)
    assert read == space
    assert repr(read) == repr(space)
    assert read.sample(0) == space.sample(0)
    again, same_code, _ = read_back(read, **missing)
    assert (again, same_code) == (space, code)


@pytest.mark.parametrize(
    "parameter",
    [
        tb.Float(1e-4, 0.1, log=True),
        tb.Float(0, 1, step=0.1),
        tb.Int(1, 100, log=True),
        tb.Int(-4, 8, step=4),
        tb.Normal(0, 2, log=True),
        tb.Ordinal([16, 32, "many"]),
        tb.Constant({"depth": [1, (2,), {3}], "none": None}),
        tb.Categorical([True, None, "a'b\n", b"x", math.inf, -math.inf, (), (1,), [], set(), frozenset({2})]),
        tb.Categorical({"a label": "a", "b": 2}, weights=[1, 3]),
        tb.Categorical([dict, len, math.sqrt, operator.add, range(3), ...]),
        tb.Categorical([tb.Fidelity.EXACT, tb.TrialState.PRUNED]),
        tb.Categorical({"inner": Outer.Inner, "rule": Outer.shallow}),
        tb.Categorical(
            {"deep": tb.Space({"max depth": tb.Int(1, 3), "class": tb.Constant(1)}), "none": None}
        ),
    ],
    ids=lambda parameter: f"{type(parameter).__name__}",
)
def test_every_kind_of_parameter_is_written_as_it_was_declared(parameter: tb.AnyParameter) -> None:
    space = tb.Space({"x": parameter, "constraints": tb.Int(0, 1)})
    read, _, values = read_back(space)
    assert read == space
    assert values.missing == {}


def test_a_float_that_is_not_a_number_is_written() -> None:
    read, _, _ = read_back(tb.Space(x=tb.Constant(math.nan)))
    assert math.isnan(read.sample(0)["x"])


def test_classes_are_written_by_their_public_import_path() -> None:
    _, code, values = read_back(tb.Space(model=tb.Categorical({"linear": LogisticRegression})))
    assert "sklearn.linear_model.LogisticRegression}" in code
    assert values.modules == {"sklearn.linear_model"}


def test_an_estimator_is_written_with_the_params_that_are_not_its_defaults() -> None:
    steps = [("scale", StandardScaler()), ("model", LogisticRegression(C=0.5, fit_intercept=False))]
    read, code, _ = read_back(tb.Space(model=tb.Constant(Pipeline(steps))))
    assert "LogisticRegression(C=0.5, fit_intercept=False)" in code
    assert "tol" not in code
    assert repr(read.sample(0)["model"]) == repr(Pipeline(steps))


def test_a_partial_function_is_written_with_its_arguments() -> None:
    read, _, _ = read_back(tb.Space(f=tb.Categorical({"half": partial(operator.truediv, 2.0)})))
    assert read.sample(0)["f"](4.0) == 0.5


def test_what_no_code_says_is_a_name_that_nothing_defines() -> None:
    net = Net()
    space = tb.Space(net=tb.Categorical({"small net": net, "none": None}))
    values = Values()
    code = laid_out(written_space(space, values))
    assert code == 'tb.Space(net=tb.Categorical({"small net": small_net_1, "none": None}))'
    assert list(values.missing) == ["small_net_1"]
    with pytest.raises(NameError, match="small_net_1"):
        eval(code, {"tb": tb})
    assert eval(code, {"tb": tb, "small_net_1": net}) == space


def test_constraints_keep_their_reasons_and_functions_that_can_be_imported() -> None:
    reasons = [tb.Constraint(Outer.shallow, "few layers"), tb.Constraint(lambda params: True, "all")]
    space = tb.Space(n=tb.Int(1, 9), constraints=reasons)
    values = Values()
    code = laid_out(written_space(space, values))
    assert list(values.missing) == ["rule_1"]
    assert 'tb.Constraint(rule_1, "all")' in code
    read = eval(code, {"tb": tb, "tests": importlib.import_module("tests"), "rule_1": reasons[1].predicate})
    assert read == space


def test_names_of_a_script_stand_for_what_they_name() -> None:
    net = Net()
    values = Values({"net": net, "number": 3})
    space = tb.Space(x=tb.Constant(net), n=tb.Constant(3))
    assert laid_out(written_space(space, values)) == "tb.Space(x=tb.Constant(net), n=tb.Constant(3))"
    assert values.own == {"net"}


def test_a_long_space_has_an_entry_a_line() -> None:
    branches = {f"branch {n}": tb.Space({f"rate{n}": tb.Float(0, 1)}) for n in range(5)}
    space = tb.Space(lr=tb.Float(1e-5, 1e-1, log=True), kind=tb.Categorical(branches))
    read, code, _ = read_back(space)
    assert read == space
    lines = code.splitlines()
    assert lines[0] == "space = tb.Space("
    assert lines[1] == "    lr=tb.Float(1e-05, 0.1, log=True),"
    assert max(map(len, lines)) <= WIDTH


def test_conditions_and_groups_are_written() -> None:
    space = tb.Space(
        booster=tb.Categorical(["gbtree", "dart", "gblinear"]),
        max_depth=tb.Int(1, 9, when={"booster": ["gbtree", "dart"]}),
        n=tb.Ordinal([1, 2, 3], when=[{"booster": "dart"}, {"max_depth": tb.Between(2, None)}]),
        drop=tb.Space(rate=tb.Float(0, 1), fixed=tb.Constant(1, when={"n": 2}), when={"booster": "dart"}),
        kind=tb.Categorical({"a": tb.Space(x=tb.Float(0, 1)), "b": None}, [1, 2], when={"n": [1, 3]}),
    )
    assert read_back(space)[0] == space


WHENS: list[Any] = [
    {"kind": "a"},
    {"kind": ["a", None]},
    {"n": tb.Between(2, None), "kind": "a"},
    [{"n": tb.Between(None, 1)}, {"n": 3, "kind": ["a"]}],
]


@pytest.mark.parametrize("when", WHENS, ids=repr)
def test_conditions_of_every_kind_of_parameter_and_of_groups_are_written(when: Any) -> None:
    space = tb.Space(
        {
            "kind": tb.Categorical(["a", "b", None]),
            "n": tb.Int(1, 3),
            "float": tb.Float(0, 1, when=when),
            "log int": tb.Int(1, 8, log=True, when=when),
            "normal": tb.Normal(0, 1, when=when),
            "ordinal": tb.Ordinal([1, 2], when=when),
            "constant": tb.Constant("x", when=when),
            "choice": tb.Categorical({"deep": tb.Space(inner=tb.Int(0, 1))}, when=when),
            "weighted": tb.Categorical([1, 2], weights=[1, 3], when=when),
            "group": tb.Space(
                one=tb.Float(0, 1), two=tb.Int(0, 1, when={"one": tb.Between(0.5, 1)}), when=when
            ),
        }
    )
    read, _, values = read_back(space)
    assert read == space
    assert repr(read) == repr(space)
    assert [read.sample(seed) for seed in range(20)] == [space.sample(seed) for seed in range(20)]
    assert values.missing == {}
