"""No validation row of a fold is ever in its training set, whatever prunes, at any stage.

The first column of the data is the number of the row. Models remember the rows that they were trained on, and
the scorer takes `LEAK` off the score for each row that it scores and the model has seen.
"""

from __future__ import annotations

from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.model_selection import KFold, RepeatedKFold, ShuffleSplit, StratifiedKFold
from sklearn.pipeline import make_pipeline

import tunebridge as tb
from tunebridge.registry.plugins import registry
from tunebridge.testing import MemoryStore
from tunebridge_sklearn import TuneSearchCV, cross_validation

N_ROWS, N_STEPS, LEAK = 30, 4, 1000.0
X = np.column_stack([np.arange(N_ROWS), np.random.default_rng(0).normal(size=N_ROWS)])
Y = np.arange(N_ROWS) % 2
CURVE = (0.5, 0.7, 0.6, 0.9)
"""Share of a model's quality that it has after each step; one is a step back, for the patient pruner."""
SPACE = tb.Space(quality=tb.Float(0.0, 1.0))

PRUNERS: dict[str, dict[str, Any]] = {
    "asha": {"reduction_factor": 2},
    "hyperband": {"max_resource": 4, "reduction_factor": 2},
    "median": {"n_startup_trials": 2},
    "patient": {"around": tb.pruner("median", n_startup_trials=2), "patience": 0},
    "percentile": {"percentile": 40.0, "n_startup_trials": 2},
    "threshold": {"lower": 0.3},
    "wilcoxon": {"p_threshold": 0.4},
}


class Rows(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """Trained in every way there is; the better its `quality`, the higher its score."""

    def __init__(
        self, quality: float = 0.5, max_iter: int = 1, n_estimators: int = 1, warm_start: bool = False
    ) -> None:
        self.quality = quality
        self.max_iter = max_iter
        self.n_estimators = n_estimators
        self.warm_start = warm_start

    def fit(self, X: Any, y: Any) -> Rows:
        if not self.warm_start:
            self.__dict__.pop("seen_", None)
        return self.partial_fit(X, y)

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Rows:
        self.seen_ = getattr(self, "seen_", frozenset()) | _numbers(X)
        self.n_steps_ = getattr(self, "n_steps_", 0) + 1
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X))


class Seen(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """Changes nothing, and remembers what it was fitted on."""

    def fit(self, X: Any, y: Any = None) -> Seen:
        self.seen_ = _numbers(X)
        return self

    def transform(self, X: Any) -> Any:
        return X


def _numbers(X: Any) -> frozenset[int]:
    return frozenset(X[:, 0].astype(int).tolist())


def score(model: Any, X: Any, y: Any) -> float:
    steps = [step for _, step in getattr(model, "steps", [("", model)])]
    leaked = sum(len(step.seen_ & _numbers(X)) for step in steps)
    noise = 0.01 * float(X[:, 1].mean())
    value: float = steps[-1].quality * CURVE[steps[-1].n_steps_ - 1]
    return value + noise - LEAK * leaked


MODELS = {
    "folds": Rows(),
    "epochs": Rows(max_iter=N_STEPS),
    "stages": Rows(n_estimators=N_STEPS),
    "epochs of a pipeline": make_pipeline(Seen(), Rows(max_iter=N_STEPS)),
    "stages of a pipeline": make_pipeline(Seen(), Rows(n_estimators=N_STEPS)),
    "folds of a pipeline": make_pipeline(Seen(), Rows()),
}


def searched(case: str, pruner: Any, cv: Any, **settings: Any) -> tuple[TuneSearchCV, tb.Result]:
    """Return a search of `MODELS[case]`, and its study."""
    feedback, _, _ = case.partition(" ")
    store, name = MemoryStore(), "rows__quality" if "pipeline" in case else "quality"
    search = TuneSearchCV(
        MODELS[case],
        {name: np.linspace(0.0, 1.0, 50)[::-1]},
        n_trials=12,
        pruner=pruner,
        feedback=feedback,
        scoring=score,
        cv=cv,
        random_state=0,
        storage=store,
        study="s",
        **settings,
    )
    return search.fit(X, Y), tb.load_study(store, "s")


def assert_clean(search: TuneSearchCV, result: tb.Result) -> None:
    """Assert that no score, of any stage of any fold, is of a row that was trained on."""
    scores = [split["test_scores"] for trial in result.trials for split in trial.notes["splits"] if split]
    reports = [report.value for trial in result.trials for report in trial.reports]
    assert len(scores) >= len(result.trials)
    assert min(scores) > -LEAK / N_ROWS
    assert min(reports, default=0.0) > -LEAK / N_ROWS


def test_every_pruner_is_tried() -> None:
    owners = registry().owners.items()
    own = {name for (kind, name), distribution in owners if (kind, distribution) == ("pruner", "tunebridge")}
    assert own == PRUNERS.keys()


@pytest.mark.parametrize(
    ("pruner", "case"),
    [(name, case) for name in PRUNERS for case in MODELS if name != "wilcoxon" or case.startswith("folds")],
)
def test_no_pruner_lets_a_validation_row_be_trained_on(pruner: str, case: str) -> None:
    search, result = searched(case, tb.pruner(pruner, **PRUNERS[pruner]), KFold(3, shuffle=True))
    assert_clean(search, result)
    states = {trial.state.name for trial in result.trials}
    assert states == {"COMPLETE", "PRUNED"} or (pruner == "patient" and states == {"COMPLETE"})
    assert len(result.trials) == 12


@pytest.mark.parametrize(
    "cv",
    [StratifiedKFold(3, shuffle=True), RepeatedKFold(n_splits=2, n_repeats=2), ShuffleSplit(3)],
    ids=repr,
)
@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random"])
def test_no_backend_and_no_shuffled_splitter_does(backend: str, cv: Any) -> None:
    search, result = searched(
        "epochs of a pipeline", tb.pruner("median", n_startup_trials=2), cv, backend=backend
    )
    assert_clean(search, result)


@pytest.mark.parametrize("case", ["folds", "stages of a pipeline"])
def test_no_number_of_jobs_does(case: str) -> None:
    with joblib.parallel_config("threading", n_jobs=4):
        search, result = searched(case, "median", KFold(2, shuffle=True))
    assert_clean(search, result)


def test_a_model_that_travels_between_processes_keeps_to_its_fold() -> None:
    with joblib.parallel_config("loky", n_jobs=2):
        search, result = searched("epochs", "median", KFold(3, shuffle=True))
    assert_clean(search, result)


def test_all_candidates_have_the_same_folds_and_the_best_is_trained_on_all_rows() -> None:
    scored: list[frozenset[int]] = []

    def noting(model: Any, X: Any, y: Any) -> float:
        scored.append(_numbers(X))
        return score(model, X, y)

    search = TuneSearchCV(
        Rows(max_iter=N_STEPS), SPACE, n_trials=5, pruner="median", scoring=noting, cv=KFold(3, shuffle=True)
    ).fit(X, Y)
    assert len(set(scored)) == 3
    assert sorted(row for rows in set(scored) for row in rows) == [*range(N_ROWS)]
    assert search.best_estimator_.seen_ == set(range(N_ROWS))


def test_a_problem_of_cross_validation_keeps_to_its_folds() -> None:
    problem = cross_validation(
        Rows(max_iter=N_STEPS), X, Y, SPACE, cv=KFold(3, shuffle=True), scoring=score, feedback="epochs"
    )
    result = tb.tune(problem, backend="optuna:tpe", n_trials=6, seed=0, pruner="median")
    scores = [split["test_scores"] for trial in result.trials for split in trial.notes["splits"]]
    assert min(scores) > -LEAK / N_ROWS


def test_the_scorer_sees_a_leak_if_there_is_one() -> None:
    rows = np.arange(N_ROWS)
    search, _ = searched("epochs", "median", [(rows[:20], rows[19:]), (rows[10:], rows[:10])])
    assert np.nanmax(search.cv_results_["split0_test_score"]) < -LEAK / N_ROWS
    assert np.nanmin(search.cv_results_["split1_test_score"]) > -LEAK / N_ROWS
