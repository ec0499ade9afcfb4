"""Boosters are stopped as docs/stopping-boosters.md shows it, over the real libraries."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import catboost
import numpy as np
import pytest
import xgboost
from optuna_integration import CatBoostPruningCallback, XGBoostPruningCallback

import tunebridge as tb
from tests.docs.pages import Block, blocks, run
from tunebridge import TrialState

pytestmark = pytest.mark.filterwarnings("ignore:CatBoostPruningCallback is experimental")

PAGE = "docs/stopping-boosters.md"
SHARED, *EXAMPLES = blocks(PAGE, "python")
NAMES = ("xgboost", "lightgbm", "catboost")

COMPLETE, PRUNED = TrialState.COMPLETE, TrialState.PRUNED
SPACE = tb.Space(rate=tb.Float(0.01, 0.5, log=True))
BAD = tb.pruner("threshold", upper=0.0)
"""Ends every trial at its first report."""
X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)


def test_there_is_an_example_for_each_booster() -> None:
    assert len(EXAMPLES) == len(NAMES)


@pytest.mark.parametrize(("name", "example"), [*zip(NAMES, EXAMPLES, strict=True)])
def test_an_example_stops_trainings_and_notes_what_they_scored(name: str, example: Block) -> None:
    namespace, printed = run(PAGE, [SHARED, example])
    result: tb.Result = namespace[f"by_{name}"]
    pruned = [trial for trial in result.trials if trial.state is PRUNED]
    complete = result.complete_trials
    assert len(pruned) + len(complete) == 10
    assert pruned
    for trial in pruned:
        assert 0 < len(trial.reports) < 20
        assert trial.notes["returned"] == pytest.approx(trial.reports[-1].value)
    assert {len(trial.reports) for trial in complete} == {20}
    assert str(result) in printed


def by_catboost(callback: Callable[[tb.Trial], Any]) -> Callable[[tb.Trial], float]:
    def train(trial: tb.Trial) -> float:
        model = catboost.CatBoostClassifier(
            iterations=3, learning_rate=trial["rate"], verbose=False, allow_writing_files=False
        )
        watching = callback(trial)
        model.fit(X, Y, eval_set=(X, Y), callbacks=[watching])
        watching.check_pruned()
        return float(model.get_best_score()["validation"]["Logloss"])

    return train


class Raising:
    """Reports, and lets CatBoost wrap what is raised."""

    def __init__(self, trial: tb.Trial) -> None:
        self.trial = trial

    def after_iteration(self, info: Any) -> bool:
        self.trial.report(info.metrics["validation"]["Logloss"][-1])
        return True

    def check_pruned(self) -> None:
        pass


def optunas(trial: Any) -> Any:
    return CatBoostPruningCallback(trial, "Logloss")


def in_a_thread(problem: tb.Problem, **settings: Any) -> tb.Result:
    """Tune in a thread: catboost leaves what a callback raises as being handled, to the end of its thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(tb.tune, problem, backend="sklearn:random", seed=0, **settings).result()


@pytest.mark.parametrize("callback", [Raising, optunas])
@pytest.mark.parametrize("settings", [{}, {"n_jobs": 2, "executor": "threads"}])
def test_what_catboost_wraps_is_the_word_to_stop(callback: Any, settings: dict[str, Any]) -> None:
    problem = tb.Problem(by_catboost(callback), SPACE)
    result = in_a_thread(problem, n_trials=12, pruner=BAD, **settings)
    assert [(trial.state, trial.error) for trial in result.trials] == [(PRUNED, None)] * 12
    whole = tb.tune(problem, backend="sklearn:random", n_trials=1, seed=0)
    assert whole.trials[0].state is COMPLETE


def test_what_catboost_leaves_behind_is_in_no_later_traceback() -> None:
    stopped = by_catboost(Raising)

    def train(trial: tb.Trial) -> float:
        if trial.number == 4:
            return float("no number")
        return stopped(trial)

    result = in_a_thread(tb.Problem(train, SPACE), n_trials=5, pruner=BAD)
    assert [trial.state for trial in result.trials] == [PRUNED] * 4 + [TrialState.FAILED]
    error = str(result.trials[4].error)
    assert error.count("Traceback (most recent call last)") == 1
    assert error.endswith("ValueError: could not convert string to float: 'no number'\n")


class Answering:
    """What a callback needs of a trial that answers, and asks `should_prune` itself."""

    def __init__(self, trial: tb.Trial) -> None:
        self.trial = trial
        self.should_prune = trial.should_prune

    def report(self, value: float, step: int) -> None:
        self.trial.report(value, step, raises=False)


def test_optunas_callback_ends_a_training_by_its_answer_and_raises_in_check_pruned() -> None:
    train = by_catboost(lambda trial: optunas(Answering(trial)))
    problem = tb.Problem(train, SPACE)
    (trial,) = tb.tune(problem, backend="sklearn:random", n_trials=1, seed=0, pruner=BAD).trials
    assert (trial.state, trial.error, trial.notes) == (PRUNED, None, {})


def test_optunas_callback_of_xgboost_takes_a_trial() -> None:
    def train(trial: tb.Trial) -> float:
        data = xgboost.DMatrix(X, Y)
        found: dict[str, Any] = {}
        xgboost.train(
            {"eta": trial["rate"], "objective": "binary:logistic"},
            data,
            3,
            evals=[(data, "valid")],
            evals_result=found,
            verbose_eval=False,
            callbacks=[XGBoostPruningCallback(trial, "valid-logloss")],
        )
        return float(found["valid"]["logloss"][-1])

    problem = tb.Problem(train, SPACE)
    states = [
        tb.tune(problem, backend="sklearn:random", n_trials=1, seed=0, pruner=pruner).trials[0].state
        for pruner in (None, BAD)
    ]
    assert states == [COMPLETE, PRUNED]
