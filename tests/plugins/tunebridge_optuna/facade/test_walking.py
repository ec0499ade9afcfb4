"""Random walks find the space of an objective, when they are asked for."""

from __future__ import annotations

from typing import Any

import pytest

import tunebridge as tb
import tunebridge_optuna as optuna
from tests.plugins.tunebridge_optuna.facade.objectives import CONDITIONS, Objective
from tests.plugins.tunebridge_optuna.facade.test_growth import conditions


@pytest.mark.parametrize("objective", CONDITIONS, ids=lambda objective: objective.__name__)
def test_a_walked_space_can_be_declared(objective: Objective) -> None:
    space = optuna.find_space(objective)
    assert sorted(conditions(space)) == sorted(CONDITIONS[objective])
    study = optuna.create_study(backend="hyperopt:random", space=space, seed=1)
    study.optimize(objective, n_trials=10)
    assert len(study.trials) == 10


def test_a_walk_ends_at_the_first_thing_that_is_no_suggestion() -> None:
    reached = []

    def objective(trial: Any) -> float:
        if trial.suggest_categorical("kind", ["a", "b"]) == "a":
            trial.suggest_int("n", 1, 3)
        try:
            trial.report(1.0, 0)
        except Exception:  # noqa: BLE001  # what an objective may do
            reached.append("caught")
        reached.append("after")
        return 0.0

    space = optuna.find_space(objective, walks=20)
    assert reached == []
    assert space == tb.Space(kind=tb.Categorical(["a", "b"]), n=tb.Int(1, 3, when={"kind": ["a"]}))


def test_trouble_is_named_before_a_study_begins() -> None:
    def objective(trial: Any) -> float:
        return float(trial.suggest_int("k", 1, 1 + int(100 * trial.suggest_float("x", 0, 1))))

    with pytest.raises(tb.SpaceError, match=r"^k: is suggested from [\s\S]*hint: "):
        optuna.find_space(objective)
    with pytest.raises(ZeroDivisionError):
        optuna.find_space(lambda trial: 1 / 0)
    with pytest.raises(tb.ProblemError, match="walks must be an integer >= 1, got 0"):
        optuna.find_space(objective, walks=0)
    uncalled: Any = 0.5
    with pytest.raises(tb.ProblemError, match=r"takes an objective, got 0.5(.|\n)*uncalled"):
        optuna.find_space(uncalled)
