"""Bad input as scikit-learn's users know it: its exception types, and messages that name the fault."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import tunebridge as tb
from tunebridge_sklearn import TuneGridSearchCV, TuneSearchCV, halving

X, Y = load_iris(return_X_y=True)
C = tb.Space(C=tb.Float(0.1, 10.0, log=True))
BACKENDS = ["optuna:tpe", "sklearn:random"]
"""One that is told of each candidate, and one whose candidates scikit-learn itself evaluates."""


def search(estimator: Any = None, space: Any = C, **more: Any) -> TuneSearchCV:
    settings = {"n_trials": 3, "cv": 2, "random_state": 0, **more}
    return TuneSearchCV(SVC() if estimator is None else estimator, space, **settings)


def nan_for_some(model: Any, X: Any, y: Any) -> float:
    return float("nan") if model.C > 1.0 else float(model.C)


# What is wrong with the space.

NAMES: dict[str, tuple[BaseEstimator, dict[str, Any], str]] = {
    "parameter": (
        SVC(),
        {"Q": tb.Float(0, 1)},
        "Invalid parameter 'Q' for estimator SVC.*'?C'?, '?break_ties",
    ),
    "parameter of a step": (
        make_pipeline(StandardScaler(), SVC()),
        {"svc__Q": tb.Float(0, 1)},
        r"Invalid parameter 'Q' for estimator SVC\(\).*'C', 'break_ties'",
    ),
    "step": (make_pipeline(SVC()), {"svm__C": tb.Float(0, 1)}, "Invalid parameter 'svm.*svc"),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", NAMES)
def test_a_wrong_name_is_a_value_error_with_the_names_that_there_are(case: str, backend: str) -> None:
    estimator, space, words = NAMES[case]
    with pytest.raises(ValueError, match=f"(?s){words}"):
        search(estimator, tb.Space(space), backend=backend).fit(X, Y)


SPACES: dict[str, tuple[Any, type[Exception], str]] = {
    "no dicts": ([], ValueError, "empty list|No fits were performed"),
    "no values": ({"C": []}, ValueError, "C"),
    "a number for values": ({"C": 3}, TypeError, "'C' is not iterable or a distribution"),
    "a list of numbers": ([3], TypeError, "not a dict"),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", SPACES)
@pytest.mark.filterwarnings("ignore:The total space of parameters:UserWarning")
def test_an_empty_or_shapeless_space_is_an_error_of_scikit_learns_type(case: str, backend: str) -> None:
    space, kind, words = SPACES[case]
    with pytest.raises(kind, match=words):
        search(space=space, backend=backend).fit(X, Y)


def test_a_grid_over_distributions_is_refused_as_by_grid_search() -> None:
    for pruner in (None, "median"):
        with pytest.raises(TypeError, match="'C' needs to be a list or a numpy array"):
            TuneGridSearchCV(SVC(), {"C": stats.uniform(1, 2)}, pruner=pruner).fit(X, Y)
        with pytest.raises(tb.TranslationError, match=r"C.*is continuous, so the grid needs to know"):
            TuneGridSearchCV(SVC(), C, pruner=pruner).fit(X, Y)
    points = tb.backend("sklearn:grid", points=3)
    assert TuneGridSearchCV(SVC(), C, backend=points).fit(X, Y).cv_results_["param_C"].tolist() == [
        pytest.approx(value) for value in (0.1, 1.0, 10.0)
    ]


@pytest.mark.parametrize("backend", ["optuna:tpe", "sklearn:random", "hyperopt:tpe"])
def test_a_search_that_nothing_ends_is_refused(backend: str) -> None:
    with pytest.raises(ValueError, match=f"nothing ends a search on {backend}: give n_trials or max_seconds"):
        search(backend=backend, n_trials=None).fit(X, Y)
    with pytest.raises(ValueError, match="nothing ends a search"):
        TuneGridSearchCV(SVC(), {"C": [1, 2]}, backend=backend).fit(X, Y)
    with pytest.raises(ValueError, match=f"nothing ends a search on {backend}: give max_seconds"):
        TuneGridSearchCV(SVC(), {"C": [1, 2]}, backend=backend).fit(X, Y)


def test_weights_that_a_backend_would_lose_are_refused_with_a_hint_that_fits_a_search() -> None:
    weighed = tb.Space(kernel=tb.Categorical(["rbf", "linear"], weights=[3, 1]))
    with pytest.raises(tb.TranslationError, match=r"(?s)is lossy.*hint: .*such as hyperopt:tpe") as caught:
        search(space=weighed, backend="optuna:tpe").fit(X, Y)
    assert "on_lossy" not in str(caught.value)
    for backend in ("hyperopt:tpe", "sklearn:random"):
        assert search(space=weighed, backend=backend).fit(X, Y).best_params_


def test_a_constraint_that_nothing_keeps_is_named() -> None:
    never = tb.Space(dict(C), constraints=[tb.Constraint(lambda params: False, "never")])
    with pytest.raises(tb.InfeasibleError, match="violate the constraint 'never'"):
        search(space=never, backend="sklearn:random").fit(X, Y)


# What is wrong with the other arguments.

KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "space": (
        {"space": 3},
        "'space' parameter of TuneSearchCV must be an instance of 'tunebridge.space.space.Space'",
    ),
    "n_trials": (
        {"n_trials": 0},
        r"'n_trials' parameter of TuneSearchCV must be an int in the range \[1, inf\)",
    ),
    "backend": ({"backend": 3}, "'backend' parameter of TuneSearchCV must be an instance of 'str'"),
    "pruner": ({"pruner": 3}, "'pruner' parameter of TuneSearchCV must be an instance of 'str'"),
    "adjust": ({"adjust": "lr"}, "'adjust' parameter of TuneSearchCV must be an instance of 'list'"),
    "feedback": ({"feedback": 3}, "'feedback' parameter of TuneSearchCV must be an instance of 'str'"),
    "storage": ({"storage": 3}, "'storage' parameter of TuneSearchCV must be"),
    "study": ({"study": 3}, "'study' parameter of TuneSearchCV must be"),
    "max_seconds": (
        {"max_seconds": 0},
        r"'max_seconds' parameter .* must be a float in the range \(0.0, inf\)",
    ),
    "random_state": ({"random_state": -1}, "'random_state' parameter of TuneSearchCV must be an int"),
    "cv": ({"cv": 1}, "'cv' parameter of TuneSearchCV must be an int"),
    "scoring": ({"scoring": "accurate"}, "'scoring' parameter of TuneSearchCV must be a str among"),
    "error_score": ({"error_score": "x"}, "'error_score' parameter of TuneSearchCV must be a str among"),
    "refit": ({"refit": None}, "'refit' parameter of TuneSearchCV must be"),
    "estimator": (
        {"estimator": 3},
        "'estimator' parameter of TuneSearchCV must be an object implementing 'fit'",
    ),
}


@pytest.mark.parametrize("case", KINDS)
def test_an_argument_of_a_wrong_kind_is_an_invalid_parameter_error(case: str) -> None:
    arguments, words = KINDS[case]
    with pytest.raises(ValueError, match=words) as caught:
        search(**arguments).fit(X, Y)
    assert type(caught.value).__name__ == "InvalidParameterError"


OTHERS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "backend": (
        {"backend": "optuna:tp"},
        tb.UnknownNameError,
        "no backend is called 'optuna:tp'.*'optuna:tpe'",
    ),
    "successive halving": (
        {"backend": "sklearn:halving"},
        tb.UnknownNameError,
        "there is no successive halving 'sklearn:halving'.*sklearn:halving-grid, sklearn:halving-random",
    ),
    "pruner": ({"pruner": "mediam"}, tb.UnknownNameError, "no pruner is called 'mediam'.*'median'"),
    "store": ({"storage": "sqlit:///x", "study": "s"}, tb.UnknownNameError, "'sqlit'"),
    "feedback": (
        {"feedback": "fold"},
        ValueError,
        "'auto', 'folds', 'epochs', 'stages' or 'rounds', got 'fold'",
    ),
    "metric of refit": (
        {"scoring": ["accuracy"], "refit": "f1"},
        ValueError,
        "(?s)refit must be set to a scorer key.*'f1'",
    ),
    "no metric of refit": (
        {"scoring": ["accuracy", "f1_macro"]},
        ValueError,
        "refit must be set to a scorer key",
    ),
    "no splits": ({"cv": []}, ValueError, "No fits were performed. Was the CV iterator empty"),
    "a score that is none": (
        {"scoring": lambda model, X, y: "a"},
        ValueError,
        "scoring must return a number",
    ),
    "an index that is none": (
        {"refit": lambda results: 1.5},
        TypeError,
        "best_index_ returned is not an integer",
    ),
    "an index beyond": ({"refit": lambda results: 9}, IndexError, "best_index_ index out of range"),
    "a stored search without a name": (
        {"storage": "sqlite:///never.db", "random_state": None},
        ValueError,
        "a study that is stored needs a name",
    ),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", OTHERS)
def test_other_wrong_arguments_are_named(case: str, backend: str, monkeypatch: Any, tmp_path: Any) -> None:
    arguments, kind, words = OTHERS[case]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=f"(?s){words}"):
        search(**{"backend": backend, **arguments}).fit(X, Y)
    assert not [*tmp_path.iterdir()]


def test_a_metric_of_refit_that_a_scoring_function_does_not_return_is_named() -> None:
    def two(model: Any, X: Any, y: Any) -> dict[str, float]:
        return {"a": 1.0, "b": 2.0}

    for backend in BACKENDS:
        with pytest.raises(ValueError, match=r"(?s)refit must be set to a scorer key.*'c'"):
            search(backend=backend, scoring=two, refit="c").fit(X, Y)
        assert search(backend=backend, scoring=two, refit="b").fit(X, Y).best_score_ == 2.0


@pytest.mark.parametrize("backend", BACKENDS)
def test_rows_that_do_not_match_are_refused(backend: str) -> None:
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        search(backend=backend).fit(X, Y[:10])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pruner", "median"),
        ("adjust", [tb.Plateau("C")]),
        ("storage", "sqlite://"),
        ("max_seconds", 9.0),
        ("feedback", "folds"),
    ],
)
def test_successive_halving_takes_nothing_that_has_no_meaning_for_it(name: str, value: Any) -> None:
    for backend in ("sklearn:halving-random", halving("sklearn:halving-grid", factor=2)):
        with pytest.raises(ValueError, match=f"{name} has no meaning for sklearn:halving-"):
            search(space={"C": [1, 2]}, backend=backend, **{name: value}).fit(X, Y)


# Fits and scores that fail.


def failing_at(alpha: float) -> Any:
    """Return a space in which one of three values makes every fit fail."""
    return {"alpha": [1e-3, alpha, 1e-2]}


SGD = SGDClassifier(max_iter=5, tol=None, random_state=0)


@pytest.mark.parametrize(
    "more", [{}, {"pruner": "median"}, {"feedback": "epochs"}, {"max_seconds": 60.0}], ids=repr
)
def test_failed_fits_are_warned_about_and_ranked_last(more: dict[str, Any]) -> None:
    with (
        pytest.warns(FitFailedWarning, match="(?s)2 fits failed.*'alpha' parameter of SGDClassifier"),
        pytest.warns(UserWarning, match="test scores are non-finite"),
    ):
        found = search(SGD, failing_at(-1.0), backend="sklearn:grid", **more).fit(X, Y)
    assert np.isnan(found.cv_results_["mean_test_score"]).tolist() == [False, True, False]
    assert found.cv_results_["rank_test_score"].tolist()[1] == 3


@pytest.mark.parametrize("more", [{}, {"pruner": "median"}, {"feedback": "epochs"}], ids=repr)
def test_error_score_stands_for_a_failed_fit_or_lets_it_through(more: dict[str, Any]) -> None:
    settings: dict[str, Any] = {"backend": "sklearn:grid", **more}
    with pytest.warns(FitFailedWarning, match="will be set to -3"):
        found = search(SGD, failing_at(-1.0), error_score=-3.0, **settings).fit(X, Y)
    assert found.cv_results_["mean_test_score"][1] == -3.0
    with pytest.raises(ValueError, match="'alpha' parameter of SGDClassifier"):
        search(SGD, failing_at(-1.0), error_score="raise", **settings).fit(X, Y)


@pytest.mark.parametrize(
    "more", [{}, {"pruner": "median"}, {"feedback": "epochs"}, {"backend": "sklearn:grid"}], ids=repr
)
def test_if_all_fits_fail_it_is_a_value_error_with_the_reason(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"(?s)All the . fits failed.*'alpha' parameter of SGDClassifier"):
        search(SGD, {"alpha": [-1.0]}, **{"n_trials": 1, **more}).fit(X, Y)


@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize("values", [[-1.0, 1e-3, 1e-2], [1e-3, 1e-2, -1.0]])
def test_if_some_fail_and_the_rest_are_pruned_it_is_an_error_with_both_counts(
    values: list[float], refit: bool
) -> None:
    pruner = tb.pruner("threshold", lower=1.1)
    settings: dict[str, Any] = {"backend": "sklearn:grid", "pruner": pruner, "refit": refit}
    of = search(SGD, {"alpha": values}, **settings)
    words = "2 candidates were pruned by 'threshold', and the other 1 failed, so there is no best one"
    with pytest.warns(FitFailedWarning, match="2 fits failed"), pytest.raises(ValueError, match=words):
        of.fit(X, Y)
    assert not hasattr(of, "best_params_")


@pytest.mark.parametrize("backend", BACKENDS)
def test_scores_that_are_nan_are_warned_about_and_ranked_last(backend: str) -> None:
    space = {"C": [0.5, 2.0, 0.25]}
    with pytest.warns(UserWarning, match="test scores are non-finite"):
        found = search(space=space, backend=backend, scoring=nan_for_some).fit(X, Y)
    of = dict(zip(found.cv_results_["param_C"], found.cv_results_["rank_test_score"], strict=True))
    assert of == {0.5: 1, 0.25: 2, 2.0: 3}
    assert found.best_params_ == {"C": 0.5}
    with pytest.warns(UserWarning, match="test scores are non-finite"):
        nothing = search(space=space, backend=backend, scoring=lambda model, X, y: np.nan).fit(X, Y)
    assert nothing.cv_results_["rank_test_score"].tolist() == [1, 1, 1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_scorer_that_raises_is_warned_about(backend: str) -> None:
    def broken(model: Any, X: Any, y: Any) -> float:
        raise ZeroDivisionError("no scale")

    with (
        pytest.warns(UserWarning, match="(?s)Scoring failed.*no scale"),
        pytest.warns(UserWarning, match="test scores are non-finite"),
    ):
        search(backend=backend, scoring=broken).fit(X, Y)
    with pytest.raises(ZeroDivisionError, match="no scale"):
        search(backend=backend, scoring=broken, error_score="raise").fit(X, Y)
