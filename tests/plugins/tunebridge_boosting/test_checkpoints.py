"""Boosters go on from checkpoints: exactly, or they say that they have drawn anew."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import catboost
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

import tunebridge as tb
from tests.plugins.tunebridge_boosting.kinds import CANCER, halves, made
from tunebridge_boosting import training
from tunebridge_sklearn import TuneSearchCV

X, Y = CANCER
TRAIN, VALID = halves(CANCER)
QUIET: dict[str, Any] = {"thread_count": 1, "random_seed": 3, "verbose": 0, "allow_writing_files": False}


def of_catboost(n_rounds: int, **more: Any) -> Any:
    given = {"learning_rate": 0.1, "depth": 3, "bootstrap_type": "Bernoulli", "subsample": 0.5}
    return catboost.CatBoostClassifier(**{**QUIET, **given, **more, "iterations": n_rounds})


def of_histograms(n_rounds: int, **more: Any) -> Any:
    given = {"max_features": 0.3, "random_state": 0, "max_leaf_nodes": 5}
    return HistGradientBoostingClassifier(**{**given, **more, "max_iter": n_rounds})


def of_xgboost(n_rounds: int, **more: Any) -> Any:
    return made("xgboost", n_rounds, **{"subsample": 0.5, **more})


def of_lightgbm(n_rounds: int, **more: Any) -> Any:
    return made("lightgbm", n_rounds, **{"colsample_bytree": 0.5, **more})


Make = Callable[..., Any]
EXACT: dict[str, Make] = {"catboost": of_catboost, "histogram": of_histograms}
REDRAWN: dict[str, Make] = {"xgboost": of_xgboost, "lightgbm": of_lightgbm}
RATES = tb.Space(learning_rate=tb.Float(0.02, 0.5, log=True))
WAITING = tb.pruner("asha", min_resource=10, reduction_factor=2, resume=True)
RUN: dict[str, Any] = {"backend": "sklearn:random", "seed": 0}


def begun(model: Any, state: Any = None) -> Any:
    spec = tb.grower_of(model)
    assert spec is not None
    assert spec.keeps(model)
    X, y = TRAIN
    return spec.begin(tb.GrowthRequest(model=model, X=X, y=y, params={}, state=state))


def cut(make: Make, **more: Any) -> Any:
    """Return a model of 20 rounds that was pickled after 8, and unpickled."""
    first = begun(make(20, **more))
    first.grow(8)
    state = pickle.loads(pickle.dumps(first.state()))
    first.close()
    again = begun(make(20, **more), state)
    again.grow(13)
    found = again.grow(20)
    assert again.is_over
    again.close()
    return found


def problem(make: Make, n_rounds: int = 40) -> tb.Problem:
    objective = training(
        lambda trial: make(n_rounds, **trial), train=TRAIN, valid=VALID, scoring="neg_log_loss"
    )
    return tb.Problem(objective, RATES, direction="maximize")


@pytest.mark.parametrize("library", EXACT)
def test_what_goes_on_exactly_is_to_the_last_bit_what_one_fit_is(library: str) -> None:
    whole = EXACT[library](20).fit(*TRAIN)
    assert np.array_equal(cut(EXACT[library]).predict_proba(X), whole.predict_proba(X))


@pytest.mark.parametrize("library", REDRAWN)
def test_what_draws_anew_keeps_its_trees_and_grows_the_others(library: str) -> None:
    make = REDRAWN[library]
    spec = tb.grower_of(make(20))
    assert spec is not None
    assert spec.redraws(make(20))
    found, whole, part = cut(make), make(20).fit(*TRAIN), make(8).fit(*TRAIN)
    early: dict[str, Any] = {"xgboost": {"iteration_range": (0, 8)}, "lightgbm": {"num_iteration": 8}}
    early = early[library]
    assert np.array_equal(found.predict_proba(X, **early), part.predict_proba(X))
    assert not np.array_equal(found.predict_proba(X), whole.predict_proba(X))
    assert found.get_params() == whole.get_params()
    counted = {"xgboost": "get_booster", "lightgbm": "booster_"}[library]
    booster = getattr(found, counted)
    assert (booster().num_boosted_rounds() if callable(booster) else booster.num_trees()) == 20


@pytest.mark.parametrize("library", [*EXACT, *REDRAWN])
def test_trials_that_wait_end_as_those_that_never_waited_or_say_that_they_drew_anew(library: str) -> None:
    make = (EXACT | REDRAWN)[library]
    result = tb.tune(problem(make), pruner=WAITING, n_trials=5, **RUN)
    waited = [trial for trial in result.trials if len(trial.reports) > 1]
    assert waited
    for trial in result.trials:
        assert [report.step for report in trial.reports] == [10, 20, 30, 40][: len(trial.reports)]
    if library in REDRAWN:
        assert any(trial.notes.get("new draw") for trial in waited)
        return
    known = {
        trial.params["learning_rate"]: trial for trial in tb.tune(problem(make), n_trials=5, **RUN).trials
    }
    for trial in result.trials:
        assert "new draw" not in trial.notes
        whole = known[trial.params["learning_rate"]]
        assert trial.reports == whole.reports[: len(trial.reports)]


@pytest.mark.parametrize("library", ["histogram", "xgboost", "lightgbm"])
def test_members_of_a_population_copy_models_and_go_on_with_other_rates(library: str) -> None:
    population = tb.Population(size=4, every=10)
    result = tb.tune(problem((EXACT | REDRAWN)[library]), population=population, n_trials=4, **RUN)
    assert all(trial.state.name == "COMPLETE" for trial in result.trials)
    assert any(isinstance(one, tb.Copy) for trial in result.trials for one in trial.schedule)


def test_a_search_of_catboost_lets_candidates_wait_and_xgboost_is_refused() -> None:
    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 4, "cv": 2, "random_state": 0}
    found = TuneSearchCV(of_catboost(30), RATES, pruner=WAITING, **settings).fit(X, Y)
    plain = TuneSearchCV(of_catboost(30), RATES, feedback="rounds", **settings).fit(X, Y)
    whole = plain.cv_results_["mean_test_score"][~found.cv_results_["pruned"]]
    assert found.cv_results_["pruned"].any()
    assert np.array_equal(found.cv_results_["mean_test_score"][~found.cv_results_["pruned"]], whole)
    with pytest.raises(tb.UnsupportedError, match="writes none"):
        TuneSearchCV(of_xgboost(30), RATES, pruner=WAITING, **settings).fit(X, Y)


def test_a_booster_that_cannot_go_on_says_so() -> None:
    def built(trial: tb.Trial) -> Any:
        return of_xgboost(40, early_stopping_rounds=30, **trial)

    objective = training(built, train=TRAIN, valid=VALID, scoring="neg_log_loss")
    waiting = tb.Problem(objective, RATES, direction="maximize")
    result = tb.tune(waiting, pruner=WAITING, n_trials=3, **RUN)
    assert any("goes on only while it lives" in str(trial.error) for trial in result.trials)
