"""Code written for Optuna on a backend of another library, whose space is found while trials run."""

from __future__ import annotations

from typing import Any

import optuna as plain
import pytest
from optuna.trial import TrialState

import tunebridge as tb
import tunebridge_optuna as optuna
from tests.plugins.tunebridge_optuna.facade.objectives import CONDITIONS, Objective

STYLES = list(CONDITIONS)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("objective", STYLES, ids=lambda objective: objective.__name__)
def test_an_objective_is_called_once_a_trial_while_its_space_grows(objective: Objective, seed: int) -> None:
    calls = []

    def counted(trial: plain.Trial) -> Any:
        calls.append(trial.number)
        return objective(trial)

    study = optuna.create_study(backend="hyperopt:tpe", seed=seed)
    study.optimize(counted, n_trials=30)
    assert calls == list(range(30))
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 30
    again = optuna.create_study(backend="hyperopt:tpe", seed=seed)
    again.optimize(objective, n_trials=30)
    assert [trial.params for trial in again.trials] == [trial.params for trial in study.trials]


def test_a_grown_space_learns() -> None:
    def objective(trial: plain.Trial) -> float:
        kind = trial.suggest_categorical("kind", ["good", "bad"])
        if kind == "bad":
            return 10.0 + trial.suggest_float("w", 0, 1)
        return abs(trial.suggest_float("x", -10, 10) - 3.0)

    study = optuna.create_study(backend="hyperopt:tpe", seed=1)
    study.optimize(objective, n_trials=80)
    late = [trial.params["kind"] for trial in study.trials[40:]]
    assert late.count("good") > 30
    assert study.best_value < 0.5


def test_values_are_the_users_own_objects() -> None:
    choices = [None, True, 0.5, "a", 7]
    got: list[Any] = []

    def objective(trial: plain.Trial) -> float:
        got.append(trial.suggest_categorical("choice", choices))
        n, x = trial.suggest_int("n", 0, 10, step=5), trial.suggest_float("x", 0, 1, step=0.25)
        assert type(n) is int
        assert type(x) is float
        assert n in (0, 5, 10)
        assert x in (0, 0.25, 0.5, 0.75, 1)
        return 0.0

    study = optuna.create_study(backend="hyperopt:random", seed=0)
    study.optimize(objective, n_trials=60)
    assert {repr(one) for one in got} == set(map(repr, choices))
    assert all(any(one is choice for choice in choices) for one in got)


def test_what_nothing_decides_ends_the_study_and_is_named() -> None:
    def objective(trial: plain.Trial) -> float:
        trial.suggest_categorical("kind", ["a", "b"])
        return trial.suggest_float("odd", 0, 1) if trial.number % 2 else 0.0

    study = optuna.create_study(backend="hyperopt:tpe", seed=0)
    with pytest.raises(tb.SpaceError, match=r"^odd: .* no suggestion decides which"):
        study.optimize(objective, n_trials=50)
    assert len(study.trials) < 12


def test_a_range_that_moves_with_a_float_is_named_in_its_trial() -> None:
    def objective(trial: plain.Trial) -> float:
        return trial.suggest_float("inner", 0, trial.suggest_float("outer", 1, 2))

    study = optuna.create_study(backend="hyperopt:tpe", seed=0)
    with pytest.raises(tb.SpaceError, match=r"^inner: is suggested from .*\n  hint: "):
        study.optimize(objective, n_trials=10)
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE, TrialState.FAIL]


def test_choices_that_change_break_optunas_own_rule() -> None:
    def objective(trial: plain.Trial) -> float:
        trial.suggest_categorical("c", [*"ab"[: 1 + trial.number], "z"])
        return 0.0

    study = optuna.create_study(backend="hyperopt:tpe", seed=0)
    with pytest.raises(ValueError, match="dynamic value space") as caught:
        study.optimize(objective, n_trials=5)
    assert any("space=" in note for note in caught.value.__notes__)
    theirs = plain.create_study()
    with pytest.raises(ValueError, match="dynamic value space"):
        theirs.optimize(objective, n_trials=5)


@pytest.mark.parametrize("backend", ["sklearn:grid", "optuna:grid"])
def test_a_backend_that_visits_points_needs_the_space(backend: str) -> None:
    with pytest.raises(tb.UnsupportedError, match=r"one by one, and there is none yet\n  hint: declare"):
        optuna.create_study(backend=backend)
