"""A result of any backend is an Optuna study that Optuna's own tools read."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import optuna
import pytest

import tunebridge as tb
import tunebridge_optuna

SPACE = tb.Space(
    x=tb.Float(-1.0, 1.0),
    lr=tb.Float(1e-4, 1e-1, log=True),
    dropout=tb.Float(0.0, 0.3, step=0.1),
    n=tb.Int(1, 9, step=2),
    size=tb.Ordinal([16, 32, 64]),
    z=tb.Normal(0.0, 1.0),
    scale=tb.Normal(0.0, 0.5, log=True),
    act=tb.Categorical({"relu": max, "tanh": min}),
    opt=tb.Categorical({"sgd": tb.Space(momentum=tb.Float(0.0, 0.99)), "adam": tb.Space()}),
    kind=tb.Constant("mlp"),
)


def objective(trial: tb.Trial) -> float:
    """Fail on every fifth trial, so that the study holds failures too."""
    if trial.number % 5 == 4:
        raise ValueError("every fifth")
    return float(trial["x"]) ** 2 + float(trial["n"])


@pytest.fixture(scope="module", params=["optuna:random", "hyperopt:tpe", "sklearn:random"])
def result(request: pytest.FixtureRequest) -> tb.Result:
    """Return one result per library."""
    problem = tb.Problem(objective, SPACE, direction="minimize")
    return tb.tune(problem, backend=request.param, n_trials=60, seed=3)


def test_study_holds_every_trial_with_its_state_and_value(result: tb.Result) -> None:
    study = tunebridge_optuna.to_study(result)
    assert len(study.trials) == len(result.trials)
    assert study.best_value == result.best_value
    assert study.best_trial.number == result.best_trial.number
    states = {"COMPLETE": optuna.trial.TrialState.COMPLETE, "FAILED": optuna.trial.TrialState.FAIL}
    for native, record in zip(study.trials, result.trials, strict=True):
        assert native.state is states[record.state.name]
        assert native.value == record.value
        assert native.user_attrs["state"] == record.state.name
        assert native.user_attrs["error"] == record.error
        assert native.user_attrs["backend"] == result.backend


def test_params_are_natural_values_under_full_paths(result: tb.Result) -> None:
    for native, record in zip(tunebridge_optuna.to_study(result).trials, result.trials, strict=True):
        for name in ("x", "lr", "n", "z", "scale"):
            assert native.params[name] == record.params[name]
        assert native.params["size"] == repr(record.params["size"])
        assert native.params["act"] == {max: "relu", min: "tanh"}[record.params["act"]]
        assert native.params["kind"] == "'mlp'"
        assert native.params.get("opt.sgd.momentum") == record.params.get("momentum")
        assert native.distributions["lr"] == optuna.distributions.FloatDistribution(1e-4, 1e-1, log=True)
        assert native.distributions["n"] == optuna.distributions.IntDistribution(1, 9, step=2)


def test_times_are_local_as_optuna_keeps_them(result: tb.Result) -> None:
    native, record = tunebridge_optuna.to_study(result).trials[0], result.trials[0]
    assert native.datetime_start is not None
    assert native.datetime_start.tzinfo is None
    assert native.datetime_start.astimezone(UTC) == record.started


def test_optuna_computes_importances_and_frames(result: tb.Result) -> None:
    study = tunebridge_optuna.to_study(result)
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    importances = optuna.importance.get_param_importances(study, evaluator=evaluator)
    assert max(importances, key=lambda name: importances[name]) == "n"
    assert len(study.trials_dataframe()) == 60


def test_several_objectives_keep_their_directions() -> None:
    def both(trial: tb.Trial) -> Any:
        return trial["x"] ** 2, trial["n"]

    problem = tb.Problem(both, SPACE, direction=["minimize", "maximize"])
    result = tb.tune(problem, backend="optuna:nsga2", n_trials=12, seed=0)
    study = tunebridge_optuna.to_study(result)
    assert [way.name for way in study.directions] == ["MINIMIZE", "MAXIMIZE"]
    assert {trial.number for trial in study.best_trials} == {trial.number for trial in result.best_trials}


def test_points_of_the_user_outside_the_usual_range_of_a_normal_are_kept() -> None:
    space = tb.Space(z=tb.Normal(0.0, 1.0))
    problem = tb.Problem(lambda trial: trial["z"], space)
    result = tb.tune(problem, backend="hyperopt:random", n_trials=2, seed=0, initial=[{"z": 50.0}])
    assert tunebridge_optuna.to_study(result).trials[0].params == {"z": 50.0}


def test_notes_are_user_attributes() -> None:
    def noting(trial: tb.Trial) -> float:
        trial.note("accuracy", 0.5)
        trial.note("state", "solid")
        return 0.0

    result = tb.tune(tb.Problem(noting, SPACE), backend="optuna:random", n_trials=1, seed=0)
    (native,) = tunebridge_optuna.to_study(result).trials
    assert native.user_attrs["accuracy"] == 0.5
    assert (native.user_attrs["state"], native.user_attrs["note:state"]) == ("COMPLETE", "solid")
