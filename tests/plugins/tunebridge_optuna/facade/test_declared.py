"""Code written for Optuna, in a space that is declared: what `tune` would propose, in Optuna's own loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna as plain
import pytest

import tunebridge as tb
import tunebridge_optuna as optuna
from tunebridge.registry import plugins

SPACE = tb.Space(
    x=tb.Float(-5, 5),
    lr=tb.Float(1e-5, 1e-1, log=True),
    n=tb.Int(1, 10),
    even=tb.Int(2, 8, step=2),
    k=tb.Categorical([None, True, 2, "a"]),
    s=tb.Float(0, 1, step=0.1),
)


def value(params: Mapping[str, Any]) -> float:
    return float(params["x"] ** 2 + params["lr"] + params["n"] + (params["k"] is True) + params["s"])


def suggested(trial: plain.Trial) -> dict[str, Any]:
    return {
        "x": trial.suggest_float("x", -5, 5),
        "lr": trial.suggest_float("lr", 1e-5, 1e-1, log=True),
        "n": trial.suggest_int("n", 1, 10),
        "even": trial.suggest_int("even", 2, 8, step=2),
        "k": trial.suggest_categorical("k", [None, True, 2, "a"]),
        "s": trial.suggest_float("s", 0, 1, step=0.1),
    }


def objective(trial: plain.Trial) -> float:
    return value(suggested(trial))


FOREIGN = [
    name
    for name, spec in plugins.registry().backends.items()
    if spec.library not in ("optuna", "auto") and not name.endswith((":grid", ":atpe"))  # auto has a clock
]


@pytest.mark.parametrize("backend", FOREIGN)
def test_a_declared_space_is_searched_as_tune_searches_it(backend: str) -> None:
    study = optuna.create_study(backend=backend, space=SPACE, seed=3, n_trials=60)
    study.optimize(objective, n_trials=60)
    result = tb.tune(tb.Problem(value, SPACE), backend=backend, seed=3, n_trials=60)
    got = [(trial.params, trial.value) for trial in study.trials]
    assert got == [(trial.params, trial.value) for trial in result.trials]
    kinds = [list(map(type, trial.params.values())) for trial in study.trials]
    assert kinds == [list(map(type, trial.params.values())) for trial in result.trials]
