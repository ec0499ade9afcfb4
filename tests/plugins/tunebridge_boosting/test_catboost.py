"""Models of CatBoost grow by rounds into what one fit makes of them, to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import catboost
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedKFold, cross_val_score

import tunebridge as tb
from tests.plugins.tunebridge_boosting import kinds
from tests.plugins.tunebridge_boosting.kinds import CANCER, DIGITS, halves
from tests.trial.tuned import ended_by_first
from tunebridge_boosting import catboost_callback, training
from tunebridge_sklearn import TuneSearchCV

X, Y = CANCER
SMALL = kinds.SMALL["catboost"]
SAMPLINGS: dict[str, dict[str, Any]] = {
    "automatic rate": {},
    "bernoulli": {"bootstrap_type": "Bernoulli", "subsample": 0.5},
    "bayesian": {"bootstrap_type": "Bayesian", "bagging_temperature": 2.0},
    "mvs": {"bootstrap_type": "MVS", "subsample": 0.6},
    "none": {"bootstrap_type": "No", "random_strength": 0.0},
    "features": {"rsm": 0.5},
    "ordered": {"boosting_type": "Ordered"},
    "lossguide": {"grow_policy": "Lossguide", "max_leaves": 5},
    "named rate": {"learning_rate": 0.1},
}
CV = StratifiedKFold(3, shuffle=True, random_state=0)


def made(n_rounds: int, **more: Any) -> Any:
    return catboost.CatBoostClassifier(**{**SMALL, **more, "iterations": n_rounds})


def begun(model: Any, X: Any, y: Any, valid: Any = None, **params: Any) -> tb.Growth:
    spec = tb.grower_of(model)
    assert spec is not None
    assert spec.name == "catboost"
    return spec.begin(tb.GrowthRequest(model=model, X=X, y=y, params=params, valid=valid))


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_two_that_grow_in_turns_are_after_each_stop_what_one_fit_of_as_many_rounds_is(sampling: str) -> None:
    options, parts = SAMPLINGS[sampling], halves(CANCER)
    wholes = [made(20, **options).fit(*part) for part in parts]
    growths = [begun(made(20, **options), *part) for part in parts]
    for n_rounds in (3, 11, 20):
        for growth, whole in zip(growths, wholes, strict=True):
            found = growth.grow(n_rounds)
            assert found.tree_count_ == n_rounds
            # With the rate of 20 rounds: CatBoost's automatic one depends on their number.
            assert np.array_equal(found.predict_proba(X), whole.predict_proba(X, ntree_end=n_rounds))
    assert all(growth.is_over for growth in growths)
    for growth in growths:
        growth.close()


def test_ten_classes_and_a_fit_of_fewer_rounds() -> None:
    options = {"learning_rate": 0.2, "bootstrap_type": "Bernoulli", "subsample": 0.5}
    growth = begun(made(8, **options), *DIGITS)
    for n_rounds in (3, 8):
        whole = made(n_rounds, **options).fit(*DIGITS)
        assert np.array_equal(growth.grow(n_rounds).predict_proba(DIGITS[0]), whole.predict_proba(DIGITS[0]))
    growth.close()


@pytest.mark.parametrize("name", ["n_estimators", "num_boost_round", "num_trees"])
def test_its_number_of_rounds_and_its_rate_may_have_other_names(name: str) -> None:
    growth = begun(catboost.CatBoostClassifier(**SMALL, **{name: 6}, eta=0.2), X, Y)
    for n_rounds in (2, 6):
        whole = made(n_rounds, learning_rate=0.2).fit(X, Y)
        assert np.array_equal(growth.grow(n_rounds).predict_proba(X), whole.predict_proba(X))
    growth.close()


def test_weights_and_categories_reach_the_fit() -> None:
    frame = pd.DataFrame({"a": X[:, 0], "kind": (X[:, 1] // 4).astype(int).astype(str)})
    given: dict[str, Any] = {"cat_features": ["kind"], "sample_weight": np.linspace(0.5, 2.0, len(Y))}
    growth = begun(made(8, learning_rate=0.2), frame, Y, **given)
    for n_rounds in (3, 8):
        whole = made(n_rounds, learning_rate=0.2).fit(frame, Y, **given)
        assert np.array_equal(growth.grow(n_rounds).predict_proba(frame), whole.predict_proba(frame))
    growth.close()


def test_a_metric_of_its_own_and_the_device_reach_the_fit() -> None:
    train, valid = halves(CANCER)
    own = {"learning_rate": 0.3, "eval_metric": "AUC", "task_type": "CPU", "early_stopping_rounds": 4}
    growth = begun(made(60, **own), *train, valid=valid)
    growth.grow(10)
    found = growth.grow(60)
    whole = made(60, **own).fit(*train, eval_set=[valid])
    assert growth.n_rounds == whole.tree_count_ < 60
    assert "AUC" in found.get_evals_result()["validation"]
    assert np.array_equal(found.predict_proba(X), whole.predict_proba(X))
    growth.close()
    nowhere = begun(made(5, task_type="GPU", devices="nowhere"), *train)
    with pytest.raises(catboost.CatBoostError, match=r"(?i)gpu|cuda|device"):
        nowhere.grow(5)


def test_the_estimator_itself_is_fitted_where_nobody_stops_it() -> None:
    model = made(5)
    growth = begun(model, X, Y)
    assert growth.grow(5) is model
    assert growth.n_rounds is None
    assert model.get_params() == made(5).get_params()


@pytest.mark.parametrize("every", [1, 7, 10])
def test_a_rule_to_stop_early_goes_by_the_validation_rows(every: int) -> None:
    train, valid = halves(CANCER)
    options = {"learning_rate": 0.3, "early_stopping_rounds": 5}
    growth = begun(made(400, **options), *train, valid=valid)
    found, step = None, 0
    while not growth.is_over:
        step += every
        found = growth.grow(step)
    assert found is not None
    whole = made(400, **options).fit(*train, eval_set=valid)
    assert growth.n_rounds == whole.tree_count_ < 400
    assert np.array_equal(found.predict_proba(X), whole.predict_proba(X))
    growth.close()
    with pytest.raises(tb.ObjectiveError, match="automatic learning_rate"):
        begun(made(400, early_stopping_rounds=5), *train, valid=valid)


def test_snapshots_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    growth = begun(made(30), X, Y)
    growth.grow(10)
    assert [*tmp_path.iterdir()] != []
    growth.close()
    growth.close()
    assert [*tmp_path.iterdir()] == []


def test_a_search_takes_rounds_and_finds_what_one_by_folds_finds() -> None:
    space = tb.Space(learning_rate=tb.Categorical([0.3, 0.1]))
    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 2, "cv": CV, "random_state": 0}
    by_rounds, by_folds = (
        TuneSearchCV(made(15, bootstrap_type="Bernoulli"), space, feedback=feedback, **settings).fit(X, Y)
        for feedback in ("rounds", "folds")
    )
    name = "mean_test_score"
    assert np.array_equal(by_rounds.cv_results_[name], by_folds.cv_results_[name])
    assert np.array_equal(by_rounds.predict_proba(X), by_folds.predict_proba(X))
    assert by_rounds.best_estimator_.get_params() == by_folds.best_estimator_.get_params()


def test_an_objective_reports_the_scores_of_whole_fits_and_rules_are_refused() -> None:
    train, valid = halves(CANCER)
    space = tb.Space(learning_rate=tb.Float(0.05, 0.5))
    objective = training(lambda trial: made(15, **trial), train=train, valid=valid, keep_model=True)
    problem = tb.Problem(objective, space, direction="maximize")
    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 1, "seed": 0}
    (record,) = tb.tune(problem, **settings).trials
    scores = [(n, made(n, **record.params).fit(*train).score(*valid)) for n in (10, 15)]
    assert [(report.step, report.value) for report in record.reports] == scores
    assert record.artifact("model").tree_count_ == 15
    with pytest.raises(tb.LiveParamError, match="CatBoost reads it when the training begins"):
        tb.tune(problem, adjust=[tb.Schedule("learning_rate", {10: 0.1})], **settings)


def test_early_stopping_in_a_search_is_a_result() -> None:
    model = made(300, early_stopping_rounds=5)
    search = TuneSearchCV(
        model,
        {"learning_rate": [0.5]},
        backend="sklearn:random",
        n_trials=1,
        cv=CV,
        random_state=0,
        feedback="rounds",
    ).fit(X, Y)
    assert search.best_rounds_ == search.best_estimator_.tree_count_ < 300
    again = made(search.best_rounds_, learning_rate=0.5)
    assert cross_val_score(again, X, Y, cv=CV).mean() > 0.9
    assert np.array_equal(search.predict_proba(X), again.fit(X, Y).predict_proba(X))


RATES = tb.Space(rate=tb.Float(0.05, 0.5))
ONE: dict[str, Any] = {"backend": "sklearn:random", "seed": 0}


def by_hand(trial: tb.Trial) -> float:
    train, valid = halves(CANCER)
    model = made(15, learning_rate=trial["rate"])
    callback = catboost_callback(trial, "validation-Logloss", every=5, names={"rate": "learning_rate"})
    model.fit(*train, eval_set=[valid], callbacks=[callback], use_best_model=False)
    trial.note("trees", model.tree_count_)
    return float(model.get_evals_result()["validation"]["Logloss"][-1])


@pytest.mark.parametrize("more", [{}, {"n_jobs": 2, "executor": "threads"}, {"executor": "processes"}])
def test_its_callback_reports_what_it_measures_and_ends_the_training(more: dict[str, Any]) -> None:
    problem = tb.Problem(by_hand, RATES)
    whole = tb.tune(problem, n_trials=2, **ONE, **more)
    train, valid = halves(CANCER)
    for trial in whole.trials:
        alone = made(15, learning_rate=trial.params["rate"]).fit(
            *train, eval_set=[valid], use_best_model=False
        )
        column = alone.get_evals_result()["validation"]["Logloss"]
        assert [(one.step, one.value) for one in trial.reports] == [(n, column[n - 1]) for n in (5, 10, 15)]
    bad = tb.pruner("threshold", upper=0.0)
    (trial,) = tb.tune(problem, n_trials=1, pruner=bad, **ONE, **more).trials
    assert (trial.state.name, trial.notes["trees"]) == ("PRUNED", 5)
    assert "returned" in trial.notes


def test_what_a_rule_changes_is_refused_by_name_and_an_unmeasured_metric_is_named() -> None:
    rule = tb.Schedule("rate", {5: 0.1})
    error = ended_by_first(lambda: tb.tune(tb.Problem(by_hand, RATES), n_trials=9, adjust=[rule], **ONE))
    assert "it cannot change learning_rate: CatBoost reads it when the training begins" in error.message

    def blind(trial: tb.Trial) -> float:
        made(5).fit(X, Y, callbacks=[catboost_callback(trial, "validation-AUC")])
        return 0.0

    error = ended_by_first(lambda: tb.tune(tb.Problem(blind, RATES), n_trials=9, **ONE))
    assert "'validation-AUC', but under 'learn-Logloss'" in error.message
