"""The pruning callbacks of boosters, which talk to Optuna's trial, work with a backend of another library."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import catboost
import lightgbm
import numpy as np
import optuna as plain
import pytest
import xgboost
from optuna.trial import TrialState
from optuna_integration import CatBoostPruningCallback, LightGBMPruningCallback, XGBoostPruningCallback

import tunebridge_optuna as optuna

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4))
Y = (X[:, 0] + 0.3 * RNG.normal(size=120) > 0).astype(int)
ROUNDS = 8


def of_xgboost(trial: plain.Trial) -> float:
    train, valid = xgboost.DMatrix(X[:80], Y[:80]), xgboost.DMatrix(X[80:], Y[80:])
    params = {
        "objective": "binary:logistic",
        "eval_metric": "logloss",
        "nthread": 1,
        "eta": trial.suggest_float("eta", 1e-3, 1.0, log=True),
        "max_depth": trial.suggest_int("max_depth", 1, 4),
    }
    callback = XGBoostPruningCallback(trial, "validation-logloss")
    history: dict[str, Any] = {}
    xgboost.train(
        params,
        train,
        ROUNDS,
        evals=[(valid, "validation")],
        evals_result=history,
        callbacks=[callback],
        verbose_eval=False,
    )
    return float(history["validation"]["logloss"][-1])


def of_lightgbm(trial: plain.Trial) -> float:
    params = {
        "objective": "binary",
        "metric": "binary_logloss",
        "verbosity": -1,
        "num_threads": 1,
        "learning_rate": trial.suggest_float("learning_rate", 1e-3, 1.0, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 2, 16),
    }
    train = lightgbm.Dataset(X[:80], Y[:80])
    valid = lightgbm.Dataset(X[80:], Y[80:], reference=train)
    callback = LightGBMPruningCallback(trial, "binary_logloss")
    model = lightgbm.train(params, train, ROUNDS, valid_sets=[valid], callbacks=[callback])
    return float(model.best_score["valid_0"]["binary_logloss"])


def of_catboost(trial: plain.Trial) -> float:
    model = catboost.CatBoostClassifier(
        iterations=ROUNDS,
        eval_metric="Logloss",
        thread_count=1,
        allow_writing_files=False,
        verbose=False,
        learning_rate=trial.suggest_float("learning_rate", 1e-3, 1.0, log=True),
        depth=trial.suggest_int("depth", 1, 4),
    )
    callback = CatBoostPruningCallback(trial, "Logloss")
    model.fit(X[:80], Y[:80], eval_set=(X[80:], Y[80:]), callbacks=[callback])
    callback.check_pruned()
    return float(model.get_best_score()["validation"]["Logloss"])


@pytest.mark.parametrize("objective", [of_xgboost, of_lightgbm, of_catboost])
def test_pruning_callbacks_work(objective: Callable[[plain.Trial], float]) -> None:
    pruner = plain.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=1)
    study = optuna.create_study(backend="hyperopt:tpe", seed=0, pruner=pruner)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", plain.exceptions.ExperimentalWarning)
        study.optimize(objective, n_trials=12)
    states = [trial.state for trial in study.trials]
    assert set(states) == {TrialState.COMPLETE, TrialState.PRUNED}
    assert all(trial.intermediate_values for trial in study.trials)
