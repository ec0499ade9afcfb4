"""scikit-learn's own checks of estimators, over our search classes and, in the same run, over its own."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sklearn.base import BaseEstimator, is_regressor
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from tunebridge import Plateau, Schedule
from tunebridge_sklearn import TuneGridSearchCV, TuneRandomizedSearchCV, TuneSearchCV

pytestmark = pytest.mark.slow

Search = Callable[..., BaseEstimator]

EXPECTED_FAILURES = {
    "check_supervised_y_2d": "the model within takes several outputs, and so does not warn of a column",
}
"""What fails with a regressor; scikit-learn's own list for its search classes has one more."""

INSIDE: dict[str, tuple[BaseEstimator, dict[str, list[float]]]] = {
    "classifier": (LogisticRegression(), {"C": [0.1, 1.0]}),
    "regressor": (Ridge(), {"alpha": [0.1, 1.0]}),
    "pipeline": (Pipeline([("pca", PCA()), ("model", LogisticRegression())]), {"model__C": [0.1, 1.0]}),
}

RULED = TuneSearchCV(
    SGDClassifier(max_iter=3, tol=None, random_state=0),
    {"alpha": [0.001, 0.01]},
    backend="optuna:tpe",
    n_trials=2,
    random_state=0,
    feedback="epochs",
    adjust=[Schedule("alpha", {1: 0.01}), Plateau("alpha", patience=0)],
    cv=2,
    error_score="raise",
)

THEIRS: dict[str, Search] = {
    "RandomizedSearchCV": partial(RandomizedSearchCV, random_state=0),
    "GridSearchCV": GridSearchCV,
}
TUNED = partial(TuneSearchCV, n_trials=2, random_state=0)
OURS: dict[str, Search] = {
    "TuneRandomizedSearchCV": partial(TuneRandomizedSearchCV, random_state=0),
    "TuneGridSearchCV": TuneGridSearchCV,
    "TuneSearchCV, optuna": partial(TUNED, backend="optuna:tpe"),
    "TuneSearchCV, optuna, pruned": partial(TUNED, backend="optuna:tpe", pruner="median"),
    "TuneSearchCV, confirmed": partial(TUNED, backend="optuna:tpe", confirm={"top": 2, "splits": 2}),
}


def built(search: Search, inside: str) -> BaseEstimator:
    return search(*INSIDE[inside], cv=2, error_score="raise")


def expected_failures(search: BaseEstimator) -> dict[str, str]:
    return EXPECTED_FAILURES if is_regressor(search) else {}


def names_of_checks(search: BaseEstimator) -> list[str]:
    """Return the checks that scikit-learn finds for an estimator."""

    def name(check: Any) -> str:
        return check.func.__name__ if isinstance(check, partial) else str(check.__name__)

    return [name(check) for _, check in estimator_checks_generator(search)]


@pytest.mark.filterwarnings(
    "ignore:The total space of parameters:UserWarning",
    "ignore:invalid value encountered in cast:RuntimeWarning",  # of a check that fits infinite classes
    "ignore:Using Array API dispatch .* with `solver='auto'`:UserWarning",
)
@parametrize_with_checks(  # type: ignore[untyped-decorator]  # scikit-learn has no annotations
    [RULED, *(built(search, inside) for inside in INSIDE for search in (THEIRS | OURS).values())],
    expected_failed_checks=expected_failures,
    xfail_strict=True,
)
def test_estimator_checks(estimator: BaseEstimator, check: Callable[[BaseEstimator], None]) -> None:
    check(estimator)


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("search", OURS)
def test_all_checks_of_scikit_learns_searches_are_run(search: str, inside: str) -> None:
    theirs = names_of_checks(built(THEIRS["RandomizedSearchCV"], inside))
    assert names_of_checks(built(OURS[search], inside)) == theirs
    assert set(EXPECTED_FAILURES) <= set(theirs)
    assert len(theirs) > 50
