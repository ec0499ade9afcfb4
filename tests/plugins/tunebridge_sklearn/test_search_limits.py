"""A search whose best candidate has to be within limits, on the means that `cv_results_` has."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

import tunebridge as tb
from tunebridge_sklearn import TuneGridSearchCV, TuneRandomizedSearchCV, TuneSearchCV

X, Y = load_iris(return_X_y=True)
TREE = DecisionTreeClassifier(random_state=0)
DEPTHS = {"max_depth": [1, 2, 3, 4, 5, 6]}
SPACE = tb.Space(max_depth=tb.Int(1, 8), min_samples_leaf=tb.Int(1, 20))
FEW = tb.Limit(at_most=2.5)


def leaves(model: Any, X: Any, y: Any) -> float:
    return float(model.get_n_leaves())


def unsound(model: Any, X: Any, y: Any) -> float:
    return float("nan") if model.get_n_leaves() > 3 else 1.0


SCORING = {"acc": "accuracy", "leaves": leaves}


def search(kind: Any = TuneSearchCV, space: Any = SPACE, **settings: Any) -> Any:
    own: dict[str, Any] = {"n_trials": 12, "random_state": 0} if kind is TuneSearchCV else {}
    if kind is TuneRandomizedSearchCV:
        own = {"n_iter": 12, "random_state": 0}
    defaults = {"scoring": SCORING, "refit": "acc", "cv": 3, "limits": {"mean_test_leaves": FEW}}
    return kind(TREE, space, **{**own, **defaults, **settings})


def check(found: Any, bound: float = 2.5) -> None:
    rows = found.cv_results_
    within = rows["mean_test_leaves"] <= bound
    assert [not one for one in rows["beyond"]] == list(within)
    assert 0 < within.sum() < len(within)
    best = np.max(rows["mean_test_acc"][within])
    assert rows["mean_test_acc"][found.best_index_] == found.best_score_ == best < rows["mean_test_acc"].max()
    assert rows["rank_test_acc"][found.best_index_] == 1
    assert rows["rank_test_acc"][within].max() < rows["rank_test_acc"][~within].min()
    assert found.best_params_ == rows["params"][found.best_index_]
    assert found.best_estimator_.get_params() == clone(TREE).set_params(**found.best_params_).get_params()
    assert np.isfinite(rows["mean_test_acc"]).all()


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random"])
def test_the_best_candidate_is_the_best_of_those_within_their_limits(backend: str) -> None:
    check(search(backend=backend).fit(X, Y))


def test_the_drop_in_classes_take_limits_too() -> None:
    check(search(TuneRandomizedSearchCV).fit(X, Y))
    check(search(TuneGridSearchCV, DEPTHS).fit(X, Y))


def test_more_jobs_change_nothing() -> None:
    one, two = search().fit(X, Y), search(n_jobs=2).fit(X, Y)
    check(two)
    assert one.cv_results_["params"] == two.cv_results_["params"]
    assert list(one.cv_results_["beyond"]) == list(two.cv_results_["beyond"])


def test_the_column_says_how_far_a_candidate_is_beyond_and_training_scores_can_be_limited() -> None:
    found = search(
        TuneGridSearchCV,
        DEPTHS,
        return_train_score=True,
        limits={"mean_test_leaves": tb.Limit(at_most=3), "mean_train_acc": tb.Limit(at_least=0.9)},
    ).fit(X, Y)
    said = list(found.cv_results_["beyond"])
    train = found.cv_results_["mean_train_acc"][0]
    assert said[0] == f"mean_train_acc is {train:g}, {0.9 - train:g} less than 0.9"
    assert said[1] == ""
    assert said[5].startswith("mean_test_leaves is ")
    assert said[5].endswith(" more than 3")


def test_ranks_are_scikit_learns_where_all_are_within_and_times_can_be_limited() -> None:
    times = {"mean_fit_time": tb.Limit(at_most=1000), "mean_score_time": tb.Limit(at_least=0)}
    limited = search(TuneGridSearchCV, DEPTHS, scoring=None, refit=True, limits=times).fit(X, Y)
    plain = search(TuneGridSearchCV, DEPTHS, scoring=None, refit=True, limits=None).fit(X, Y)
    assert list(limited.cv_results_["rank_test_score"]) == list(plain.cv_results_["rank_test_score"])
    assert not any(limited.cv_results_["beyond"])
    assert "beyond" not in plain.cv_results_
    assert limited.best_params_ == plain.best_params_


def test_without_any_candidate_within_the_search_says_which_came_closest_and_keeps_all_scores() -> None:
    found = search(TuneGridSearchCV, DEPTHS, limits={"mean_test_leaves": tb.Limit(at_most=1)})
    with pytest.raises(tb.NoAllowedTrialError, match=r"none of 6 complete trials .* trial 0 came") as caught:
        found.fit(X, Y)
    assert "loosen the limit" in caught.value.hint
    assert found.cv_results_["mean_test_acc"].shape == (6,)
    assert not hasattr(found, "best_index_")
    unchosen = search(TuneGridSearchCV, DEPTHS, limits={"mean_test_leaves": tb.Limit(at_most=1)}, refit=False)
    assert all(unchosen.fit(X, Y).cv_results_["beyond"])


def test_a_mean_that_is_no_number_is_not_within_its_limit() -> None:
    scoring = {"acc": "accuracy", "sound": unsound}
    with pytest.warns(UserWarning, match="non-finite"):
        found = search(
            TuneGridSearchCV, DEPTHS, scoring=scoring, limits={"mean_test_sound": tb.Limit(at_least=1)}
        ).fit(X, Y)
    rows = found.cv_results_
    assert rows["beyond"][5] == "mean_test_sound is nan"
    assert rows["mean_test_acc"][5] > found.best_score_
    assert rows["beyond"][found.best_index_] == ""


def chooses_within(rows: Any) -> int:
    return int(np.argmax(np.where([bool(one) for one in rows["beyond"]], -1, rows["mean_test_acc"])))


def chooses_any(rows: Any) -> int:
    return int(np.argmax(rows["mean_test_acc"]))


def test_a_refit_that_is_a_function_chooses_among_those_within() -> None:
    found = search(TuneGridSearchCV, DEPTHS, refit=chooses_within).fit(X, Y)
    assert found.cv_results_["beyond"][found.best_index_] == ""
    with pytest.raises(ValueError, match=r"refit has chosen candidate \d, .* more than 2.5; let it choose"):
        search(TuneGridSearchCV, DEPTHS, refit=chooses_any).fit(X, Y)


def returns_both(model: Any, X: Any, y: Any) -> dict[str, float]:
    return {"acc": float(model.score(X, y)), "leaves": leaves(model, X, y)}


def test_a_scoring_function_of_several_metrics_has_them_limited() -> None:
    check(search(scoring=returns_both).fit(X, Y))
    with pytest.raises(ValueError, match=r"no such mean.*known: .*mean_test_acc, mean_test_leaves"):
        search(scoring=returns_both, limits={"mean_test_size": FEW}).fit(X, Y)


@pytest.fixture
def stored(new_store: Callable[[str], str]) -> dict[str, Any]:
    return {"storage": new_store("sqlite"), "study": "tree", "backend": "optuna:tpe"}


def test_a_stored_search_goes_on_with_its_limits_and_refuses_others(stored: dict[str, Any]) -> None:
    with suppress(tb.NoAllowedTrialError):
        search(n_trials=6, **stored).fit(X, Y)
    found, whole = search(**stored).fit(X, Y), search(backend="optuna:tpe").fit(X, Y)
    check(found)
    assert found.cv_results_["params"] == whole.cv_results_["params"]
    assert list(found.cv_results_["beyond"]) == list(whole.cv_results_["beyond"])
    read = tb.load_study(stored["storage"], "tree")
    assert len(read.eligible_trials) == sum(not one for one in found.cv_results_["beyond"])
    for other in (None, {"mean_test_leaves": tb.Limit(at_most=3)}):
        with pytest.raises(tb.StoreError, match=r"limits: 'mean_test_leaves' was at most 2\.5") as caught:
            search(limits=other, **stored).fit(X, Y)
        assert caught.value.hint == "name another study"


def test_finalists_are_within_and_one_that_is_beyond_on_other_splits_is_out(stored: dict[str, Any]) -> None:
    found = search(confirm={"top": 3, "splits": 4}, **stored).fit(X, Y)
    rows = found.cv_results_
    assert all(rows["beyond"][one.number] == "" for one in found.confirmation_.finalists)
    assert rows["beyond"][found.best_index_] == ""
    assert found.best_params_ == found.confirmation_.winner.params
    again = search(confirm={"top": 3, "splits": 4}, **stored).fit(X, Y)
    assert again.best_params_ == found.best_params_


def test_another_study_learns_of_the_limits_of_a_search() -> None:
    found = search(backend="sklearn:random").fit(X, Y)
    own = tb.Problem(lambda trial: 0.0, SPACE, direction="maximize", limits={"mean_test_leaves": FEW})
    for problem in (own, tb.Problem(lambda trial: 0.0, SPACE, direction="maximize")):
        with tb.open_study(problem, backend="optuna:tpe", n_trials=1, seed=0, history=found) as study:
            assert study.carried is not None
            told = sum(study.carried.told.values())
        assert told == 12


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (
            {"limits": {"mean_test_leaves": 20}},
            r"must be a tunebridge.Limit, got 20: limits=\{'mean_fit_time'",
        ),
        ({"limits": 20}, "limits must be a mapping of means to limits, got 20: limits="),
        ({"limits": 0}, "limits must be a mapping"),
        (
            {"limits": {"leaves": FEW}},
            r"no such mean. Did you mean 'mean_test_leaves'.*known: mean_fit_time",
        ),
        ({"limits": {"fit_time": FEW}}, r"no such mean. Did you mean 'mean_fit_time'"),
        ({"limits": {"mean_train_acc": FEW}}, "needs training scores: return_train_score=True"),
        ({"backend": "sklearn:halving-random"}, "limits has no meaning for sklearn:halving-random"),
    ],
)
def test_mistakes_end_in_an_error_with_the_next_step(mistake: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        search(**mistake).fit(X, Y)


def test_a_clone_has_the_limits_and_they_can_be_set() -> None:
    found = clone(search())
    assert found.get_params()["limits"] == {"mean_test_leaves": FEW}
    assert found.set_params(limits=None).limits is None
