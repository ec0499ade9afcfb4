"""A stored search in a process of its own, for `test_search_studies.py`: it kills itself.

Called with a URL, a kind of data and the number of the score at which it dies.
"""

import os
import signal
import sys
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.feature_selection import SelectKBest, chi2, f_classif
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import tunebridge as tb
from tunebridge_sklearn import TuneSearchCV

N_TRIALS = 8
SGD = SGDClassifier(max_iter=4, tol=None, random_state=0)
scores = count(1)
DIES_AT = "TUNEBRIDGE_TEST_DIES_AT"
"""Not a global of the scorer's: the score depends on those, and would not be the same after the kill."""


def accuracy(truth: Any, predicted: Any) -> float:
    """Score, or die."""
    if next(scores) == int(os.environ.get(DIES_AT, "0")):
        os.kill(os.getpid(), signal.SIGKILL)
    return float(accuracy_score(truth, predicted))


def frame() -> tuple[Any, Any, Any, dict[str, Any]]:
    """Return a table with columns of several types, and a pipeline that is trained by epochs."""
    rng = np.random.default_rng(0)
    size = rng.normal(size=60)
    X = pd.DataFrame({"size": size, "kind": np.where(rng.uniform(size=60) < 0.3, "a", "b")})
    X["mixed"] = np.array([None, 1, "one"] * 20, dtype=object)
    X["grade"] = pd.Categorical(["low", "high", "low"] * 20, categories=["low", "high"])
    X["when"] = pd.date_range("2020-01-01", periods=60)
    columns = make_column_transformer((StandardScaler(), ["size"]), (OneHotEncoder(), ["kind", "grade"]))
    space = {"sgdclassifier__alpha": [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0]}
    y = pd.Series(np.where(size > 0, "yes", "no"), name="bought")
    return make_pipeline(columns, SGD), X, y, {"space": space, "feedback": "epochs"}


def matrix() -> tuple[Any, Any, Any, dict[str, Any]]:
    """Return a sparse matrix, and a pipeline that is trained by folds; functions are among its choices."""
    X = sparse.random(60, 20, density=0.3, format="csr", random_state=0)
    y = np.asarray(X.sum(axis=1)).ravel() > 3.0
    space = {"selectkbest__k": [*range(2, 15)], "selectkbest__score_func": [f_classif, chi2]}
    return make_pipeline(SelectKBest(), SGD), X, y, {"space": space, "feedback": "folds"}


def search(kind: str, storage: Any = None) -> TuneSearchCV:
    estimator, X, y, settings = {"frame": frame, "matrix": matrix}[kind]()
    found: TuneSearchCV = TuneSearchCV(
        estimator,
        **settings,
        backend=tb.backend("optuna:tpe", n_startup_trials=3),
        n_trials=N_TRIALS,
        pruner=tb.pruner("median", n_startup_trials=2),
        scoring=make_scorer(accuracy),
        cv=StratifiedKFold(3, shuffle=True, random_state=0),
        random_state=0,
        storage=storage,
        study="killed",
    ).fit(X, y)
    return found


def results(found: TuneSearchCV) -> dict[str, Any]:
    """Return `cv_results_` but for the times, in a form that is equal if all of it is."""
    return {
        name: [repr(value) for value in column]
        for name, column in found.cv_results_.items()
        if not name.endswith("_time")
    }


if __name__ == "__main__":
    url, kind, os.environ[DIES_AT] = sys.argv[1:4]
    search(kind, url)
