"""`optuna.integration.OptunaSearchCV` with the import changed: its study has the environment's backend."""

from __future__ import annotations

from typing import Any

import optuna as plain
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.svm import SVC

import tunebridge_optuna as optuna

pytestmark = [
    pytest.mark.usefixtures("quiet_libraries"),
    pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning", "ignore:`optuna"),
]

X, y = load_iris(return_X_y=True)


def searched(library: Any, **settings: Any) -> Any:
    distributions = {"C": plain.distributions.FloatDistribution(1e-3, 1e3, log=True)}
    given = {"n_trials": 6, "cv": 3, "random_state": 0} | settings
    return library.integration.OptunaSearchCV(SVC(), distributions, **given).fit(X, y)


@pytest.mark.parametrize("backend", ["hyperopt:tpe", "sklearn:random"])
def test_its_study_has_the_backend_of_the_environment(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEBRIDGE_BACKEND", backend)
    search = searched(optuna)
    assert backend in str(search.study_.sampler)
    assert len(search.study_.trials) == 6
    assert search.best_score_ > 0.9
    assert searched(optuna).best_params_ == search.best_params_
    assert search.study is None
    assert clone(search).get_params()["n_trials"] == 6


def test_without_the_variable_or_with_a_study_it_is_optunas_own(monkeypatch: pytest.MonkeyPatch) -> None:
    own = searched(plain)
    assert [trial.params for trial in searched(optuna).study_.trials] == [
        trial.params for trial in own.study_.trials
    ]
    monkeypatch.setenv("TUNEBRIDGE_BACKEND", "hyperopt:tpe")
    study = plain.create_study(direction="maximize")
    assert searched(optuna, study=study).study_ is study
