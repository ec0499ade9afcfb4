"""A search whose backend asks others says who proposed each candidate."""

from typing import Any

from sklearn.datasets import load_iris
from sklearn.neighbors import KNeighborsClassifier

import tunebridge as tb
from tunebridge.registry.choice import Backend
from tunebridge_sklearn import TuneSearchCV

X, Y = load_iris(return_X_y=True)
SPACE = tb.Space(n_neighbors=tb.Int(1, 60))


def search(backend: str | Backend) -> Any:
    return TuneSearchCV(
        KNeighborsClassifier(), SPACE, backend=backend, n_trials=3, random_state=0, cv=2, refit=False
    ).fit(X, Y)


def test_the_results_name_the_member_of_each_candidate() -> None:
    auto = tb.backend("auto", members=["hyperopt:tpe", "optuna:tpe"], share=None)
    assert list(search("turns:two").cv_results_["proposer"]) == ["optuna:tpe", "hyperopt:tpe", "optuna:tpe"]
    assert list(search(auto).cv_results_["proposer"]) == ["optuna:tpe"] * 3


def test_a_backend_without_members_has_no_such_column_and_the_results_are_a_history_as_ever() -> None:
    assert "proposer" not in search("optuna:random").cv_results_
    problem = tb.Problem(lambda trial: 0.0, SPACE, direction="maximize")
    history = search("turns:two")
    told = tb.tune(problem, n_trials=1, seed=0, backend="optuna:tpe", history=history).carried
    assert told is not None
    assert (told.n_told, told.left_out) == (3, ())
