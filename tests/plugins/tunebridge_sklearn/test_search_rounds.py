"""Boosters are searched by rounds: scored each tenth round, in all folds, pruned together."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

import tunebridge as tb
from tests.plugins.tunebridge_boosting.kinds import CANCER, MODELS, SAMPLINGS, made
from tests.waiting import until
from tunebridge import TrialState
from tunebridge_sklearn import TuneGridSearchCV, TuneRandomizedSearchCV, TuneSearchCV, cross_validation

X, Y = CANCER
CV = StratifiedKFold(3, shuffle=True, random_state=0)
BOTH = pytest.mark.parametrize("library", MODELS)
SAMPLED = {"xgboost": "rows", "lightgbm": "bagging"}
RATES = tb.Space(learning_rate=tb.Categorical([0.3, 0.1, 0.01]))
FAST = tb.Space(learning_rate=tb.Categorical([0.3, 0.1]))
MEDIAN = tb.pruner("median", n_startup_trials=2)
STOPPING = {"xgboost": "early_stopping_rounds", "lightgbm": "early_stopping_round"}


def sampled(library: str, n_rounds: int, **more: Any) -> Any:
    return made(library, n_rounds, **SAMPLINGS[library][SAMPLED[library]], **more)


def searched(model: Any, space: Any = RATES, **more: Any) -> TuneSearchCV:
    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 3, "cv": CV, "random_state": 0}
    found: TuneSearchCV = TuneSearchCV(model, space, **{**settings, **more}).fit(X, Y)
    return found


def problem(model: Any, space: Any = RATES, **more: Any) -> tb.Problem:
    return cross_validation(model, X, Y, space, cv=CV, **{"feedback": "rounds", **more})


@BOTH
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_reports_are_the_means_of_whole_fits_of_as_many_rounds(library: str, n_jobs: int | None) -> None:
    one = problem(sampled(library, 25), tb.Space(learning_rate=tb.Constant(0.3)), n_jobs=n_jobs)
    (trial,) = tb.tune(one, backend="sklearn:random", n_trials=1, seed=0).trials
    expected = [
        (n, float(np.mean(cross_val_score(sampled(library, n, learning_rate=0.3), X, Y, cv=CV))))
        for n in (10, 20, 25)
    ]
    assert [(report.step, report.value) for report in trial.reports] == expected
    assert trial.value == expected[-1][1]


@BOTH
def test_a_search_with_a_pruner_takes_rounds_and_finds_what_one_by_folds_finds(
    library: str,
) -> None:
    found = searched(sampled(library, 30), pruner=tb.pruner("threshold", lower=0.0))
    plain = searched(sampled(library, 30), feedback="folds")
    for name in ("mean_test_score", "split0_test_score", "split2_test_score"):
        assert np.array_equal(found.cv_results_[name], plain.cv_results_[name])
    assert found.best_params_ == plain.best_params_
    assert np.array_equal(found.predict_proba(X), plain.predict_proba(X))
    assert found.best_estimator_.get_params() == plain.best_estimator_.get_params()
    assert not hasattr(found, "best_rounds_")


@BOTH
def test_folds_are_pruned_together_and_leave_no_thread(library: str) -> None:
    before = threading.active_count()
    space = tb.Space(learning_rate=tb.Categorical([0.3, 0.2, 1e-6]))
    found = searched(sampled(library, 40), space, pruner=tb.pruner("threshold", lower=0.8))
    results = found.cv_results_
    (lost,) = np.flatnonzero(results["pruned"])
    assert results["params"][lost] == {"learning_rate": 1e-6}
    assert np.isnan([results[f"split{one}_test_score"][lost] for one in range(3)]).all()
    assert results["partial_mean_test_score"][lost] < 0.8
    until(lambda: threading.active_count() <= before)


@BOTH
def test_a_search_that_is_fitted_again_knows_nothing_of_the_rounds_before(library: str) -> None:
    search = searched(sampled(library, 60, **{STOPPING[library]: 2}), FAST, feedback="rounds", n_trials=2)
    assert search.best_rounds_ < 60
    search.set_params(estimator=sampled(library, 60)).fit(X, Y)
    assert not hasattr(search, "best_rounds_")
    again = sampled(library, 60, **search.best_params_).fit(X, Y)
    assert np.array_equal(search.predict_proba(X), again.predict_proba(X))


@BOTH
def test_the_best_may_be_a_candidate_without_a_rule_to_stop_early(library: str) -> None:
    rule: dict[str, Any] = {STOPPING[library]: tb.Categorical([1, None])}
    space = tb.Space(learning_rate=tb.Constant(0.3), **rule)
    search = searched(
        sampled(library, 30),
        space,
        feedback="rounds",
        backend="sklearn:grid",
        n_trials=2,
        refit=lambda results: int(np.argmin(results["rounds"])),
    )
    assert sorted(search.cv_results_["rounds"] > 0) == [False, True]
    assert not hasattr(search, "best_rounds_")
    assert search.best_estimator_.n_estimators == 30


@BOTH
def test_early_stopping_ends_each_fold_by_its_own_rows_and_the_refit_has_the_mean(library: str) -> None:
    model = sampled(library, 400, **{STOPPING[library]: 10})
    found = searched(model, FAST, feedback="rounds", n_trials=2)
    best, rounds = found.best_index_, found.cv_results_["rounds"]
    assert ((rounds > 1) & (rounds < 300)).all()
    assert found.best_rounds_ == rounds[best] == found.best_estimator_.n_estimators
    again = sampled(library, found.best_rounds_, **found.best_params_).fit(X, Y)
    assert np.array_equal(found.predict_proba(X), again.predict_proba(X))
    train, test = next(CV.split(X, Y))
    whole = sampled(library, 400, **{STOPPING[library]: 10}, **found.best_params_)
    valid = (
        {"eval_set": [(X[test], Y[test])]} if library == "xgboost" else {"eval_X": X[test], "eval_y": Y[test]}
    )
    whole.fit(X[train], Y[train], **valid, **({"verbose": False} if library == "xgboost" else {}))
    assert found.cv_results_["split0_test_score"][best] == whole.score(X[test], Y[test])


@BOTH
@pytest.mark.parametrize("kind", [TuneSearchCV, TuneRandomizedSearchCV, TuneGridSearchCV])
def test_without_a_pruner_a_booster_that_stops_early_is_trained_by_rounds(library: str, kind: Any) -> None:
    model = sampled(library, 90, **{STOPPING[library]: 2})
    found = kind(model, {"learning_rate": [0.3, 0.1]}, backend="sklearn:grid", cv=CV).fit(X, Y)
    named = searched(model, FAST, backend="sklearn:grid", feedback="rounds")
    assert found.best_rounds_ == found.best_estimator_.n_estimators < 90
    for name in ("mean_test_score", "rounds"):
        assert sorted(found.cv_results_[name]) == sorted(named.cv_results_[name])


@BOTH
def test_a_booster_that_stops_early_by_rows_given_to_its_fit_is_trained_by_folds(library: str) -> None:
    model = sampled(library, 12, **{STOPPING[library]: 2})
    given: dict[str, dict[str, Any]] = {
        "xgboost": {"eval_set": [(X, Y)], "verbose": False},
        "lightgbm": {"eval_X": (X,), "eval_y": (Y,)},
    }
    search = TuneSearchCV(model, FAST, backend="sklearn:grid", cv=CV).fit(X, Y, **given[library])
    assert "rounds" not in search.cv_results_


class Splits(XGBClassifier):
    """Splits rows to stop early by off by itself."""

    def fit(self, X: Any, y: Any, **params: Any) -> Splits:
        super().fit(X[::2], y[::2], eval_set=[(X[1::2], y[1::2])], verbose=False, **params)
        return self


def test_a_booster_that_splits_rows_off_by_itself_is_trained_by_folds() -> None:
    model = Splits(n_estimators=12, early_stopping_rounds=2, n_jobs=1)
    assert "rounds" not in searched(model, FAST, backend="sklearn:grid").cv_results_


@BOTH
@pytest.mark.parametrize("pruner", [None, MEDIAN])
def test_what_stops_early_without_rows_to_stop_by_is_refused_with_what_to_write(
    library: str, pruner: Any
) -> None:
    model = sampled(library, 12, **{STOPPING[library]: 2})
    piped = make_pipeline(StandardScaler(), model)
    rates = tb.Space({f"{piped.steps[-1][0]}__learning_rate": tb.Constant(0.3)})
    words = rf'{type(model).__name__} is to stop early by validation rows[\s\S]*feedback="rounds"'
    with pytest.raises(ValueError, match=words):
        searched(piped, rates, pruner=pruner)
    with pytest.raises(ValueError, match=words):
        searched(model, FAST, feedback="folds", pruner=pruner)
    with pytest.raises(ValueError, match=words):
        problem(model, FAST, feedback="folds")


@BOTH
def test_rules_change_what_rounds_read_in_all_folds_and_in_the_refit(library: str) -> None:
    schedule = tb.Schedule("learning_rate", {10: 0.01})
    space = tb.Space(learning_rate=tb.Float(0.005, 0.5, log=True))
    found = searched(sampled(library, 30), space, adjust=[schedule], n_trials=2)
    plain = searched(sampled(library, 30), space, n_trials=2)
    assert [(one.step, one.value) for one in found.best_schedule_] == [(10, 0.01)]
    assert not np.array_equal(found.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"])
    assert found.best_estimator_.learning_rate == found.best_params_["learning_rate"]
    assert not np.array_equal(
        found.predict_proba(X), sampled(library, 30, **found.best_params_).fit(X, Y).predict_proba(X)
    )


REFUSED: dict[str, Any] = {
    "xgboost": ("max_bin", tb.Int(16, 64), 32, "split other bins"),
    "lightgbm": ("subsample", tb.Float(0.3, 0.9), 0.5, "rows are drawn"),
}


@BOTH
def test_rules_for_what_would_be_another_model_are_refused_before_the_first_candidate(library: str) -> None:
    name, domain, value, reason = REFUSED[library]
    with pytest.raises(tb.LiveParamError, match=f"{name}: .*{reason}"):
        searched(made(library, 30), tb.Space({name: domain}), adjust=[tb.Schedule(name, {10: value})])


@BOTH
def test_the_number_of_rounds_may_be_searched_too(library: str) -> None:
    space = tb.Space(n_estimators=tb.Categorical([5, 12]))
    found = searched(sampled(library, 1), space, n_trials=2, feedback="rounds")
    scores = dict(
        zip(
            [one["n_estimators"] for one in found.cv_results_["params"]],
            found.cv_results_["mean_test_score"],
            strict=True,
        )
    )
    assert scores == {n: np.mean(cross_val_score(sampled(library, n), X, Y, cv=CV)) for n in scores}
    with pytest.raises(tb.LiveParamError, match="planned when it begins"):
        searched(
            sampled(library, 20),
            tb.Space(n_estimators=tb.Int(15, 40)),
            feedback="rounds",
            adjust=[tb.Schedule("n_estimators", {10: 30})],
        )


@BOTH
def test_the_last_step_of_a_pipeline_grows_and_its_others_are_fitted_once(library: str) -> None:
    pipeline = make_pipeline(StandardScaler(), sampled(library, 400, **{STOPPING[library]: 5}))
    name = pipeline.steps[-1][0]
    space = tb.Space({f"{name}__learning_rate": tb.Constant(0.3)})
    found = searched(pipeline, space, feedback="rounds", n_trials=1, scoring="roc_auc")
    booster = sampled(library, found.best_rounds_, learning_rate=0.3)
    whole = make_pipeline(StandardScaler(), booster).fit(X, Y)
    assert np.array_equal(found.predict_proba(X), whole.predict_proba(X))


@BOTH
def test_other_processes_of_joblib_are_not_asked(library: str) -> None:
    with parallel_config(backend="loky", n_jobs=2):
        found = searched(sampled(library, 20), feedback="rounds", n_trials=1)
    plain = searched(sampled(library, 20), feedback="folds", n_trials=1)
    assert np.array_equal(found.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"])


@BOTH
def test_weights_are_split_and_scores_of_several_metrics_measured(library: str) -> None:
    weights = np.linspace(0.2, 3, len(Y))
    settings: dict[str, Any] = {"scoring": ["accuracy", "roc_auc", "neg_log_loss"], "refit": "roc_auc"}
    made_of: list[Any] = []
    for feedback in ("rounds", "folds"):
        search = TuneSearchCV(
            sampled(library, 20),
            RATES,
            backend="sklearn:random",
            n_trials=2,
            cv=CV,
            random_state=0,
            feedback=feedback,
            return_train_score=True,
            **settings,
        )
        made_of.append(search.fit(X, Y, sample_weight=weights).cv_results_)
    by_rounds, by_folds = made_of
    for name in ("mean_test_neg_log_loss", "mean_test_roc_auc", "mean_train_neg_log_loss"):
        assert np.array_equal(by_rounds[name], by_folds[name])


@BOTH
def test_a_fit_that_fails_is_noted_and_the_others_go_on(library: str) -> None:
    space = tb.Space(learning_rate=tb.Categorical([0.3, -1.0]))
    with pytest.warns(FitFailedWarning, match="3 fits failed"), pytest.warns(UserWarning, match="non-finite"):
        found = searched(sampled(library, 20), space, feedback="rounds", n_trials=2)
    scores = found.cv_results_["mean_test_score"]
    assert np.isnan(scores).sum() == 1


@BOTH
def test_a_stored_search_by_folds_goes_on_by_folds(library: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"storage": f"sqlite:///{tmp_path}/s.db", "study": "one"}
    searched(made(library, 12), feedback="folds", pruner=MEDIAN, n_trials=2, **settings)
    found = searched(made(library, 12), pruner=MEDIAN, **settings)
    record = tb.load_study(settings["storage"], "one")
    assert [report.step for report in record.trials[2].reports] == [1, 2, 3]
    assert len(found.cv_results_["params"]) == 3


@BOTH
def test_a_stored_search_by_rounds_goes_on_by_rounds(library: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"storage": f"sqlite:///{tmp_path}/s.db", "study": "one"}
    searched(made(library, 12), pruner=MEDIAN, n_trials=2, **settings)
    searched(made(library, 12), pruner=MEDIAN, **settings)
    record = tb.load_study(settings["storage"], "one")
    assert [[report.step for report in one.reports] for one in record.trials] == [[10, 12]] * 3


def test_what_grows_by_no_rounds_is_refused() -> None:
    with pytest.raises(ValueError, match="feedback='rounds' needs a booster"):
        searched(LogisticRegression(), tb.Space(C=tb.Float(0.1, 1)), feedback="rounds")


def test_in_worker_processes_each_trial_grows_in_its_own() -> None:
    one = problem(sampled("xgboost", 20))
    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 4, "seed": 0}
    inline = tb.tune(one, **settings)
    elsewhere = tb.tune(one, n_jobs=2, executor="processes", deterministic=True, **settings)
    assert [one.value for one in elsewhere.trials] == [one.value for one in inline.trials]
    assert {one.state for one in elsewhere.trials} == {TrialState.COMPLETE}
