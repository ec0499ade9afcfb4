"""Calls of the estimators that do not fit, and who proposed in a search."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.svm import SVC

import tunebridge as tb
from tests.misfits import Misfit, check_misfit
from tunebridge_sklearn import TuneGridSearchCV, TuneRandomizedSearchCV, TuneSearchCV, cross_validation

X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)
SPACE = {"C": [0.1, 1.0, 10.0]}

CALLS: dict[str, Misfit] = {
    "the word of scikit-learn": (
        lambda: TuneSearchCV(SVC(), SPACE, n_iter=3),  # type: ignore[call-arg]
        "TuneSearchCV has no argument 'n_iter'",
        "it is called 'n_trials' here",
    ),
    "the word of tune": (
        lambda: TuneRandomizedSearchCV(SVC(), SPACE, n_trials=3),  # type: ignore[call-arg]
        "TuneRandomizedSearchCV has no argument 'n_trials'",
        "it is called 'n_iter' here",
    ),
    "the seed": (
        lambda: TuneSearchCV(SVC(), SPACE, seed=3),  # type: ignore[call-arg]
        "TuneSearchCV has no argument 'seed'",
        "it is called 'random_state' here",
    ),
    "what only tune takes": (
        lambda: TuneSearchCV(SVC(), SPACE, executor="processes"),  # type: ignore[call-arg]
        "TuneSearchCV has no argument 'executor'",
        "it goes with tunebridge.tune(tunebridge_sklearn.cross_validation(estimator, X, y, space), "
        "executor='processes')",
    ),
    "what only TuneSearchCV takes": (
        lambda: TuneGridSearchCV(SVC(), SPACE, confirm=5),  # type: ignore[call-arg]
        "TuneGridSearchCV has no argument 'confirm'",
        "it goes with TuneSearchCV(estimator, space, confirm=5)",
    ),
    "an option of a backend": (
        lambda: TuneSearchCV(SVC(), SPACE, members=["optuna:gp"]),  # type: ignore[call-arg]
        "TuneSearchCV has no argument 'members'",
        "backend=tunebridge.backend('auto:credit', members=['optuna:gp'])",
    ),
    "growing of a problem": (
        lambda: cross_validation(SVC(), X, Y, SPACE, grow=True),  # type: ignore[call-arg]
        "cross_validation has no argument 'grow'",
        "it is said to the study: tunebridge.tune(cross_validation(...), grow=True)",
    ),
    "a seed of a problem": (
        lambda: cross_validation(SVC(), X, Y, SPACE, random_state=3),  # type: ignore[call-arg]
        "cross_validation has no argument 'random_state'",
        "it is said to the study: tunebridge.tune(cross_validation(...), seed=3)",
    ),
    "a misspelt word": (
        lambda: TuneSearchCV(SVC(), SPACE, limit=3),  # type: ignore[call-arg]
        "TuneSearchCV has no argument 'limit'",
        "Did you mean 'limits'?",
    ),
    "without a name": (
        lambda: TuneSearchCV(SVC(), SPACE, "optuna:tpe"),  # type: ignore[call-arg]
        "TuneSearchCV takes only estimator and space without a name, and got 'optuna:tpe'",
        "name each: backend, n_trials, ",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_does_not_fit_says_what_is_wrong_and_the_next_step(name: str) -> None:
    check_misfit(CALLS[name])


def test_growing_without_a_store_names_the_arguments_that_a_search_has() -> None:
    with pytest.raises(tb.ProblemError, match="grow lets a stored study go on in a larger space") as caught:
        TuneSearchCV(SVC(), SPACE, backend="optuna:tpe", n_trials=2, grow=True).fit(X, Y)
    assert 'storage="sqlite:///tune.db", study="svm"' in caught.value.hint
    assert "history" not in caught.value.hint


def test_a_search_that_asks_others_says_who_proposed_and_who_was_not_asked(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    auto = tb.backend("auto", members=["optuna:tpe", "hyperopt:tpe"], share=None)
    search = TuneSearchCV(
        SVC(), tb.Space(C=tb.Float(0.1, 10)), backend=auto, n_trials=3, random_state=0, storage=url, study="s"
    ).fit(X, Y)
    assert search.why_.startswith("optuna:tpe proposed 3 trials, ")
    assert "optuna:cmaes was not asked: does not learn from trials of others" in search.why_.splitlines()
    assert search.why_ == tb.load_study(url, "s").why
    again = search.set_params(backend="sklearn:random", storage=None, study=None).fit(X, Y)
    assert not hasattr(again, "why_")
    assert not hasattr(clone(search), "why_")
