"""Conditions on Optuna: a define-by-run objective with `if` on the parents, value for value."""

import math
from collections.abc import Mapping
from typing import Any

import optuna
import pytest

import tunebridge as tb
import tunebridge_optuna

SPACE = tb.Space(
    booster=tb.Categorical({"gbtree": 1, "dart": 2, "gblinear": 3}),
    max_depth=tb.Int(1, 9, when={"booster": [1, 2]}),
    n_layers=tb.Int(1, 3),
    n_units_l2=tb.Int(4, 128, log=True, when={"n_layers": tb.Between(2, None)}),
    n_units_l3=tb.Int(4, 128, when={"n_layers": 3}),
    drop=tb.Space(rate=tb.Float(0, 1), skip=tb.Float(0, 1), when=[{"booster": 2}, {"n_layers": 1}]),
)

FINITE = tb.Space(
    n=tb.Int(1, 3),
    kind=tb.Categorical(["a", "b", "c"], when={"n": tb.Between(2, None)}),
    size=tb.Ordinal([16, 32], when=[{"kind": ["a", "b"]}, {"n": 1}]),
    flag=tb.Categorical([True, None], when={"size": 32, "kind": "a"}),
)


def by_hand(trial: optuna.Trial) -> float:
    booster = trial.suggest_categorical("booster", ["gbtree", "dart", "gblinear"])
    if booster in ("gbtree", "dart"):
        trial.suggest_int("max_depth", 1, 9)
    n_layers = trial.suggest_int("n_layers", 1, 3)
    if n_layers >= 2:
        trial.suggest_int("n_units_l2", 4, 128, log=True)
    if n_layers == 3:
        trial.suggest_int("n_units_l3", 4, 128)
    if booster == "dart" or n_layers == 1:
        trial.suggest_float("drop.rate", 0, 1)
        trial.suggest_float("drop.skip", 0, 1)
    return objective(trial.params)


def objective(params: Mapping[str, Any]) -> float:
    return math.fsum(value for name, value in params.items() if name not in ("booster", "n_layers"))


@pytest.mark.parametrize("sampler", ["tpe", "random"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_study_is_that_of_the_script_with_ifs(sampler: str, seed: int) -> None:
    samplers = {"tpe": optuna.samplers.TPESampler, "random": optuna.samplers.RandomSampler}
    study = optuna.create_study(sampler=samplers[sampler](seed=seed))
    study.optimize(by_hand, n_trials=40)
    result = tb.tune(tb.Problem(objective, SPACE), backend=f"optuna:{sampler}", n_trials=40, seed=seed)
    ours = [SPACE.unflatten(trial.params) for trial in result.trials]
    labels = ["gbtree", "dart", "gblinear"]
    theirs = [
        {**trial.params, "booster": labels.index(trial.params["booster"]) + 1} for trial in study.trials
    ]
    assert ours == theirs
    assert [trial.value for trial in result.trials] == [trial.value for trial in study.trials]


def test_brute_force_visits_every_active_point_once() -> None:
    result = tb.tune(tb.Problem(lambda params: 1.0, FINITE), backend="optuna:brute-force", n_trials=100)
    points = {tuple(trial.params.items()) for trial in result.trials}
    assert len(result.trials) == len(points) == FINITE.size == 2 + 2 * (3 + 2 + 1)


def test_the_grid_refuses_conditions() -> None:
    (row,) = tb.explain(tb.Space(n=tb.Int(1, 2), k=tb.Int(0, 1, when={"n": 2})), "optuna:grid").rows(
        tb.Fidelity.REFUSED
    )
    assert row.path == "k"
    assert row.reason.startswith("has a condition, and a grid is one product of lists")
    with pytest.raises(tb.UnsupportedError, match="the parameter n with what depends on it"):
        tb.tune(tb.Problem(objective, FINITE), backend="optuna:grid", n_trials=1)


def test_an_exported_study_and_one_that_is_read_back_keep_what_is_active() -> None:
    result = tb.tune(tb.Problem(objective, SPACE), backend="optuna:random", n_trials=20, seed=0)
    study = tunebridge_optuna.to_study(result)
    again = tb.tune(
        tb.Problem(objective, SPACE), backend="optuna:random", n_trials=1, seed=1, history=[study]
    )
    assert again.carried is not None
    assert not again.carried.left_out
    for trial, exported in zip(result.trials, study.trials, strict=True):
        assert exported.params.keys() == SPACE.unflatten(trial.params).keys()
