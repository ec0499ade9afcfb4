"""A pruner does not change what is trained: steps are taken where they train what one `fit` does."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import numpy as np
import pytest
from imblearn.ensemble import BalancedBaggingClassifier, BalancedRandomForestClassifier
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import Pipeline as SamplingPipeline
from sklearn.base import BaseEstimator, clone
from sklearn.cluster import MiniBatchKMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import LatentDirichletAllocation, MiniBatchNMF
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import all_estimators

import tunebridge as tb
from tunebridge.testing import MemoryStore
from tunebridge_sklearn import TuneSearchCV, choosing, told
from tunebridge_sklearn.known import KNOWN, Check, is_one_of
from tunebridge_sklearn.training import RULE, Feedback, Procedure, Training

pytestmark = pytest.mark.filterwarnings("ignore:Class PassiveAggressive:FutureWarning")

X, Y = load_digits(n_class=3, return_X_y=True)
X, Y = X[:120] / 16.0, Y[:120]
CV = StratifiedKFold(3, shuffle=True, random_state=0)
NEVER = tb.pruner("threshold", lower=-1e9)
"""Hears all reports, and ends no trial."""
CLASSES = dict(all_estimators())
STAGED = [name for name in KNOWN[Feedback.STAGES] if name in CLASSES]
BY_EPOCHS = [name for name in KNOWN[Feedback.EPOCHS] if name in CLASSES]
SAMPLED = {
    "subsample": 0.5,
    "max_features": 0.5,
    "max_samples": 0.5,
    "early_stopping": False,
    "bootstrap": True,
}


def made(name: str, **params: Any) -> BaseEstimator:
    """Return an estimator with those of the params that it has."""
    known = CLASSES[name]().get_params()
    return CLASSES[name](**{one: value for one, value in params.items() if one in known})


def trained(model: BaseEstimator, procedure: Procedure) -> BaseEstimator:
    training = Training(clone(model))
    for step in procedure.steps(training.model):
        training.advance(procedure, X, Y, step, {})
    return training.model


def outputs(model: Any) -> Any:
    methods = ("predict_proba", "score_samples", "predict", "transform")
    method = next(name for name in methods if hasattr(model, name))
    found = getattr(model, method)(X)
    return found.toarray() if hasattr(found, "toarray") else found


@pytest.mark.parametrize("seed", [0, np.random.RandomState(0)], ids=["integer", "RandomState"])
@pytest.mark.parametrize("name", STAGED)
def test_stages_of_the_known_classes_are_one_fit_to_the_last_bit(name: str, seed: Any) -> None:
    model = made(name, n_estimators=5, max_iter=5, random_state=seed, **SAMPLED)
    resource = "n_estimators" if hasattr(model, "n_estimators") else "max_iter"
    staged = trained(model, Procedure(Feedback.STAGES, resource, RULE))
    assert np.array_equal(outputs(staged), outputs(clone(model).fit(X, Y)))
    assert (staged.warm_start, getattr(staged, resource)) == (False, 5)
    assert type(staged.random_state) is type(seed)


@pytest.mark.parametrize("name", BY_EPOCHS)
def test_epochs_of_the_known_classes_are_one_fit_if_it_does_not_shuffle(name: str) -> None:
    model = made(name, max_iter=4, tol=None, shuffle=False, random_state=0)
    if "MLP" in name:
        model.set_params(tol=0.0, hidden_layer_sizes=(4,), batch_size=20, n_iter_no_change=9)
    epochs = trained(model, Procedure(Feedback.EPOCHS, "max_iter", RULE))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        whole = clone(model).fit(X, Y)
    assert np.allclose(outputs(epochs), outputs(whole), rtol=1e-9)


def test_each_epoch_visits_the_rows_in_an_order_of_its_own() -> None:
    model = SGDClassifier(max_iter=5, tol=None, random_state=0)
    by_rule = {
        rule: trained(model, Procedure(Feedback.EPOCHS, "max_iter", rule)).coef_.tolist() for rule in (1, 2)
    }
    by_hand = {}
    for rule, seed in ((1, 0), (2, np.random.RandomState(0))):
        one = clone(model).set_params(random_state=seed)
        for _ in range(5):
            one.partial_fit(X, Y, classes=np.unique(Y))
        by_hand[rule] = one.coef_.tolist()
    assert by_rule == by_hand
    assert by_rule[1] != by_rule[2]


# What is not known.


class Renamed(RandomForestClassifier):  # type: ignore[misc]  # scikit-learn has no annotations
    """Has another default, and a method more."""

    def __init__(self, n_estimators: int = 7, random_state: Any = None, warm_start: bool = False) -> None:
        super().__init__(n_estimators=n_estimators, random_state=random_state, warm_start=warm_start)

    def more(self) -> None: ...


class Harmless(RandomForestClassifier):  # type: ignore[misc]
    """Overrides a method, and trains as before."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        return super().fit(X, y, sample_weight)


class Growing(RandomForestClassifier):  # type: ignore[misc]
    """Grows other trees when it is warm."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        self.max_depth = 1 if self.warm_start else None
        return super().fit(X, y, sample_weight)


class Forgetful(SGDClassifier):  # type: ignore[misc]
    """Begins anew in each epoch."""

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Any:
        return clone(self).fit(X, y)


BALANCED = {"sampling_strategy": "all", "replacement": True, "bootstrap": False}
CHANGED: dict[str, tuple[BaseEstimator, dict[str, Any]]] = {
    "a balanced forest": (
        BalancedRandomForestClassifier(n_estimators=5, random_state=0, **BALANCED),
        {"max_depth": [1, 3]},
    ),
    "topics in batches": (
        LatentDirichletAllocation(2, max_iter=3, random_state=0),
        {"doc_topic_prior": [0.1, 0.9]},
    ),
    "clusters in batches": (
        MiniBatchKMeans(3, max_iter=3, n_init=1, random_state=0, batch_size=20),
        {"init": ["random", "k-means++"]},
    ),
    "topics in the space": (LatentDirichletAllocation(2, random_state=0), {"max_iter": [1, 2]}),
    "a forest that grows otherwise": (Growing(n_estimators=5, random_state=0), {"criterion": ["gini"]}),
    "epochs that begin anew": (Forgetful(max_iter=3, tol=None, random_state=0), {"alpha": [1e-4, 0.1]}),
}


def searched(estimator: BaseEstimator, space: Any, y: Any = Y, **settings: Any) -> TuneSearchCV:
    settings = {"backend": "sklearn:grid", "n_trials": None, "cv": CV, "pruner": NEVER, **settings}
    found: TuneSearchCV = TuneSearchCV(estimator, space, **settings).fit(X, y)
    return found


def scores(found: TuneSearchCV) -> Any:
    return [found.cv_results_[f"split{split}_test_score"].tolist() for split in range(3)]


@pytest.mark.parametrize("case", CHANGED)
def test_a_pruner_changes_no_score_and_folds_are_said_once(
    case: str, caplog: pytest.LogCaptureFixture
) -> None:
    estimator, space = CHANGED[case]
    store = MemoryStore()
    with caplog.at_level(logging.WARNING, logger="tunebridge_sklearn"):
        judged = searched(estimator, space, storage=store, study="s")
    assert scores(judged) == scores(searched(estimator, space, pruner=None))
    assert {len(trial.reports) for trial in tb.load_study(store, "s").trials} == {3}
    (said,) = [record.getMessage() for record in caplog.records if "judged by folds" in record.getMessage()]
    assert said.startswith(f"{type(estimator).__name__} is judged by folds")


def test_a_model_of_batches_without_a_score_is_not_trained_by_epochs_either() -> None:
    assert choosing.choose("auto", MiniBatchNMF(2, max_iter=3), {"max_iter"}, Check(X, None)) == Procedure()


SHOWN = [Harmless(n_estimators=5), BalancedBaggingClassifier(n_estimators=5), Renamed(), Renamed(5)]


@pytest.mark.parametrize("estimator", SHOWN, ids=lambda one: type(one).__name__)
def test_what_is_shown_on_the_spot_is_trained_by_stages_and_scores_the_same(
    estimator: BaseEstimator, caplog: pytest.LogCaptureFixture
) -> None:
    model = clone(estimator).set_params(random_state=0)
    space = {"n_estimators": [3, 5]}
    store = MemoryStore()
    judged = searched(model, space, storage=store, study="s")
    assert scores(judged) == scores(searched(model, space, pruner=None))
    reported = [[one.step for one in trial.reports] for trial in tb.load_study(store, "s").trials]
    assert reported == [[1, 2, 3], [1, 2, 4, 5]]
    assert not any("judged by folds" in record.getMessage() for record in caplog.records)


def test_a_subclass_is_known_if_it_overrides_nothing_but_its_constructor() -> None:
    names = KNOWN[Feedback.STAGES]
    kinds = [RandomForestClassifier, Renamed, Harmless, BalancedRandomForestClassifier, SGDClassifier]
    assert [is_one_of(kind, names) for kind in kinds] == [True, True, False, False, False]


@pytest.mark.parametrize("y", [np.zeros(120), None])
def test_data_on_which_nothing_depends_on_the_stages_show_nothing(y: Any) -> None:
    stages = Procedure(Feedback.STAGES, "n_estimators")
    assert not Check(X, y).shows(Harmless(n_estimators=5), stages)


def test_a_named_feedback_is_kept() -> None:
    store = MemoryStore()
    searched(
        BalancedRandomForestClassifier(n_estimators=4, random_state=0, **BALANCED),
        {"max_depth": [2]},
        feedback="stages",
        storage=store,
        study="s",
    )
    assert [one.step for one in tb.load_study(store, "s").trials[0].reports] == [1, 2, 4]


# Pipelines of other classes.


class Plain(Pipeline):  # type: ignore[misc]
    """Overrides nothing."""


def test_a_pipeline_that_changes_rows_is_refused_by_epochs_before_trial_1_and_searched_by_folds() -> None:
    few = np.where(np.arange(120) % 5 == 0, 1, 0)
    sgd = SGDClassifier(max_iter=9, tol=None, random_state=0)
    pipeline = SamplingPipeline([("smote", SMOTE(random_state=0, k_neighbors=2)), ("sgd", sgd)])
    for feedback in ("epochs", "stages"):
        with pytest.raises(ValueError, match=f"a imblearn.Pipeline cannot be trained by {feedback}"):
            searched(pipeline, {"sgd__alpha": [0.1]}, few, feedback=feedback)
    found = searched(pipeline, {"sgd__alpha": [1e-4]}, few)
    plain = cross_validate(clone(pipeline).set_params(sgd__alpha=1e-4), X, few, cv=CV)["test_score"]
    assert np.ravel(scores(found)).tolist() == plain.tolist()
    assert type(found.best_estimator_) is SamplingPipeline


def test_a_pipeline_of_the_users_own_that_overrides_nothing_is_trained_by_epochs() -> None:
    sgd = SGDClassifier(max_iter=3, tol=None, random_state=0)
    steps = [("scale", StandardScaler()), ("sgd", sgd)]
    own, theirs = (
        searched(kind(steps), {"sgd__alpha": [1e-4, 0.1]}, feedback="epochs") for kind in (Plain, Pipeline)
    )
    assert scores(own) == scores(theirs)
    assert type(own.best_estimator_) is Plain


# Stored searches.


def test_a_search_that_was_stored_by_an_earlier_rule_goes_on_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cases: list[tuple[BaseEstimator, Procedure]] = [
        (SGDClassifier(max_iter=4, tol=None, random_state=0), Procedure(Feedback.EPOCHS, "max_iter", 1)),
        (CHANGED["a balanced forest"][0], Procedure(Feedback.STAGES, "n_estimators", 1)),
    ]
    for estimator, before in cases:
        name = "alpha" if before.feedback is Feedback.EPOCHS else "min_impurity_decrease"
        settings: dict[str, Any] = {
            "space": {name: [1e-5, 1e-4, 1e-3, 1e-2]},
            "backend": "optuna:random",
            "random_state": 0,
        }
        store = MemoryStore()
        with monkeypatch.context() as patch:
            patch.setattr(told, "choose", lambda *given, before=before: before)
            whole = searched(estimator, n_trials=4, **settings)
            searched(estimator, n_trials=2, storage=store, **settings)
        resumed = searched(estimator, n_trials=4, storage=store, **settings)
        assert scores(resumed) == scores(whole)
        assert len(tb.load_study(store, "tunebridge-0").trials) == 4


def test_a_stored_search_knows_its_rule_and_refuses_another_feedback() -> None:
    store, sgd = MemoryStore(), SGDClassifier(max_iter=4, tol=None, random_state=0)
    settings: dict[str, Any] = {"space": {"alpha": [1e-4, 1e-2]}, "storage": store, "study": "s"}
    searched(sgd, **settings)
    assert choosing.stored(store, "s", "auto", sgd) == Procedure(Feedback.EPOCHS, "max_iter", 2)
    assert choosing.stored(store, "s", "stages", sgd) is None
    assert choosing.stored(store, "another", "auto", sgd) is None
    with pytest.raises(tb.StoreError, match="was epochs max_iter by rule 2, is folds"):
        searched(sgd, feedback="folds", **settings)


@pytest.mark.parametrize(
    "procedure",
    [
        Procedure(),
        Procedure(Feedback.EPOCHS, "max_iter", 1),
        Procedure(Feedback.EPOCHS, "a step__max_iter", 2),
        Procedure(Feedback.STAGES, "clf__n_estimators"),
    ],
)
def test_a_procedure_is_what_its_words_say(procedure: Procedure) -> None:
    assert Procedure.of(procedure.words) == procedure
