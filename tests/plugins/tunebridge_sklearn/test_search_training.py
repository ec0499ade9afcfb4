"""Training step by step: which models can be, what the steps are, and the other steps of a pipeline."""

from __future__ import annotations

from statistics import fmean
from typing import Any, ClassVar

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.datasets import load_digits
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from xgboost import XGBClassifier

import tunebridge as tb
from tunebridge.testing import MemoryStore
from tunebridge_sklearn import TuneSearchCV
from tunebridge_sklearn.choosing import choose as chosen
from tunebridge_sklearn.known import Check
from tunebridge_sklearn.training import Feedback, Procedure

X, Y = load_digits(n_class=3, return_X_y=True)
X, Y = X[:120] / 16.0, Y[:120]
CV = StratifiedKFold(3, shuffle=True, random_state=0)
SPLITS = list(CV.split(X, Y))
SGD = SGDClassifier(max_iter=6, tol=None, random_state=0)
MLP = MLPClassifier((4,), max_iter=4, random_state=0)
FOREST = RandomForestClassifier(n_estimators=5, max_depth=3, random_state=0)
FIRST = X[SPLITS[0][0]]
NEVER = tb.pruner("threshold", lower=-1e9)
"""Hears all reports, and ends no trial."""


def choose(feedback: str, estimator: BaseEstimator, names: set[str]) -> Procedure:
    return chosen(feedback, estimator, names, Check(X, Y))


def drawing(estimator: BaseEstimator, **params: Any) -> BaseEstimator:
    """Return a model whose epochs go on drawing from one random state."""
    return clone(estimator).set_params(random_state=np.random.RandomState(0), **params)


def fitted(estimator: BaseEstimator, space: Any, **settings: Any) -> TuneSearchCV:
    """Return a short search over all points of lists."""
    settings = {"backend": "sklearn:grid", "n_trials": None, "cv": CV, "pruner": NEVER, **settings}
    found: TuneSearchCV = TuneSearchCV(estimator, space, **settings).fit(X, Y)
    return found


def reported(
    estimator: BaseEstimator, space: Any, **settings: Any
) -> tuple[TuneSearchCV, list[dict[int, float]]]:
    """Return a search, and what each of its candidates reported, by step."""
    store = MemoryStore()
    found = fitted(estimator, space, storage=store, study="s", **settings)
    trials = tb.load_study(store, "s").trials
    return found, [{report.step: report.value for report in trial.reports} for trial in trials]


def splits_of(found: TuneSearchCV, row: int) -> list[float]:
    return [float(found.cv_results_[f"split{split}_test_score"][row]) for split in range(3)]


# How models are trained.

AUTO: dict[str, tuple[BaseEstimator, set[str], Procedure]] = {
    "epochs in the space": (SGDClassifier(), {"max_iter"}, Procedure(Feedback.EPOCHS, "max_iter")),
    "epochs by another value": (MLP, {"alpha"}, Procedure(Feedback.EPOCHS, "max_iter", 2)),
    "epochs with a seed that do not shuffle": (
        SGDClassifier(max_iter=5, shuffle=False, random_state=0),
        {"alpha"},
        Procedure(Feedback.EPOCHS, "max_iter"),
    ),
    "epochs with seeds in the space": (
        SGDClassifier(max_iter=5),
        {"random_state"},
        Procedure(Feedback.EPOCHS, "max_iter", 2),
    ),
    "stages of a random state": (
        RandomForestClassifier(n_estimators=5, random_state=np.random.RandomState(0)),
        set(),
        Procedure(Feedback.STAGES, "n_estimators", 2),
    ),
    "trees in the space": (
        RandomForestClassifier(),
        {"n_estimators"},
        Procedure(Feedback.STAGES, "n_estimators"),
    ),
    "trees by another value": (FOREST, set(), Procedure(Feedback.STAGES, "n_estimators")),
    "boosting": (
        GradientBoostingClassifier(n_estimators=9),
        set(),
        Procedure(Feedback.STAGES, "n_estimators"),
    ),
    "bagging": (BaggingClassifier(n_estimators=9), set(), Procedure(Feedback.STAGES, "n_estimators")),
    "boosting by histograms": (
        HistGradientBoostingClassifier(max_iter=9, early_stopping=False),
        set(),
        Procedure(Feedback.ROUNDS, "max_iter"),
    ),
    "boosting by histograms that may stop early": (
        HistGradientBoostingClassifier(),
        set(),
        Procedure(Feedback.ROUNDS, "max_iter"),
    ),
    "boosting that stops early": (
        GradientBoostingClassifier(n_estimators=9, n_iter_no_change=3),
        set(),
        Procedure(),
    ),
    "trees scored out of the bag": (
        RandomForestClassifier(n_estimators=9, oob_score=True),
        set(),
        Procedure(),
    ),
    "trees of balanced samples": (
        RandomForestClassifier(n_estimators=9, class_weight="balanced_subsample"),
        set(),
        Procedure(),
    ),
    "a rule to stop in the space": (
        GradientBoostingClassifier(n_estimators=9),
        {"n_iter_no_change"},
        Procedure(),
    ),
    "nothing declared": (SGDClassifier(), {"alpha"}, Procedure()),
    "no trees declared": (RandomForestClassifier(), {"max_depth"}, Procedure()),
    "stopping early": (SGDClassifier(max_iter=6, early_stopping=True), set(), Procedure()),
    "averages, which begin anew in each epoch": (SGDClassifier(max_iter=6, average=True), set(), Procedure()),
    "averages in the space": (SGDClassifier(max_iter=6), {"average"}, Procedure()),
    "balanced classes": (SGDClassifier(max_iter=6, class_weight="balanced"), set(), Procedure()),
    "another solver": (MLPClassifier(max_iter=6, solver="lbfgs"), set(), Procedure()),
    "the limit of a solver": (LogisticRegression(max_iter=1000), {"max_iter"}, Procedure()),
    "no warm start": (AdaBoostClassifier(n_estimators=9), {"n_estimators"}, Procedure()),
    "no maximum": (GaussianNB(), {"var_smoothing"}, Procedure()),
    "a pipeline": (make_pipeline(StandardScaler(), SGD), {"sgdclassifier__max_iter"}, Procedure()),
}


@pytest.mark.parametrize("case", AUTO)
def test_auto_takes_steps_for_a_bare_estimator_whose_maximum_is_declared(case: str) -> None:
    estimator, names, expected = AUTO[case]
    assert choose("auto", estimator, names) == expected


def test_a_pipeline_is_trained_by_the_steps_of_its_last_one_if_asked_to() -> None:
    epochs = choose("epochs", make_pipeline(StandardScaler(), SGD), set())
    assert epochs == Procedure(Feedback.EPOCHS, "sgdclassifier__max_iter", 2)
    chosen_step = choose("epochs", Pipeline([("clf", SGDClassifier())]), {"clf"})
    assert chosen_step == Procedure(Feedback.EPOCHS, "clf__max_iter", 2)
    stages = choose("stages", Pipeline([("forest", FOREST)]), set())
    assert stages == Procedure(Feedback.STAGES, "forest__n_estimators")


@pytest.mark.parametrize("estimator", [SGD, FOREST, SVC()])
def test_folds_are_for_every_estimator(estimator: BaseEstimator) -> None:
    assert choose("folds", estimator, {"max_iter", "n_estimators"}) == Procedure()


@pytest.mark.parametrize(
    ("feedback", "estimator", "words"),
    [
        ("epochs", FOREST, "needs partial_fit without early_stopping and max_iter, and RandomForest"),
        ("epochs", SGDClassifier(early_stopping=True), "needs partial_fit without early_stopping"),
        ("epochs", XGBClassifier(), "and XGBClassifier has not; use 'rounds' or 'folds'"),
        ("epochs", FOREST, "and RandomForestClassifier has not; use 'stages' or 'folds'"),
        ("rounds", SVC(), "and got SVC; use 'folds'"),
        ("stages", SVC(), "needs warm_start without oob_score and n_estimators or max_iter, and SVC"),
        ("stages", BaggingClassifier(oob_score=True), "needs warm_start without oob_score"),
        ("stages", make_pipeline(StandardScaler(), SVC()), "needs warm_start"),
        ("epochs", Pipeline([("sgd", SGD)], transform_input=["X_val"]), "transform_input cannot be trained"),
        ("epoch", SGD, "must be 'auto', 'folds', 'epochs', 'stages' or 'rounds', got 'epoch'"),
    ],
)
def test_feedback_that_an_estimator_cannot_give_is_an_error(
    feedback: str, estimator: BaseEstimator, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        fitted(estimator, {}, feedback=feedback)


@pytest.mark.parametrize(
    ("estimator", "steps"),
    [
        (SGD, [1, 2, 3, 4, 5, 6]),
        (SGDClassifier(max_iter=1), [1]),
        (RandomForestClassifier(n_estimators=1), [1]),
        (RandomForestClassifier(n_estimators=8), [1, 2, 4, 8]),
        (RandomForestClassifier(n_estimators=11), [1, 2, 4, 8, 11]),
    ],
)
def test_every_epoch_is_a_step_and_stages_double_up_to_the_last(
    estimator: BaseEstimator, steps: list[int]
) -> None:
    feedback = "epochs" if isinstance(estimator, SGDClassifier) else "stages"
    assert choose(feedback, estimator, set()).steps(estimator) == steps


# Epochs and stages.


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (FOREST, "n_estimators"),
        (GradientBoostingClassifier(n_estimators=5, max_depth=2, random_state=0), "n_estimators"),
        (
            HistGradientBoostingClassifier(
                max_iter=5, max_leaf_nodes=4, early_stopping=False, random_state=0
            ),
            "max_iter",
        ),
        (BaggingClassifier(n_estimators=5, random_state=0), "n_estimators"),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, BaseEstimator) else given,
)
def test_a_stage_scores_as_a_fit_of_as_many_trees(estimator: BaseEstimator, name: str) -> None:
    found, (reports,) = reported(estimator, {}, feedback="stages")
    plain = {
        stages: fmean(
            cross_validate(clone(estimator).set_params(**{name: stages}), X, Y, cv=CV)["test_score"]
        )
        for stages in (1, 2, 4, 5)
    }
    assert reports == pytest.approx(plain)
    whole = clone(estimator).fit(X, Y)
    assert np.array_equal(found.best_estimator_.predict_proba(X), whole.predict_proba(X))


def test_the_resource_may_be_in_the_space() -> None:
    found, reports = reported(SGDClassifier(random_state=0), {"max_iter": [1, 3, 4]})
    assert [list(steps) for steps in reports] == [[1], [1, 2, 3], [1, 2, 3, 4]]
    assert found.best_estimator_.t_ == 1 + found.best_params_["max_iter"] * len(X)


def test_the_best_candidate_is_trained_on_all_data_by_the_same_epochs() -> None:
    found = fitted(MLP, {"alpha": [1e-4, 1.0]})
    model = drawing(MLP, **found.best_params_)
    assert found.best_estimator_.random_state == 0
    for _ in range(4):
        model.partial_fit(X, Y, classes=np.unique(Y))
    assert all(map(np.array_equal, found.best_estimator_.coefs_, model.coefs_))
    once = clone(MLP).set_params(**found.best_params_)
    with pytest.warns(ConvergenceWarning):
        once.fit(X, Y)
    assert not np.array_equal(once.coefs_[0], found.best_estimator_.coefs_[0]), "fit is another procedure"


@pytest.mark.parametrize("warm_start", [False, True])
def test_the_best_forest_has_its_own_params_and_can_be_fitted_again(warm_start: bool) -> None:
    forest = clone(FOREST).set_params(warm_start=warm_start)
    best = fitted(forest, {"max_depth": [2, 3]}).best_estimator_
    assert (best.warm_start, best.n_estimators, len(best.estimators_)) == (warm_start, 5, 5)
    if not warm_start:
        trees = best.estimators_
        best.fit(X[:50], Y[:50])
        assert not any(tree in trees for tree in best.estimators_), "nothing of the old model is left"


class CountedScaler(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """Subtracts the mean; counts how often any is fitted, and with how many rows."""

    fits: ClassVar[list[int]] = []

    def __init__(self, shift: float = 0.0) -> None:
        self.shift = shift

    def fit(self, X: Any, y: Any = None) -> CountedScaler:
        self.fits.append(len(X))
        self.mean_ = X.mean(axis=0) + self.shift
        return self

    def transform(self, X: Any) -> Any:
        return X - self.mean_


@pytest.mark.parametrize("memory", [False, True])
def test_preprocessing_is_fitted_once_per_training_fold_and_once_in_the_end(
    memory: bool, tmp_path: Any
) -> None:
    CountedScaler.fits.clear()
    pipeline = Pipeline([("scale", CountedScaler()), ("sgd", SGD)], memory=str(tmp_path) if memory else None)
    found = fitted(pipeline, {"sgd__alpha": [1e-4, 1e-2]}, feedback="epochs")
    folds = [len(train) for train, _ in SPLITS]
    assert CountedScaler.fits == [*folds * (1 if memory else 2), len(X)]
    expected = []
    for train, test in SPLITS:
        scaler = CountedScaler().fit(X[train])
        model = drawing(SGD, alpha=1e-4)
        for _ in range(6):
            model.partial_fit(scaler.transform(X[train]), Y[train], classes=np.unique(Y))
        expected.append(model.score(scaler.transform(X[test]), Y[test]))
    assert splits_of(found, 0) == expected
    assert found.best_estimator_.score(X, Y) > 0.8


def test_a_pipeline_by_stages_fits_its_preprocessing_once_too() -> None:
    CountedScaler.fits.clear()
    pipeline = make_pipeline(CountedScaler(), FOREST)
    found = fitted(pipeline, {"countedscaler__shift": [0.0, 1.0]}, feedback="stages")
    assert len(CountedScaler.fits) == 2 * 3 + 1
    plain = cross_validate(make_pipeline(CountedScaler(), FOREST), X, Y, cv=CV)["test_score"]
    assert splits_of(found, 0) == plain.tolist()


def test_weights_go_to_each_step_of_the_training_split_as_the_rows_are() -> None:
    weights = np.random.default_rng(0).uniform(size=len(X))
    settings: dict[str, Any] = {"backend": "sklearn:grid", "cv": CV, "feedback": "epochs"}
    found = TuneSearchCV(SGD, {"alpha": [1e-2]}, **settings).fit(X, Y, sample_weight=weights)
    expected = []
    for train, test in SPLITS:
        model = drawing(SGD, alpha=1e-2)
        for _ in range(6):
            model.partial_fit(X[train], Y[train], classes=np.unique(Y), sample_weight=weights[train])
        expected.append(model.score(X[test], Y[test], sample_weight=weights[test]))
    assert splits_of(found, 0) == expected
    pipeline = make_pipeline(StandardScaler(), SGD)
    in_pipeline = TuneSearchCV(pipeline, {"sgdclassifier__alpha": [1e-2]}, **settings)
    weighed = in_pipeline.fit(X, Y, sgdclassifier__sample_weight=weights).best_estimator_[-1].coef_
    plain = in_pipeline.fit(X, Y).best_estimator_[-1].coef_
    assert not np.array_equal(weighed, plain)
    with pytest.raises(ValueError, match="takes fit params of its last step 'sgdclassifier' alone"):
        in_pipeline.fit(X, Y, standardscaler__sample_weight=weights)


def routed(scaler: Any) -> Pipeline:
    """Return a pipeline whose scaler and classifier have said that they take weights."""
    return Pipeline(
        [
            ("scale", scaler.set_fit_request(sample_weight=True)),
            ("sgd", clone(SGD).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)),
        ]
    )


@pytest.mark.parametrize("alias", [None, "importance"])
def test_metadata_is_routed_to_each_step_of_a_pipeline_that_is_trained_by_epochs(alias: str | None) -> None:
    weights = np.random.default_rng(0).uniform(size=len(X))
    with config_context(enable_metadata_routing=True):
        pipeline = routed(StandardScaler())
        if alias:
            pipeline[-1].set_fit_request(sample_weight=alias)
        given = {"sample_weight": weights} | ({alias: 1.0 - weights} if alias else {})
        settings: dict[str, Any] = {"backend": "sklearn:grid", "cv": CV, "feedback": "epochs"}
        found = TuneSearchCV(pipeline, {"sgd__alpha": [1e-2]}, **settings).fit(X, Y, **given)
    own = given[alias or "sample_weight"]
    expected = []
    for train, test in SPLITS:
        scaler = StandardScaler().fit(X[train], sample_weight=weights[train])
        model = drawing(SGD, alpha=1e-2)
        for _ in range(6):
            inputs = scaler.transform(X[train])
            model.partial_fit(inputs, Y[train], classes=np.unique(Y), sample_weight=own[train])
        expected.append(model.score(scaler.transform(X[test]), Y[test], sample_weight=weights[test]))
    assert splits_of(found, 0) == expected


def test_metadata_that_one_step_alone_has_asked_for_goes_to_it_alone() -> None:
    weights = np.linspace(0.0, 1.0, len(X))
    scales = []
    with config_context(enable_metadata_routing=True):
        for wanted in (True, False):
            pipeline = routed(StandardScaler())
            pipeline[0].set_fit_request(sample_weight=wanted)
            pipeline[1].set_fit_request(sample_weight=not wanted)
            settings: dict[str, Any] = {"backend": "sklearn:grid", "cv": CV, "feedback": "epochs"}
            found = TuneSearchCV(pipeline, {"sgd__alpha": [1e-2]}, **settings)
            scales.append(found.fit(X, Y, sample_weight=weights).best_estimator_[0].mean_)
    weighed, plain = StandardScaler().fit(X, sample_weight=weights), StandardScaler().fit(X)
    assert np.array_equal(scales[0], weighed.mean_)
    assert np.array_equal(scales[1], plain.mean_)


# Folds that fail.


class FailingOnce(SGDClassifier):  # type: ignore[misc]
    """Fails on the first split, in the third epoch if it is trained by epochs."""

    def fit(self, X: Any, y: Any) -> Any:
        self.check(X)
        return super().fit(X, y)

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Any:
        if getattr(self, "t_", 0) > 2 * len(X):
            self.check(X)
        return super().partial_fit(X, y, classes)

    def check(self, X: Any) -> None:
        if self.alpha > 1e-3 and np.array_equal(X, FIRST):
            raise ValueError("not this one")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("feedback", ["folds", "epochs"])
def test_a_fold_that_fails_leaves_the_scores_of_the_others(feedback: str) -> None:
    model = FailingOnce(max_iter=5, tol=None, random_state=0)
    with (
        pytest.warns(FitFailedWarning, match="(?s)1 fits failed.*not this one"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        found = fitted(model, {"alpha": [1e-4, 1e-2]}, feedback=feedback, return_train_score=True)
    results = found.cv_results_
    failed = [
        np.isnan(results[f"split{split}_{kind}_score"][1]) for kind in ("test", "train") for split in range(3)
    ]
    assert failed == [True, False, False] * 2
    assert np.isnan(results["mean_test_score"]).tolist() == [False, True]
    assert found.best_params_ == {"alpha": 1e-4}


# Candidates that cannot be trained step by step.


@pytest.mark.parametrize(
    ("name", "values"),
    [("early_stopping", [True, False]), ("class_weight", ["balanced", None])],
)
def test_a_candidate_without_steps_is_fitted_at_once_and_not_judged(name: str, values: list[Any]) -> None:
    estimator = SGDClassifier(max_iter=50, tol=0.1, random_state=0)
    found, reports = reported(estimator, {name: values})
    assert list(map(len, reports)) == [0, 50]
    plain = cross_validate(clone(estimator).set_params(**{name: values[0]}), X, Y, cv=CV)
    assert splits_of(found, 0) == plain["test_score"].tolist()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_another_solver_among_the_candidates_is_fitted_at_once() -> None:
    found, reports = reported(MLP, {"solver": ["adam", "lbfgs"]})
    assert list(map(len, reports)) == [4, 0]
    plain = cross_validate(clone(MLP).set_params(solver="lbfgs"), X, Y, cv=CV)["test_score"]
    assert splits_of(found, 1) == plain.tolist()


def test_whole_estimators_without_steps_stand_beside_those_with_them() -> None:
    pipeline = Pipeline([("scale", StandardScaler()), ("clf", SGD)])
    models = [SGDClassifier(max_iter=2, random_state=0), GaussianNB(), FOREST]
    found, reports = reported(pipeline, {"clf": models}, feedback="epochs")
    assert list(map(len, reports)) == [2, 0, 0]
    for row, model in enumerate(models[1:], 1):
        plain = cross_validate(make_pipeline(StandardScaler(), model), X, Y, cv=CV)["test_score"]
        assert splits_of(found, row) == plain.tolist()


@pytest.mark.parametrize("wrong", [0, "many"])
def test_a_number_of_epochs_that_is_none_is_a_failed_fit_as_in_scikit_learn(wrong: Any) -> None:
    with (
        pytest.warns(FitFailedWarning, match="(?s)3 fits failed.*The 'max_iter' parameter of SGDClassifier"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        found = fitted(SGD, {"max_iter": [2, wrong]})
    assert np.isnan(found.cv_results_["mean_test_score"]).tolist() == [False, True]
    assert found.cv_results_["pruned"].tolist() == [False, False]


def test_the_limit_of_a_solver_is_no_reason_to_train_by_stages() -> None:
    """Each of the stages would end with a ConvergenceWarning, which is an error here."""
    _, reports = reported(LogisticRegression(max_iter=1000), {"C": [0.1, 1.0]})
    assert list(map(len, reports)) == [3, 3]
