"""What a program has set for its own thread holds in its trials, wherever they run."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.preprocessing import StandardScaler

import tunebridge as tb
from tunebridge.executors.settings import in_force, settings

SPACE = tb.Space(x=tb.Float(800, 900))
EXECUTORS = ["inline", "threads", "processes"]


@pytest.fixture
def asked_for() -> Iterator[None]:
    """Set what a script sets at its top."""
    with sklearn.config_context(transform_output="pandas", working_memory=7), np.errstate(over="raise"):
        yield


def seen(trial: tb.Trial) -> float:
    trial.note("output", type(StandardScaler().fit_transform(np.eye(3))).__name__)
    trial.note("memory", sklearn.get_config()["working_memory"])
    sklearn.set_config(transform_output="default", working_memory=9)
    return float(np.exp(np.float64(trial["x"])))


@pytest.mark.usefixtures("asked_for")
@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_settings_of_scikit_learn_and_numpy_hold_in_every_trial(executor: str) -> None:
    problem = tb.Problem(seen, SPACE)
    result = tb.tune(
        problem, backend="optuna:random", n_trials=4, seed=0, n_jobs=2, executor=executor, max_failures=9
    )
    assert [trial.state.name for trial in result.trials] == ["FAILED"] * 4
    assert all("overflow" in str(trial.error) for trial in result.trials)
    assert [dict(trial.notes) for trial in result.trials] == [{"output": "DataFrame", "memory": 7}] * 4
    assert sklearn.get_config()["working_memory"] == 7


@pytest.mark.parametrize("executor", EXECUTORS)
def test_without_settings_trials_see_the_defaults(executor: str) -> None:
    def objective(trial: tb.Trial) -> float:
        trial.note("errors", np.geterr()["over"])
        trial.note("output", sklearn.get_config()["transform_output"])
        return 1.0

    result = tb.tune(
        tb.Problem(objective, SPACE), backend="optuna:random", n_trials=2, seed=0, executor=executor
    )
    assert [dict(trial.notes) for trial in result.trials] == [{"errors": "warn", "output": "default"}] * 2


@pytest.mark.usefixtures("asked_for")
def test_only_what_is_no_default_is_carried_and_only_for_a_while() -> None:
    found, held = settings(), list[Any]()
    assert found == [
        (sklearn.config_context, {"transform_output": "pandas", "working_memory": 7}),
        (np.errstate, {"over": "raise"}),
    ]

    def elsewhere() -> None:
        with in_force(found):
            held.append((sklearn.get_config()["working_memory"], np.geterr()["over"]))
        held.append((sklearn.get_config()["working_memory"], np.geterr()["over"]))

    thread = Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert held == [(7, "raise"), (1024, "warn")]


def test_nothing_is_carried_where_nothing_is_set() -> None:
    assert settings() == []
