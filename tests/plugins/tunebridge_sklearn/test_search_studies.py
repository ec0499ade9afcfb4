"""Durable searches: what they go on with, what is refused by which name, and what ends them."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.model_selection import GroupKFold, KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline

import tunebridge as tb
from tunebridge.testing import MemoryStore
from tunebridge_sklearn import TuneGridSearchCV, TuneRandomizedSearchCV, TuneSearchCV
from tunebridge_sklearn.evaluation import Evaluation

if TYPE_CHECKING:
    from tests.conftest import Clock

SCRIPT = Path(__file__).with_name("killed_search.py")
X, Y = load_iris(return_X_y=True)
CV = KFold(3, shuffle=True, random_state=0)
SMOOTHING = tb.Space(var_smoothing=tb.Float(1e-9, 1.0, log=True))


def search(
    store: Any, estimator: BaseEstimator | None = None, space: Any = SMOOTHING, **more: Any
) -> TuneSearchCV:
    settings = {"n_trials": 4, "cv": CV, "random_state": 0, "storage": store, "study": "s", **more}
    return TuneSearchCV(GaussianNB() if estimator is None else estimator, space, **settings)


class Counted(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """Scores `quality`; counts all fits, and fails, or is interrupted, at some of them."""

    fits = count()

    def __init__(self, quality: float = 0.5, fails: bool = False, stops_at: int | None = None) -> None:
        self.quality = quality
        self.fails = fails
        self.stops_at = stops_at

    def fit(self, X: Any, y: Any) -> Counted:
        if next(self.fits) == self.stops_at:
            raise KeyboardInterrupt
        if self.fails:
            raise ValueError("not today")
        self.classes_ = np.unique(y)
        return self

    def score(self, X: Any, y: Any) -> float:
        return self.quality


def fits_of(run: Callable[[], object]) -> int:
    """Return how many fits of `Counted` a call makes."""
    Counted.fits = count()
    run()
    return next(Counted.fits)


def comparable(found: TuneSearchCV) -> dict[str, Any]:
    """Return `cv_results_` in a form that is equal if all of it is."""
    return {name: repr(list(column)) for name, column in found.cv_results_.items()}


# Going on.


def test_a_stored_search_is_described_once_when_it_is_opened_and_once_at_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    described: list[object] = []
    fingerprint = Evaluation.fingerprint

    def counted(evaluation: Evaluation) -> Any:
        described.append(evaluation)
        return fingerprint(evaluation)

    monkeypatch.setattr(Evaluation, "fingerprint", counted)
    store = MemoryStore()
    for _ in ("made", "goes on"):
        described.clear()
        search(store).fit(X, Y)
        assert len(described) == 2


def killed_search() -> Any:
    spec = importlib.util.spec_from_file_location("killed_search", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("kind", "dies_at"), [pytest.param("frame", 40, marks=pytest.mark.slow), ("matrix", 14)]
)
def test_a_killed_search_goes_on_in_another_process_to_what_it_would_have_found(
    kind: str, dies_at: int, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/search.db"
    command = [sys.executable, str(SCRIPT), url, kind, str(dies_at)]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    n_ended = sum(trial.state.is_finished for trial in tb.load_study(url, "killed").trials)
    assert 2 <= n_ended < 8
    script = killed_search()
    found, whole = script.search(kind, url), script.search(kind)
    trials = tb.load_study(url, "killed").trials
    assert {trial.state.name for trial in trials} == {"COMPLETE", "PRUNED"}
    assert sum(trial.attempt for trial in trials) == 1, "one was cut off, and begun again"
    assert script.results(found) == script.results(whole)


def test_a_search_that_is_done_is_read_from_its_store_with_pruned_and_failed_candidates(
    tmp_path: Path,
) -> None:
    space = {"quality": [0.9, 0.8, 0.7, 0.1, 0.95], "fails": [False, True]}
    settings: dict[str, Any] = {
        "space": space,
        "backend": "sklearn:grid",
        "n_trials": None,
        "pruner": tb.pruner("median", n_startup_trials=2),
        "return_train_score": True,
    }
    url = f"sqlite:///{tmp_path}/search.db"
    runs = [search(url, Counted(), **settings) for _ in range(2)]
    n_fits = []
    for run in runs:
        with pytest.warns(FitFailedWarning, match="not today"):
            n_fits.append(fits_of(lambda run=run: run.fit(X, Y)))  # type: ignore[misc]
    assert n_fits[0] > n_fits[1] == 1, "only the best one is fitted again"
    assert comparable(runs[0]) == comparable(runs[1]), "times, too"
    results = runs[1].cv_results_
    assert 0 < sum(results["pruned"]) < 5
    assert np.isnan(results["mean_test_score"][results["param_fails"].data.astype(bool)]).all()
    assert runs[0].best_params_ == runs[1].best_params_ == {"quality": 0.95, "fails": False}


def test_n_trials_is_the_total_of_the_search() -> None:
    store, space = MemoryStore(), {"quality": [*np.linspace(0, 1, 40)]}
    assert fits_of(lambda: search(store, Counted(), space, n_trials=2).fit(X, Y)) == 2 * 3 + 1
    assert fits_of(lambda: search(store, Counted(), space, n_trials=5).fit(X, Y)) == 3 * 3 + 1
    whole = search(MemoryStore(), Counted(), space, n_trials=5).fit(X, Y)
    resumed = search(store, Counted(), space, n_trials=5).fit(X, Y)
    assert resumed.cv_results_["params"] == whole.cv_results_["params"]


def test_an_interrupted_search_raises_and_goes_on() -> None:
    store, space = MemoryStore(), {"quality": [*np.linspace(0, 1, 40)], "stops_at": [7]}
    Counted.fits = count()
    interrupted = search(store, Counted(), space)
    with pytest.raises(KeyboardInterrupt):
        interrupted.fit(X, Y)
    assert not hasattr(interrupted, "cv_results_")
    states = [trial.state.name for trial in tb.load_study(store, "s").trials]
    assert states == ["COMPLETE", "COMPLETE", "INTERRUPTED"]
    Counted.fits = count(100)
    found = search(store, Counted(), space).fit(X, Y)
    whole = search(MemoryStore(), Counted(), space).fit(X, Y)
    assert found.cv_results_["params"] == whole.cv_results_["params"]
    assert len(found.cv_results_["params"]) == 4


def test_another_backend_goes_on_with_the_rows_of_the_first() -> None:
    store = MemoryStore()
    first = search(store, backend="optuna:tpe", n_trials=3).fit(X, Y)
    both = search(store, backend="hyperopt:tpe", n_trials=6).fit(X, Y)
    assert both.cv_results_["params"][:3] == first.cv_results_["params"]
    assert [trial.backend for trial in tb.load_study(store, "s").trials] == ["optuna:tpe"] * 3 + [
        "hyperopt:tpe"
    ] * 3


def test_the_drop_in_classes_are_durable_too() -> None:
    store, grid = MemoryStore(), {"quality": [0.1, 0.2, 0.3]}
    settings: dict[str, Any] = {"cv": CV, "storage": store}
    random = TuneRandomizedSearchCV(Counted(), grid, n_iter=3, random_state=0, study="r", **settings)
    for of in (random, TuneGridSearchCV(Counted(), grid, study="g", **settings)):
        assert fits_of(lambda of=of: of.fit(X, Y)) == 3 * 3 + 1  # type: ignore[misc]
        assert fits_of(lambda of=of: of.fit(X, Y)) == 1  # type: ignore[misc]
    assert store.studies() == ["r", "g"]
    assert random.best_params_ == {"quality": 0.3}


# What is the same, and what is not.


def test_data_that_was_used_copied_or_read_anew_is_the_same(tmp_path: Path) -> None:
    store = MemoryStore()
    table = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    table["e"] = table["a"] * 2
    search(store).fit(table, pd.Series(Y))
    assert table[["a", "e"]].to_numpy().shape == (150, 2)
    np.save(tmp_path / "y.npy", Y)
    again = search(store).fit(table.copy(), pd.Series(np.load(tmp_path / "y.npy")))
    assert len(again.cv_results_["params"]) == 4
    as_array = MemoryStore()
    search(as_array).fit(X, Y)
    np.save(tmp_path / "X.npy", X)
    assert fits_nothing(search(as_array), np.load(tmp_path / "X.npy", mmap_mode="r"), Y.copy())


def fits_nothing(of: TuneSearchCV, X: Any, y: Any) -> bool:
    """Return whether a stored search is taken as it is."""
    assert isinstance(of.storage, MemoryStore)
    before = tb.load_study(of.storage, "s").trials
    of.fit(X, y)
    return before == tb.load_study(of.storage, "s").trials


def score_one(model: Any, X: Any, y: Any) -> float:
    return float(model.score(X, y))


def score_other(model: Any, X: Any, y: Any) -> float:
    return 2.0 * float(model.score(X, y))


def mine(truth: Any, predicted: Any) -> float:
    return float(np.mean(truth == predicted))


class Weighing:
    """A scorer that is an object."""

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def __call__(self, model: Any, X: Any, y: Any) -> float:
        return self.weight * float(model.score(X, y))


def renamed(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return a function under the name of another one, as an edit of its body would leave it."""
    function.__qualname__ = function.__name__ = name
    return function


class Rescaled(GaussianNB):  # type: ignore[misc]
    """A model of the user's own."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        return super().fit(3.0 * X, y, sample_weight)


class Edited(GaussianNB):  # type: ignore[misc]
    """It, after an edit of its body."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        return super().fit(np.cbrt(X), y, sample_weight)


Edited.__qualname__ = Edited.__name__ = "Rescaled"
METRICS = {"scoring": ["accuracy", "neg_log_loss"], "return_train_score": False}
F_HALF, F_TWO = (make_scorer(fbeta_score, beta=beta, average="macro") for beta in (0.5, 2.0))
NESTED = {"nb__var_smoothing": [1e-9, 1e-6, 1e-3, 1.0]}
OTHER_MINE = renamed(lambda truth, predicted: 1.0, "mine")
CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "number of folds": ({}, {"cv": 4}, "cv"),
    "seed of the splitter": ({}, {"cv": KFold(3, shuffle=True, random_state=1)}, "cv"),
    "scoring": ({}, {"scoring": "balanced_accuracy"}, "scoring"),
    "a function": ({"scoring": score_one}, {"scoring": renamed(score_other, "score_one")}, "scoring"),
    "argument of a metric": ({"scoring": F_HALF}, {"scoring": F_TWO}, "scoring"),
    "function of a metric": (
        {"scoring": make_scorer(mine)},
        {"scoring": make_scorer(OTHER_MINE)},
        "scoring",
    ),
    "metric under the same name": (
        {"scoring": {"f": F_HALF, "a": "accuracy"}, "refit": "f"},
        {"scoring": {"f": F_TWO, "a": "accuracy"}, "refit": "f"},
        "scoring",
    ),
    "state of a scorer": ({"scoring": Weighing(1.0)}, {"scoring": Weighing(2.0)}, "scoring"),
    "metric that counts": ({**METRICS, "refit": "accuracy"}, {**METRICS, "refit": "neg_log_loss"}, "refit"),
    "estimator": ({}, {"estimator": GaussianNB(priors=[0.2, 0.3, 0.5])}, "estimator"),
    "code of an estimator": ({"estimator": Rescaled()}, {"estimator": Edited()}, "estimator"),
    "code within a pipeline": (
        {"estimator": Pipeline([("nb", Rescaled())]), "space": NESTED},
        {"estimator": Pipeline([("nb", Edited())]), "space": NESTED},
        "estimator",
    ),
    "score of failures": ({}, {"error_score": 0.0}, "error_score"),
    "training scores": ({}, {"return_train_score": True}, "return_train_score"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_changed_argument_is_refused_by_its_name(case: str) -> None:
    before, after, name = CHANGES[case]
    store = MemoryStore()
    search(store, **before).fit(X, Y)
    with pytest.raises(
        tb.StoreError, match=f"objective: {name} is not what it was$|objective: {name} is .*\n"
    ):
        search(store, **{**before, **after}).fit(X, Y)
    assert fits_nothing(search(store, **before), X, Y)


def test_other_data_are_refused_by_their_name() -> None:
    store, weights = MemoryStore(), np.linspace(0.5, 1.5, 150)
    search(store).fit(X, Y)
    changed = X.copy()
    changed[7, 2] += 1e-12
    with pytest.raises(tb.StoreError, match="objective: X is not what it was"):
        search(store).fit(changed, Y)
    with pytest.raises(tb.StoreError, match="objective: y is not what it was"):
        search(store).fit(X, np.where(np.arange(150) == 3, 1, Y))
    with pytest.raises(tb.StoreError, match="objective: fit params is not what it was"):
        search(store).fit(X, Y, sample_weight=weights)
    names = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    tables = MemoryStore()
    search(tables).fit(names, Y)
    for other in (names.rename(columns={"a": "e"}), names.astype("float32"), names[["b", "a", "c", "d"]]):
        with pytest.raises(tb.StoreError, match="objective: X is not what it was"):
            search(tables).fit(other, Y)


def test_other_groups_are_other_splits() -> None:
    store, groups = MemoryStore(), np.arange(150) % 5
    search(store, cv=GroupKFold(3)).fit(X, Y, groups=groups)
    with pytest.raises(tb.StoreError, match="objective: cv is not what it was"):
        search(store, cv=GroupKFold(3)).fit(X, Y, groups=groups[::-1])


def test_splits_that_are_shuffled_anew_are_refused() -> None:
    store = MemoryStore()
    search(store, cv=KFold(3, shuffle=True)).fit(X, Y)
    with pytest.raises(tb.StoreError, match="cv is not what it was"):
        search(store, cv=KFold(3, shuffle=True)).fit(X, Y)


def test_another_way_of_training_and_another_space_are_refused_by_name() -> None:
    store, estimator = MemoryStore(), SGDClassifier(max_iter=3, tol=None, random_state=0)
    settings: dict[str, Any] = {"estimator": estimator, "space": {"alpha": [1e-4, 1e-3, 1e-2, 0.1]}}
    search(store, **settings, feedback="epochs").fit(X, Y)
    with pytest.raises(tb.StoreError, match="objective: feedback is not what it was"):
        search(store, **settings, feedback="folds").fit(X, Y)
    wider = {**settings, "space": {"alpha": [1e-4, 1e-3, 1e-2, 0.1, 1.0]}}
    with pytest.raises(tb.StoreError, match=r"alpha: was Ordinal.*0.1\]\), is Ordinal.*1.0\]\)"):
        search(store, **wider, feedback="epochs").fit(X, Y)


@pytest.mark.parametrize(
    "more", [{"n_jobs": 2}, {"refit": False}, {"pre_dispatch": 2}, {"max_seconds": 60.0}]
)
def test_what_changes_no_score_may_change(more: dict[str, Any]) -> None:
    store = MemoryStore()
    search(store).fit(X, Y)
    assert fits_nothing(search(store, **more), X, Y)


# Ends of a search.


class Slow(Counted):
    """Takes five seconds for a fit, by the clock of a test."""

    clock: ClassVar[Clock]

    def fit(self, X: Any, y: Any) -> Slow:
        self.clock.now += 5.0
        super().fit(X, y)
        return self


@pytest.fixture
def slow(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Slow:
    monkeypatch.setattr(Slow, "clock", clock, raising=False)
    return Slow()


@pytest.mark.parametrize("backend", ["optuna:tpe", "sklearn:random"])
def test_after_max_seconds_no_candidate_is_begun(slow: Slow, backend: str) -> None:
    space = tb.Space(quality=tb.Float(0, 1))
    settings: dict[str, Any] = {
        "n_trials": None,
        "max_seconds": 35.0,
        "backend": backend,
        "refit": False,
        "cv": 2,
    }
    found = TuneSearchCV(slow, space, **settings).fit(X, Y)
    assert len(found.cv_results_["params"]) == 4, "each takes 10 s"


def test_a_stored_search_has_its_seconds_again_each_time(slow: Slow) -> None:
    store, settings = MemoryStore(), {"n_trials": None, "max_seconds": 35.0}
    rows = [
        len(search(store, slow, tb.Space(quality=tb.Float(0, 1)), **settings).fit(X, Y).cv_results_["params"])
        for _ in range(2)
    ]
    assert rows == [3, 6], "each takes 15 s"


@pytest.mark.parametrize(
    "backend", ["optuna:tpe", "hyperopt:tpe", "optuna:gp", "optuna:grid", "sklearn:grid"]
)
def test_a_small_space_ends_when_all_its_points_were_tried(backend: str) -> None:
    space = {"quality": [0.1, 0.9], "fails": [False]}
    found = TuneSearchCV(Counted(), space, backend=backend, n_trials=20, cv=2, random_state=0).fit(X, Y)
    tried = [params["quality"] for params in found.cv_results_["params"]]
    assert sorted(tried) == [0.1, 0.9]
    assert found.best_params_ == {"quality": 0.9, "fails": False}


def test_a_space_without_parameters_has_one_candidate() -> None:
    found = TuneSearchCV(Counted(), {}, n_trials=20, cv=2).fit(X, Y)
    assert found.cv_results_["params"] == [{}]
