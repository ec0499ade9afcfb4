"""Objectives in the styles that public code for Optuna is written in, and the conditions that they imply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optuna

from tunebridge import Between

Objective = Callable[[optuna.Trial], Any]


def total(trial: optuna.Trial) -> float:
    """Return a number that depends on all that a trial has suggested."""
    return sum(float(one) if isinstance(one, int | float) else len(str(one)) for one in trial.params.values())


def loop_of_layers(trial: optuna.Trial) -> float:
    optimizer = trial.suggest_categorical("optimizer", ["Adam", "RMSprop", "SGD"])
    for layer in range(trial.suggest_int("n_layers", 1, 3)):
        trial.suggest_int(f"n_units_l{layer}", 4, 128, log=True)
        trial.suggest_float(f"dropout_l{layer}", 0.2, 0.5)
    trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    if optimizer == "SGD":
        trial.suggest_float("momentum", 0.0, 0.99)
    return total(trial)


def shared_conditionals(trial: optuna.Trial) -> float:
    booster = trial.suggest_categorical("booster", ["gbtree", "gblinear", "dart"])
    trial.suggest_float("lambda", 1e-8, 1.0, log=True)
    if booster in ("gbtree", "dart"):
        trial.suggest_int("max_depth", 1, 9)
        trial.suggest_float("eta", 1e-8, 1.0, log=True)
        trial.suggest_categorical("grow_policy", ["depthwise", "lossguide"])
    if booster == "dart":
        trial.suggest_float("rate_drop", 1e-8, 1.0, log=True)
    return total(trial)


def nested_models(trial: optuna.Trial) -> float:
    model = trial.suggest_categorical("classifier", ["SVC", "RandomForest", "MLP"])
    if model == "SVC":
        trial.suggest_float("svc_c", 1e-10, 1e10, log=True)
        if trial.suggest_categorical("kernel", ["rbf", "poly"]) == "poly":
            trial.suggest_int("degree", 2, 5)
    elif model == "RandomForest":
        trial.suggest_int("rf_max_depth", 2, 32, log=True)
    else:
        for layer in range(trial.suggest_int("depth", 1, 3)):
            trial.suggest_int(f"width{layer}", 4, 64)
    return total(trial)


def both_at_once(trial: optuna.Trial) -> float:
    batch_norm = trial.suggest_categorical("batch_norm", [True, False])
    activation = trial.suggest_categorical("activation", ["relu", "tanh"])
    if batch_norm and activation == "relu":
        trial.suggest_float("slope", 0.0, 1.0)
    return total(trial)


def either_of_two(trial: optuna.Trial) -> float:
    model = trial.suggest_categorical("model", ["a", "b", "c"])
    scaled = trial.suggest_categorical("scaled", [True, False])
    if model == "a" or scaled:
        trial.suggest_float("factor", 0.0, 1.0)
    return total(trial)


def range_by_choice(trial: optuna.Trial) -> float:
    size = trial.suggest_categorical("size", ["small", "large"])
    trial.suggest_int("width", 1, 10 if size == "small" else 20)
    return total(trial)


CONDITIONS: dict[Objective, dict[str, Any]] = {
    loop_of_layers: {
        **{f"{name}_l1": [{"n_layers": Between(2, None)}] for name in ("n_units", "dropout")},
        **{f"{name}_l2": [{"n_layers": Between(3, None)}] for name in ("n_units", "dropout")},
        "momentum": [{"optimizer": ["SGD"]}],
    },
    shared_conditionals: {
        **{name: [{"booster": ["gbtree", "dart"]}] for name in ("max_depth", "eta", "grow_policy")},
        "rate_drop": [{"booster": ["dart"]}],
    },
    nested_models: {
        **{name: [{"classifier": ["SVC"]}] for name in ("svc_c", "kernel")},
        "degree": [{"kernel": ["poly"]}],
        "rf_max_depth": [{"classifier": ["RandomForest"]}],
        **{name: [{"classifier": ["MLP"]}] for name in ("depth", "width0")},
        "width1": [{"depth": Between(2, None)}],
        "width2": [{"depth": Between(3, None)}],
    },
    both_at_once: {"slope": [{"batch_norm": [True], "activation": ["relu"]}]},
    range_by_choice: {"width@0": [{"size": ["large"]}], "width@1": [{"size": ["small"]}]},
}
"""What each of them implies: the `when=` of each parameter that is not always active."""
