"""Rules in a search: they change params while candidates train, and the best model is trained so, too."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge, SGDClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tunebridge as tb
from tunebridge_sklearn import TuneGridSearchCV, TuneRandomizedSearchCV, TuneSearchCV

X, Y = load_digits(n_class=3, return_X_y=True)
X, Y = X[:120] / 16.0, Y[:120]
CV = StratifiedKFold(3, shuffle=True, random_state=0)
SPLITS = list(CV.split(X, Y))
SGD = SGDClassifier(learning_rate="constant", eta0=0.1, max_iter=5, tol=None, shuffle=False, random_state=0)
SPACE = tb.Space(eta0=tb.Float(1e-4, 1.0, log=True), alpha=tb.Float(1e-6, 1.0, log=True))
DROP = tb.Schedule("eta0", {2: 0.001, 4: 0.0002})


def search(estimator: BaseEstimator = SGD, space: Any = SPACE, **settings: Any) -> TuneSearchCV:
    given = {"backend": "optuna:random", "n_trials": 4, "cv": CV, "random_state": 0, "adjust": [DROP]}
    return TuneSearchCV(estimator, space, **given | settings)


def by_hand(params: dict[str, Any], rows: Any) -> SGDClassifier:
    """Train a model along the schedule of DROP."""
    model = clone(SGD).set_params(**params)
    for epoch in range(1, 6):
        model.partial_fit(X[rows], Y[rows], classes=np.unique(Y))
        if epoch in DROP.at:
            model.set_params(eta0=DROP.at[epoch])
    return model


def test_candidates_are_scored_as_the_loop_by_hand_scores_them() -> None:
    results = search().fit(X, Y).cv_results_
    for row, params in enumerate(results["params"]):
        scores = [by_hand(params, train).score(X[test], Y[test]) for train, test in SPLITS]
        assert results["mean_test_score"][row] == pytest.approx(np.mean(scores), rel=1e-15)


def test_the_best_model_is_trained_along_the_schedule_of_its_folds() -> None:
    found = search().fit(X, Y)
    expected = by_hand(found.best_params_, slice(None))
    assert np.array_equal(found.best_estimator_.coef_, expected.coef_)
    assert found.best_schedule_ == tuple(tb.Change(step, "eta0", value) for step, value in DROP.at.items())
    assert found.cv_results_["schedule"][found.best_index_] == found.best_schedule_


def test_the_best_model_has_the_params_it_began_with_so_that_a_copy_trains_anew() -> None:
    found = search().fit(X, Y)
    assert found.best_estimator_.get_params().items() >= found.best_params_.items()
    assert found.best_params_ == found.cv_results_["params"][found.best_index_]


def test_without_rules_nothing_is_new_in_the_results() -> None:
    nothings: tuple[Any, ...] = (None, [], ())
    for nothing in nothings:
        plain = search(adjust=nothing).fit(X, Y)
        assert "schedule" not in plain.cv_results_
        assert not hasattr(plain, "best_schedule_")
    scores = {search(feedback="epochs", adjust=nothing).fit(X, Y).best_score_ for nothing in nothings}
    assert len(scores) == 1


def test_a_rule_is_asked_in_the_search_and_not_when_the_best_model_is_trained() -> None:
    asked = []

    def rule(training: tb.Training) -> dict[str, Any]:
        asked.append((training.number, training.reports[-1].step))
        return {"eta0": training.params["eta0"] / 2}

    found = search(adjust=[rule], n_trials=2).fit(X, Y)
    assert asked == [(number, step) for number in range(2) for step in range(1, 6)]
    values = [change.value for change in found.best_schedule_]
    assert values == [found.best_params_["eta0"] / 2**power for power in range(1, 6)]


def test_the_drop_in_classes_take_rules() -> None:
    rates = {"eta0": [0.1, 0.001, 0.0002]}
    by_draws = TuneRandomizedSearchCV(SGD, rates, n_iter=2, cv=CV, adjust=[DROP], random_state=0)
    by_grid = TuneGridSearchCV(SGD, rates, cv=CV, adjust=[DROP])
    for of in (by_draws, by_grid):
        found = of.fit(X, Y)
        assert np.array_equal(found.best_estimator_.coef_, by_hand(found.best_params_, slice(None)).coef_)


def test_rules_and_a_pruner_go_together() -> None:
    found = search(pruner=tb.pruner("median", n_startup_trials=2), n_trials=8).fit(X, Y)
    assert 0 < sum(found.cv_results_["pruned"]) < 8
    assert all(map(bool, found.cv_results_["schedule"][~np.array(found.cv_results_["pruned"])]))


def test_trees_to_come_take_what_a_rule_changes() -> None:
    forest = HistGradientBoostingRegressor(max_iter=8, early_stopping=False, random_state=0)
    rule = tb.Schedule("learning_rate", {2: 0.01})
    space = tb.Space(learning_rate=tb.Float(0.01, 1.0, log=True))
    found = search(forest, space, cv=3, adjust=[rule], n_trials=2, feedback="stages").fit(X, X[:, 20])
    expected = clone(forest).set_params(**found.best_params_, warm_start=True)
    for stage in (1, 2, 4, 8):
        expected.set_params(max_iter=stage).fit(X, X[:, 20])
        expected.set_params(**{"learning_rate": 0.01} if stage == 2 else {})
    assert np.array_equal(found.predict(X), expected.predict(X))


def test_the_last_step_of_a_pipeline_changes() -> None:
    pipeline = make_pipeline(StandardScaler(), SGD)
    space = tb.Space(sgdclassifier__eta0=tb.Float(1e-4, 1.0, log=True))
    rule = tb.Schedule("sgdclassifier__eta0", {2: 0.001, 4: 0.0002})
    found = search(pipeline, space, adjust=[rule], feedback="epochs", n_trials=2).fit(X, Y)
    scaled = StandardScaler().fit_transform(X)
    expected = clone(SGD).set_params(eta0=found.best_params_["sgdclassifier__eta0"])
    for epoch in range(1, 6):
        expected.partial_fit(scaled, Y, classes=np.unique(Y))
        expected.set_params(**{"eta0": DROP.at[epoch]} if epoch in DROP.at else {})
    assert np.array_equal(found.best_estimator_[-1].coef_, expected.coef_)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"feedback": "folds"}, "each SGDClassifier is trained at once"),
        ({"estimator": Ridge(), "space": {"alpha": [0.1]}}, "each Ridge is trained at once"),
        ({"estimator": GaussianNB(), "space": {"var_smoothing": [0.1]}}, "trained at once"),
        ({"pruner": "wilcoxon"}, "each SGDClassifier is trained at once"),
        ({"feedback": "folds", "adjust": [lambda training: None]}, "trained at once"),
        ({"space": {"power_t": [0.1, 0.2]}, "adjust": [tb.Plateau("power_t")]}, "power_t: its training does"),
        (
            {"space": {"max_iter": [2, 4]}, "adjust": [tb.Plateau("max_iter")]},
            "max_iter: the steps of a",
        ),
    ],
)
def test_what_no_candidate_could_change_is_refused_before_the_first(
    settings: dict[str, Any], reason: str
) -> None:
    of = search(**settings)
    with pytest.raises(tb.LiveParamError, match=reason) as caught:
        of.fit(X, Y)
    assert caught.value.hint
    assert not hasattr(of, "cv_results_")


def test_a_rule_for_a_param_that_is_not_there_is_refused_before_the_first_candidate() -> None:
    with pytest.raises(tb.ProblemError, match=r"(?s)no param is called 'eta'.*eta0"):
        search(adjust=[tb.Plateau("eta")]).fit(X, Y)


def test_a_rule_that_raises_is_told_of_and_the_search_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    found = search(adjust=[lambda training: {"eta": 1.0}], n_trials=1).fit(X, Y)
    assert found.best_schedule_ == ()
    assert "rules raised 5 times, and changed nothing then; first: step 1" in caplog.text
    assert "eta: is no active param" in caplog.text


def test_what_is_no_rule_is_named() -> None:
    with pytest.raises(tb.ProblemError, match="adjust"):
        search(adjust=[3]).fit(X, Y)


def test_a_search_with_rules_is_copied_and_pickled() -> None:
    of = search()
    twin = clone(of)
    assert twin.get_params()["adjust"] == [DROP]
    assert not hasattr(twin, "best_schedule_")
    found = pickle.loads(pickle.dumps(twin.set_params(n_trials=2).fit(X, Y)))  # our own bytes
    assert found.best_schedule_ == twin.best_schedule_


@pytest.mark.parametrize("place", ["threading", "loky"])
def test_jobs_change_nothing_but_the_time(place: str) -> None:
    rules = [tb.Plateau("eta0", factor=0.5, patience=0)]
    alone = search(adjust=rules).fit(X, Y)
    with joblib.parallel_config(place, n_jobs=2):
        together = search(adjust=rules).fit(X, Y)
    assert list(alone.cv_results_["schedule"]) == list(together.cv_results_["schedule"])
    assert np.array_equal(alone.best_estimator_.coef_, together.best_estimator_.coef_)


def test_a_stored_search_goes_on_and_trains_its_best_along_the_stored_schedule(tmp_path: Path) -> None:
    stored = {"storage": f"sqlite:///{tmp_path / 'tune.db'}", "study": "rules"}
    search(n_trials=3, **stored).fit(X, Y)
    again = search(n_trials=5, **stored).fit(X, Y)
    once = search(n_trials=5).fit(X, Y)
    assert list(again.cv_results_["schedule"]) == list(once.cv_results_["schedule"])
    assert np.array_equal(again.best_estimator_.coef_, once.best_estimator_.coef_)
