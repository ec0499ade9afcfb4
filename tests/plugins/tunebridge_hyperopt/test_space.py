"""The translation to hyperopt: its text, its expressions, and the way back from all that hyperopt returns."""

import math
from typing import Any

import numpy as np
import pytest
from hyperopt import Trials, fmin, hp, rand, space_eval
from hyperopt.pyll import as_apply, scope

import tunebridge as tb

KINDS: dict[str, tuple[tb.AnyParameter, str, tb.Fidelity]] = {
    "float": (tb.Float(-1, 3), "hp.uniform('p', -1.0, 3.0)", tb.Fidelity.EXACT),
    "log_float": (
        tb.Float(1e-4, 10, log=True),
        "hp.loguniform('p', log(0.0001), log(10.0))",
        tb.Fidelity.EXACT,
    ),
    "stepped_float": (
        tb.Float(0, 1, step=0.25),
        "scope.int(hp.quniform('p', -0.5, 4.5, 1))",
        tb.Fidelity.EMULATED,
    ),
    "int": (tb.Int(-2, 3), "scope.int(hp.quniform('p', -2.5, 3.5, 1))", tb.Fidelity.EMULATED),
    "log_int": (
        tb.Int(1, 20, log=True),
        "scope.int(hp.qloguniform('p', log(0.5), log(20.5), 1))",
        tb.Fidelity.EMULATED,
    ),
    "stepped_int": (
        tb.Int(1, 10, step=3),
        "scope.int(hp.quniform('p', -0.5, 3.5, 1))",
        tb.Fidelity.EMULATED,
    ),
    "ordinal": (
        tb.Ordinal([16, 32, "x"]),
        "scope.int(hp.quniform('p', -0.5, 2.5, 1))",
        tb.Fidelity.EMULATED,
    ),
    "choice": (tb.Categorical([1, True, None]), "hp.choice('p', ['1', 'True', 'None'])", tb.Fidelity.EXACT),
    "weighted": (
        tb.Categorical({"a": 1, "b": 2}, weights=[1, 3]),
        "hp.pchoice('p', [(0.25, 'a'), (0.75, 'b')])",
        tb.Fidelity.EXACT,
    ),
    "normal": (tb.Normal(2.0, 0.5), "hp.normal('p', 2.0, 0.5)", tb.Fidelity.EXACT),
    "log_normal": (tb.Normal(0.0, 1.0, log=True), "hp.lognormal('p', 0.0, 1.0)", tb.Fidelity.EXACT),
}
"""Parameter, text of the native call, and how faithful it is."""

ALL = tb.Space({name: parameter for name, (parameter, *_) in KINDS.items()})
BRANCHED = tb.Space(
    optimizer=tb.Categorical(
        {
            "sgd": tb.Space(
                lr=tb.Float(1, 2), inner=tb.Categorical({"x": tb.Space(deep=tb.Int(1, 3)), "y": tb.Space()})
            ),
            "adam": tb.Space(lr=tb.Float(3, 4), size=tb.Ordinal([8, 16])),
        },
        weights={"sgd": 0.5, "adam": 1.5},
    ),
    seed=tb.Constant(7),
    single=tb.Categorical({"only": tb.Space(k=tb.Int(1, 2), fixed=tb.Int(3, 3))}),
)


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_is_the_call_that_makes_the_native_expression(kind: str) -> None:
    parameter, text, fidelity = KINDS[kind]
    space = tb.Space(p=parameter)
    (row,) = tb.explain(space, "hyperopt:tpe").parameters
    assert (row.path, row.declared, row.native, row.fidelity) == ("p", repr(parameter), text, fidelity)
    assert row.reason or fidelity is tb.Fidelity.EXACT
    by_hand = eval(text, {"hp": hp, "scope": scope, "log": math.log})
    assert str(as_apply(tb.to_native(space, "hyperopt:tpe"))) == str(as_apply({"p": by_hand}))


def test_branches_are_a_tree_of_choices_under_full_paths() -> None:
    inner = hp.choice(
        "optimizer.sgd.inner",
        [
            {
                "optimizer.sgd.inner": "x",
                "optimizer.sgd.inner.x.deep": scope.int(
                    hp.quniform("optimizer.sgd.inner.x.deep", 0.5, 3.5, 1)
                ),
            },
            {"optimizer.sgd.inner": "y"},
        ],
    )
    sgd = {
        "optimizer": "sgd",
        "optimizer.sgd.lr": hp.uniform("optimizer.sgd.lr", 1.0, 2.0),
        "optimizer.sgd.inner": inner,
    }
    adam = {
        "optimizer": "adam",
        "optimizer.adam.lr": hp.uniform("optimizer.adam.lr", 3.0, 4.0),
        "optimizer.adam.size": scope.int(hp.quniform("optimizer.adam.size", -0.5, 1.5, 1)),
    }
    by_hand = {
        "optimizer": hp.pchoice("optimizer", [(0.25, sgd), (0.75, adam)]),
        "single.only.k": scope.int(hp.quniform("single.only.k", 0.5, 2.5, 1)),
    }
    assert str(as_apply(tb.to_native(BRANCHED, "hyperopt:tpe"))) == str(as_apply(by_hand))


def test_parameters_of_one_value_never_travel_and_are_there_for_the_objective() -> None:
    space = tb.Space(
        a=tb.Constant({"any": "object"}),
        b=tb.Int(2, 2),
        c=tb.Float(1, 1),
        d=tb.Ordinal(["one"]),
        x=tb.Int(0, 1),
    )
    assert [*tb.to_native(space, "hyperopt:tpe")] == ["x"]
    rows = tb.explain(space, "hyperopt:tpe").parameters
    assert [row.native for row in rows[:4]] == [""] * 4
    fixed = {"a": {"any": "object"}, "b": 2, "c": 1.0, "d": "one"}
    assert tb.decode(space, "hyperopt:tpe", {"x": np.float64(1.0)}) == {**fixed, "x": 1}


def minimised(space: tb.Space, seed: int) -> tuple[Any, dict[str, Any], list[Any]]:
    """Run `fmin` by hand; return the native space, what it returns, and what the objective received last."""
    native = tb.to_native(space, "hyperopt:random")
    received: list[Any] = []

    def objective(point: Any) -> float:
        received.append(point)
        return -float(len(received))

    best = fmin(
        objective,
        native,
        algo=rand.suggest,
        max_evals=6,
        rstate=np.random.default_rng(seed),
        trials=Trials(),
        show_progressbar=False,
    )
    return native, best, received[-1]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("space", [ALL, BRANCHED], ids=["all kinds", "branches"])
def test_what_fmin_returns_what_space_eval_makes_of_it_and_what_the_objective_gets_decode_alike(
    space: tb.Space, seed: int
) -> None:
    native, best, received = minimised(space, seed)
    params = tb.decode(space, "hyperopt:random", best)
    assert params == tb.decode(space, "hyperopt:random", space_eval(native, best))
    assert params == tb.decode(space, "hyperopt:random", received)
    assert space.contains(params)
    assert not any(isinstance(value, np.generic) for value in params.values())


def test_indices_become_the_values_they_stand_for() -> None:
    _, best, _ = minimised(ALL, 0)
    params = tb.decode(ALL, "hyperopt:random", best)
    assert params["ordinal"] == [16, 32, "x"][int(best["ordinal"])]
    assert repr(params["choice"]) == repr([1, True, None][best["choice"]])
    assert params["weighted"] == [1, 2][best["weighted"]]
    assert params["stepped_int"] == 1 + 3 * int(best["stepped_int"])
    assert params["stepped_float"] == 0.25 * best["stepped_float"]
    assert (params["int"], params["log_int"]) == (best["int"], best["log_int"])
    assert (params["float"], params["normal"]) == (best["float"], best["normal"])


def test_labels_that_look_like_indices_are_read_as_labels() -> None:
    space = tb.Space(c=tb.Categorical({"1": "one", "0": "zero"}))
    assert tb.decode(space, "hyperopt:tpe", {"c": "1"}) == {"c": "one"}
    assert tb.decode(space, "hyperopt:tpe", {"c": np.int64(1)}) == {"c": "zero"}


@pytest.mark.parametrize("native", [-1, 2, 1.5])
def test_an_index_that_no_choice_has_is_refused(native: Any) -> None:
    """A negative index counts from the end in Python, a fraction is cut off: neither is a choice."""
    with pytest.raises(tb.TranslationError, match="no point"):
        tb.decode(tb.Space(c=tb.Categorical(["a", "b"])), "hyperopt:tpe", {"c": native})
