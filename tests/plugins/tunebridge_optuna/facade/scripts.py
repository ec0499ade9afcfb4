"""Short scripts of our own in the styles that public code for Optuna is written in.

Each takes the module that is called `optuna` in it, and makes and runs one study.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.plugins.tunebridge_optuna.facade import objectives

Script = Callable[..., Any]
"""Takes the module, and what its `create_study` is to have besides; returns the study."""


def layers_in_a_loop(optuna: Any, **study: Any) -> Any:
    made = optuna.create_study(direction="maximize", **study)
    made.optimize(objectives.loop_of_layers, n_trials=25)
    return made


def conditionals_that_share_names(optuna: Any, **study: Any) -> Any:
    made = optuna.create_study(**study)
    made.optimize(objectives.shared_conditionals, n_trials=25)
    return made


def a_choice_of_models(optuna: Any, **study: Any) -> Any:
    made = optuna.create_study(**study)
    made.optimize(objectives.nested_models, n_trials=25)
    return made


def pruned_epochs(optuna: Any, **study: Any) -> Any:
    def objective(trial: Any) -> float:
        rate = trial.suggest_float("rate", 1e-4, 1.0, log=True)
        loss = 1.0
        for epoch in range(12):
            loss = abs(np.log10(rate) + 2.0) + 1.0 / (epoch + 1)
            trial.report(loss, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return float(loss)

    made = optuna.create_study(**study)
    made.optimize(objective, n_trials=25)
    return made


def pruned_by_hyperband(optuna: Any, **study: Any) -> Any:
    def objective(trial: Any) -> float:
        x, kind = trial.suggest_float("x", -4.0, 4.0), trial.suggest_categorical("kind", ["a", "b"])
        for step in range(9):
            trial.report(x * x / (step + 1) + (kind == "b"), step)
            if trial.should_prune():
                raise optuna.exceptions.TrialPruned
        return float(x * x)

    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=9, reduction_factor=3)
    made = optuna.create_study(pruner=pruner, study_name="hyperband", **study)
    made.optimize(objective, n_trials=30)
    return made


def a_queue_first(optuna: Any, **study: Any) -> Any:
    def objective(trial: Any) -> float:
        trial.set_user_attr("seen", trial.number)
        return float(trial.suggest_int("n", 1, 9) + trial.suggest_float("x", 0, 1, step=0.1))

    made = optuna.create_study(**study)
    made.enqueue_trial({"n": 5, "x": 0.5}, user_attrs={"by": "hand"})
    made.enqueue_trial({"n": 2})
    made.optimize(objective, n_trials=25)
    return made


def limits_on_trials(optuna: Any, **study: Any) -> Any:
    def objective(trial: Any) -> float:
        x, y = trial.suggest_float("x", -15, 30), trial.suggest_float("y", -15, 30)
        trial.set_constraint("disc", (x - 5.0) ** 2 + y**2 - 25.0)
        return float(4.0 * x**2 + 4.0 * y**2)

    made = optuna.create_study(**study)
    made.optimize(objective, n_trials=25)
    return made


def callbacks_that_stop(optuna: Any, **study: Any) -> Any:
    def stop(running: Any, trial: Any) -> None:
        running.set_user_attr("last", trial.number)
        if trial.number == 20:
            running.stop()

    def objective(trial: Any) -> float:
        if trial.suggest_float("x", 0, 1) < 0.1:
            raise ValueError("too low")
        return float("nan") if trial.params["x"] > 0.9 else trial.params["x"]

    made = optuna.create_study(**study)
    made.optimize(objective, n_trials=60, callbacks=[stop], catch=(ValueError,))
    return made


def asked_and_told(optuna: Any, **study: Any) -> Any:
    made = optuna.create_study(direction="maximize", **study)
    for _ in range(25):
        trial = made.ask()
        value = -abs(trial.suggest_float("x", -3, 3)) - trial.suggest_int("k", 1, 9, step=2)
        made.tell(trial, value)
    made.add_trial(optuna.trial.create_trial(state=optuna.trial.TrialState.PRUNED))
    return made


def several_objectives(optuna: Any, **study: Any) -> Any:
    def objective(trial: Any) -> tuple[float, float]:
        x, y = trial.suggest_float("x", 0, 5), trial.suggest_float("y", 0, 3)
        return 4 * x**2 + 4 * y**2, (x - 5) ** 2 + (y - 5) ** 2

    made = optuna.create_study(directions=["minimize", "minimize"], **study)
    made.optimize(objective, n_trials=25)
    return made


SCRIPTS: list[Script] = [
    layers_in_a_loop,
    conditionals_that_share_names,
    a_choice_of_models,
    pruned_epochs,
    pruned_by_hyperband,
    a_queue_first,
    limits_on_trials,
    callbacks_that_stop,
    asked_and_told,
    several_objectives,
]
"""All of them."""


def told(study: Any) -> list[tuple[Any, ...]]:
    """Return all that a study has of its trials, but for times."""
    return [
        (
            trial.number,
            trial.state,
            trial.values,
            trial.params,
            trial.distributions,
            trial.intermediate_values,
            trial.user_attrs,
            trial.constraints,
        )
        for trial in study.trials
    ]
