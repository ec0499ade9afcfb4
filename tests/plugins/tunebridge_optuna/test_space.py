"""The translation to Optuna: its text, its objects, and the way back from what Optuna returns."""

from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import RandomSampler

import tunebridge as tb

BRANCHED = tb.Space(
    optimizer=tb.Categorical(
        {
            "sgd": tb.Space(lr=tb.Float(1e-3, 1, log=True), nesterov=tb.Categorical([True, False])),
            "adam": tb.Space(lr=tb.Float(1e-4, 1e-1), size=tb.Ordinal([8, 16])),
        }
    ),
    seed=tb.Constant(7),
    single=tb.Categorical({"only": tb.Space(inner=tb.Int(1, 2), fixed=tb.Int(3, 3))}),
)

KINDS: dict[str, tuple[tb.AnyParameter, str, Any, tb.Fidelity]] = {
    "float": (tb.Float(-1, 3), "FloatDistribution(-1.0, 3.0)", FloatDistribution(-1, 3), tb.Fidelity.EXACT),
    "log_float": (
        tb.Float(1e-4, 10, log=True),
        "FloatDistribution(0.0001, 10.0, log=True)",
        FloatDistribution(1e-4, 10, log=True),
        tb.Fidelity.EXACT,
    ),
    "stepped_float": (
        tb.Float(0, 1, step=0.25),
        "IntDistribution(0, 4)",
        IntDistribution(0, 4),
        tb.Fidelity.EMULATED,
    ),
    "int": (tb.Int(-2, 3), "IntDistribution(-2, 3)", IntDistribution(-2, 3), tb.Fidelity.EXACT),
    "log_int": (
        tb.Int(1, 20, log=True),
        "IntDistribution(1, 20, log=True)",
        IntDistribution(1, 20, log=True),
        tb.Fidelity.EXACT,
    ),
    "stepped_int": (
        tb.Int(1, 10, step=3),
        "IntDistribution(1, 10, step=3)",
        IntDistribution(1, 10, step=3),
        tb.Fidelity.EXACT,
    ),
    "ordinal": (
        tb.Ordinal([16, 32, "x"]),
        "IntDistribution(0, 2)",
        IntDistribution(0, 2),
        tb.Fidelity.EMULATED,
    ),
    "choice": (
        tb.Categorical([1, True, None]),
        "CategoricalDistribution(['1', 'True', 'None'])",
        CategoricalDistribution(["1", "True", "None"]),
        tb.Fidelity.EXACT,
    ),
    "weighted": (
        tb.Categorical(["a", "b"], weights=[1, 3]),
        "CategoricalDistribution([\"'a'\", \"'b'\"])",
        CategoricalDistribution(["'a'", "'b'"]),
        tb.Fidelity.LOSSY,
    ),
    "normal": (
        tb.Normal(2, 0.5),
        "FloatDistribution(0.0, 1.0)",
        FloatDistribution(0, 1),
        tb.Fidelity.EMULATED,
    ),
    "log_normal": (
        tb.Normal(0, 1, log=True),
        "FloatDistribution(0.0, 1.0)",
        FloatDistribution(0, 1),
        tb.Fidelity.EMULATED,
    ),
}
"""Parameter, text of the native call, the native object, and how faithful it is."""


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_is_the_call_that_makes_the_native_object(kind: str) -> None:
    parameter, text, distribution, fidelity = KINDS[kind]
    space = tb.Space(p=parameter)
    (row,) = tb.explain(space, "optuna:tpe").parameters
    assert (row.path, row.declared, row.native, row.fidelity) == ("p", repr(parameter), text, fidelity)
    assert row.reason or fidelity is tb.Fidelity.EXACT
    assert tb.to_native(space, "optuna:tpe") == {"p": distribution}
    assert eval(text, vars(optuna.distributions)) == distribution


def test_a_branched_space_is_written_as_suggestions_under_full_paths() -> None:
    rows = tb.explain(BRANCHED, "optuna:tpe").parameters
    assert {row.path: row.native for row in rows} == {
        "optimizer": "trial.suggest_categorical('optimizer', ['sgd', 'adam'])",
        "optimizer.sgd.lr": "trial.suggest_float('optimizer.sgd.lr', 0.001, 1.0, log=True)",
        "optimizer.sgd.nesterov": "trial.suggest_categorical('optimizer.sgd.nesterov', ['True', 'False'])",
        "optimizer.adam.lr": "trial.suggest_float('optimizer.adam.lr', 0.0001, 0.1)",
        "optimizer.adam.size": "trial.suggest_int('optimizer.adam.size', 0, 1)",
        "seed": "",
        "single": "",
        "single.only.inner": "trial.suggest_int('single.only.inner', 1, 2)",
        "single.only.fixed": "",
    }


def test_parameters_of_one_value_never_travel_and_are_there_for_the_objective() -> None:
    space = tb.Space(
        a=tb.Constant({"any": "object"}),
        b=tb.Int(2, 2),
        c=tb.Float(1, 1),
        d=tb.Ordinal(["one"]),
        e=tb.Categorical([None]),
        x=tb.Int(0, 1),
    )
    assert tb.to_native(space, "optuna:tpe") == {"x": IntDistribution(0, 1)}
    fixed = {"a": {"any": "object"}, "b": 2, "c": 1.0, "d": "one", "e": None}
    assert tb.decode(space, "optuna:tpe", {"x": 1}) == {**fixed, "x": 1}


def test_the_best_params_of_a_study_by_hand_decode_to_the_users_values() -> None:
    space = tb.Space({name: parameter for name, (parameter, *_) in KINDS.items()})
    study = optuna.create_study(sampler=RandomSampler(seed=0))
    for _ in range(10):
        trial = study.ask(tb.to_native(space, "optuna:random"))
        study.tell(trial, trial.params["float"])

    best = study.best_params
    params = tb.decode(space, "optuna:random", best)
    assert [*params] == [*space]
    for name in ("float", "log_float", "int", "log_int", "stepped_int"):
        assert params[name] == best[name]
    assert params["stepped_float"] == 0.25 * best["stepped_float"]
    assert params["ordinal"] == [16, 32, "x"][best["ordinal"]]
    assert repr(params["choice"]) == best["choice"]
    assert params["normal"] == pytest.approx(tb.Normal(2, 0.5).quantile(best["normal"]))
    assert params["log_normal"] > 0


def test_the_best_params_of_a_branched_study_by_hand_decode_without_inactive_names() -> None:
    define = tb.to_native(BRANCHED, "optuna:random")
    study = optuna.create_study(sampler=RandomSampler(seed=0))
    study.optimize(lambda trial: float(len(define(trial))) + trial.params["single.only.inner"], n_trials=5)
    params = tb.decode(BRANCHED, "optuna:random", study.best_params)
    branch = {"sgd": "nesterov", "adam": "size"}[params["optimizer"]]
    assert [*params] == ["optimizer", "lr", branch, "seed", "single", "inner", "fixed"]
    assert (params["seed"], params["single"], params["fixed"]) == (7, "only", 3)


@pytest.mark.parametrize("quantile", [0.0, 1.0])
@pytest.mark.parametrize("normal", [tb.Normal(2, 0.5), tb.Normal(0, 3, log=True)])
def test_the_ends_of_the_unit_interval_that_gp_proposes_are_finite_values(
    normal: tb.Normal, quantile: float
) -> None:
    value = tb.decode(tb.Space(n=normal), "optuna:gp", {"n": quantile})["n"]
    assert 0 < abs(value) < 1e12
    inner = tb.decode(tb.Space(n=normal), "optuna:gp", {"n": 0.999 if quantile else 0.001})["n"]
    assert (value > inner) is bool(quantile)


# The grid and brute force

FINITE: dict[str, tb.AnyParameter] = {
    "i": tb.Int(1, 3),
    "s": tb.Float(0, 1, step=0.5),
    "o": tb.Ordinal(["l", "h"]),
    "c": tb.Categorical({"yes": 1, "no": 0}),
}


def test_the_grid_is_a_dict_of_native_values() -> None:
    space = tb.Space(FINITE, x=tb.Float(0, 1), lr=tb.Float(1e-2, 1e2, log=True), k=tb.Constant(1))
    grid = tb.to_native(space, tb.backend("optuna:grid", points={"x": 3, "lr": 5}))
    lr = grid.pop("lr")
    assert lr == pytest.approx([1e-2, 1e-1, 1, 10, 100], rel=1e-12)
    assert grid == {"i": [1, 2, 3], "s": [0, 1, 2], "o": [0, 1], "c": ["yes", "no"], "x": [0, 0.5, 1]}


def test_one_number_of_points_is_for_the_continuous_parameters_alone() -> None:
    space = tb.Space(FINITE, x=tb.Float(0, 1))
    grid = tb.to_native(space, tb.backend("optuna:grid", points=2))
    assert (grid["x"], grid["i"], grid["s"]) == ([0.0, 1.0], [1, 2, 3], [0, 1, 2])


@pytest.mark.parametrize("backend", ["optuna:grid", "optuna:brute-force"])
def test_what_is_continuous_is_refused_where_the_library_enumerates(backend: str) -> None:
    space = tb.Space(FINITE, x=tb.Float(0, 1), n=tb.Normal(0.0, 1.0))
    with pytest.raises(tb.TranslationError) as caught:
        tb.to_native(space, backend)
    assert "  x: Float(0.0, 1.0): is continuous" in str(caught.value)
    assert "  n: Normal(0.0, 1.0): is " in str(caught.value)


def test_the_grid_refuses_branches_and_names_backends_that_have_them() -> None:
    rows = tb.explain(BRANCHED, "optuna:grid").parameters
    refused = {row.path: row.reason for row in rows if row.fidelity is tb.Fidelity.REFUSED}
    assert "optimizer" in refused
    assert "optuna:brute-force or sklearn:grid" in refused["optimizer"]
    with pytest.raises(tb.UnsupportedError, match=r"optimizer.* needs the capability 'conditional'"):
        tb.tune(tb.Problem(lambda trial: 0.0, BRANCHED), backend="optuna:grid")


@pytest.mark.parametrize("backend", ["optuna:grid", "sklearn:grid"])
def test_a_normal_is_refused_without_advice_that_does_not_help(backend: str) -> None:
    """A number of points cannot help an unbounded parameter."""
    for options in ({}, {"points": 5}):
        (row,) = tb.explain(tb.Space(n=tb.Normal(0, 1)), tb.backend(backend, **options)).parameters
        assert row.fidelity is tb.Fidelity.REFUSED
        assert "Ordinal" in row.reason
        assert "points=5" not in row.reason


@pytest.mark.parametrize("backend", ["optuna:grid", "optuna:brute-force", "sklearn:grid"])
def test_weights_are_no_loss_to_a_search_that_visits_everything(backend: str) -> None:
    space = tb.Space(c=tb.Categorical(["a", "b"], weights=[1, 3]))
    assert [row.fidelity for row in tb.explain(space, backend).parameters] == [tb.Fidelity.EXACT]
