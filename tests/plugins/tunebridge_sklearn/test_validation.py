"""Cross-validation as a problem: values, notes, reports, every place to run, stores, and wrong arguments."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.model_selection import GroupKFold, KFold, cross_validate
from sklearn.naive_bayes import GaussianNB

import tunebridge as tb
from tunebridge.testing import MemoryStore
from tunebridge_sklearn import TuneSearchCV, cross_validation

X, Y = load_iris(return_X_y=True)
CV = KFold(3, shuffle=True, random_state=0)
SMOOTHING = tb.Space(var_smoothing=tb.Float(1e-9, 1.0, log=True))


class Failing(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """Fails if it is told to."""

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails

    def fit(self, X: Any, y: Any) -> Failing:
        if self.fails:
            raise ValueError("not today")
        self.classes_ = np.unique(y)
        return self

    def score(self, X: Any, y: Any) -> float:
        return 0.5


def problem(**more: Any) -> tb.Problem:
    return cross_validation(GaussianNB(), X, Y, SMOOTHING, cv=CV, **more)


def test_its_value_is_the_mean_test_score_and_its_notes_are_the_splits() -> None:
    result = tb.tune(problem(return_train_score=True), backend="optuna:tpe", n_trials=3, seed=0)
    assert result.problem.directions == (tb.Direction.MAXIMIZE,)
    for trial in result.trials:
        plain = cross_validate(GaussianNB(**trial.params), X, Y, cv=CV, return_train_score=True)
        splits = trial.notes["splits"]
        assert [split["test_scores"] for split in splits] == plain["test_score"].tolist()
        assert [split["train_scores"] for split in splits] == plain["train_score"].tolist()
        assert trial.value == fmean(plain["test_score"])
        assert all(
            split["fit_time"] > 0 and split["fit_error"] is None and split["is_whole"] for split in splits
        )


def test_it_reports_after_each_fold_the_mean_or_the_fold_itself() -> None:
    for report in ("mean", "fold"):
        trial = tb.tune(problem(report=report), backend="optuna:random", n_trials=1, seed=0).trials[0]
        scores = [split["test_scores"] for split in trial.notes["splits"]]
        means = [fmean(scores[:place]) for place in (1, 2, 3)]
        assert [(one.step, one.value) for one in trial.reports] == [
            *enumerate(scores if report == "fold" else means, 1)
        ]


def test_it_finds_what_the_search_finds() -> None:
    pruner = tb.pruner("median", n_startup_trials=2)
    result = tb.tune(problem(), backend="optuna:tpe", n_trials=8, seed=0, pruner=pruner)
    settings = {"n_trials": 8, "pruner": pruner, "cv": CV, "random_state": 0}
    found = TuneSearchCV(GaussianNB(), SMOOTHING, **settings).fit(X, Y)
    assert [trial.params for trial in result.trials] == found.cv_results_["params"]
    states = [trial.state is tb.TrialState.PRUNED for trial in result.trials]
    assert states == found.cv_results_["pruned"].tolist()
    assert result.best_params == found.best_params_
    assert result.best_value == pytest.approx(found.best_score_)


@pytest.mark.parametrize("executor", ["inline", "threads", "processes"])
def test_it_runs_in_every_place_with_the_same_outcome(executor: str) -> None:
    settings: dict[str, Any] = {"backend": "optuna:tpe", "n_trials": 5, "seed": 0, "pruner": "median"}
    here, there = (tb.tune(problem(), executor=place, **settings) for place in (None, executor))
    assert [trial.values for trial in here.trials] == [trial.values for trial in there.trials]
    scores = [
        [[split["test_scores"] for split in trial.notes["splits"]] for trial in result.trials]
        for result in (here, there)
    ]
    assert scores[0] == scores[1]


def test_folds_may_be_trained_side_by_side() -> None:
    settings: dict[str, Any] = {"backend": "optuna:tpe", "n_trials": 3, "seed": 0}
    alone, together = (tb.tune(problem(n_jobs=n_jobs), **settings) for n_jobs in (None, 2))
    assert [trial.reports for trial in alone.trials] == [trial.reports for trial in together.trials]


def test_it_is_durable_and_refuses_other_data() -> None:
    store = MemoryStore()
    settings: dict[str, Any] = {"backend": "optuna:tpe", "seed": 0, "storage": store, "study": "cv"}
    first = tb.tune(problem(), n_trials=2, **settings)
    both = tb.tune(problem(), n_trials=4, **settings)
    assert both.trials[:2] == first.trials
    other = cross_validation(GaussianNB(), X + 1, Y, SMOOTHING, cv=CV)
    with pytest.raises(tb.StoreError, match="objective: X is not what it was"):
        tb.tune(other, n_trials=6, **settings)


def test_a_failed_fit_is_a_failed_trial_with_its_traceback() -> None:
    failing = cross_validation(Failing(), X, Y, {"fails": [False, True]}, cv=2)
    result = tb.tune(failing, backend="sklearn:grid")
    assert [trial.state.name for trial in result.trials] == ["COMPLETE", "FAILED"]
    assert "ValueError: not today" in str(result.trials[1].error)
    scored = cross_validation(Failing(), X, Y, {"fails": [True]}, cv=2, error_score=0.25)
    assert tb.tune(scored, backend="sklearn:grid").best_value == 0.25
    raising = cross_validation(Failing(), X, Y, {"fails": [True]}, cv=2, error_score="raise")
    with pytest.raises(ValueError, match="not today"):
        tb.tune(raising, backend="sklearn:grid", on_error="raise")


def test_fit_params_are_split_and_groups_split() -> None:
    weights, groups = np.linspace(0.1, 2.0, 150), np.arange(150) % 4
    weighed = cross_validation(
        GaussianNB(), X, Y, {}, cv=GroupKFold(4), groups=groups, params={"sample_weight": weights}
    )
    (trial,) = tb.tune(weighed, backend="optuna:random", n_trials=1).trials
    plain = cross_validate(
        GaussianNB(), X, Y, cv=GroupKFold(4), groups=groups, params={"sample_weight": weights}
    )
    assert trial.value == pytest.approx(fmean(plain["test_score"]))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"report": "folds"}, "report must be 'mean' or 'fold'"),
        ({"feedback": "epochs"}, None),
        ({"feedback": "stages"}, "needs warm_start"),
        ({"scoring": "accurate"}, "scoring"),
        ({"cv": 1}, "k-fold"),
        ({"cv": []}, "No fits were performed. Was the CV iterator empty"),
    ],
)
def test_wrong_arguments_are_errors_at_once(more: dict[str, Any], words: str | None) -> None:
    with pytest.raises(ValueError, match=words or "needs partial_fit"):
        cross_validation(GaussianNB(), X, Y, SMOOTHING, **{"cv": CV, **more})


def test_a_parameter_that_the_estimator_lacks_is_an_error_at_once() -> None:
    with pytest.raises(ValueError, match="Invalid parameter 'smooth' for estimator GaussianNB"):
        cross_validation(GaussianNB(), X, Y, {"smooth": [1.0]})


class Draws:
    """A distribution without quantiles."""

    def rvs(self, random_state: Any) -> Any:
        return random_state.uniform()


@pytest.mark.parametrize(
    ("space", "name"),
    [
        ({"var_smoothing": stats.expon(scale=1e-6)}, "var_smoothing"),
        ({"var_smoothing": Draws()}, "var_smoothing"),
        ([{"priors": [None]}, {"var_smoothing": stats.gamma(2)}], r"_dict\.1\.var_smoothing"),
    ],
)
def test_a_distribution_that_a_trial_would_not_show_is_refused(space: Any, name: str) -> None:
    with pytest.raises(ValueError, match=rf"^{name}: .*write tb\.Float.*tb\.Normal.*list.*TuneSearchCV"):
        cross_validation(GaussianNB(), X, Y, space)


def test_all_other_spaces_of_scikit_learn_give_the_params_of_the_estimator() -> None:
    known = {"var_smoothing": stats.loguniform(1e-9, 1.0), "priors": [None, [0.2, 0.3, 0.5]]}
    result = tb.tune(cross_validation(GaussianNB(), X, Y, known, cv=2), backend="optuna:tpe", n_trials=2)
    for trial in result.trials:
        GaussianNB(**trial.params).fit(X, Y)
    several = cross_validation(GaussianNB(), X, Y, [{"var_smoothing": [1e-9]}, {"priors": [None]}], cv=2)
    assert [trial.params for trial in tb.tune(several, backend="sklearn:grid").trials] == [
        {"_dict": "0", "var_smoothing": 1e-9},
        {"_dict": "1", "priors": None},
    ]


@pytest.mark.parametrize("executor", ["inline", "processes"])
def test_trials_may_have_limits_on_the_means_over_the_splits(executor: str) -> None:
    limits = {"mean_test_score": tb.Limit(at_most=0.95), "mean_fit_time": tb.Limit(at_most=1000)}
    result = tb.tune(problem(limits=limits), backend="optuna:tpe", n_trials=8, seed=0, executor=executor)
    for trial in result.trials:
        assert trial.limits["mean_test_score"].value == pytest.approx(trial.value)
        splits = trial.notes["splits"]
        assert trial.limits["mean_fit_time"].value == pytest.approx(fmean(one["fit_time"] for one in splits))
        assert trial.is_eligible == (trial.value is not None and trial.value <= 0.95)
    assert 0 < len(result.eligible_trials) < 8
    assert result.best_value <= 0.95
    plain = tb.tune(problem(), backend="optuna:tpe", n_trials=1, seed=0)
    assert set(plain.trials[0].notes) == {"splits"}


def test_a_limit_on_what_is_no_mean_is_refused() -> None:
    with pytest.raises(ValueError, match="Did you mean 'mean_fit_time'"):
        problem(limits={"fit_time": tb.Limit(at_most=1)})
    with pytest.raises(ValueError, match="return_train_score=True"):
        problem(limits={"mean_train_score": tb.Limit(at_most=1)})
