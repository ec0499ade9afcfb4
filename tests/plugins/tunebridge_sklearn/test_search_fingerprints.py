"""By what a stored search knows its arguments again: distributions, functions, objects, the scorer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import lightgbm
import numpy as np
import pytest
from scipy import stats
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
from skorch import NeuralNetClassifier
from torch import nn

import tunebridge as tb
from tunebridge.fingerprint.objective import describe
from tunebridge.testing import MemoryStore
from tunebridge_sklearn import TuneSearchCV, cross_validation
from tunebridge_sklearn.evaluation import Evaluation
from tunebridge_sklearn.fingerprints import fingerprints
from tunebridge_sklearn.fold import Setting
from tunebridge_sklearn.reading import read
from tunebridge_sklearn.training import Procedure

X, Y = load_iris(return_X_y=True)


def search(store: Any, estimator: BaseEstimator | None = None, space: Any = None, **more: Any) -> Any:
    settings = {"n_trials": 2, "cv": 2, "random_state": 0, "storage": store, "study": "s", **more}
    return TuneSearchCV(SVC() if estimator is None else estimator, space or {"C": [1.0, 2.0]}, **settings)


def items(*, estimator: Any = None, scoring: Any = None) -> Mapping[str, str]:
    """Return the items of a cross-validation."""
    objective: Any = cross_validation(
        GaussianNB() if estimator is None else estimator, X, Y, {}, cv=2, scoring=scoring
    ).objective
    found: Mapping[str, str] = describe(objective)["items"]
    return found


class Saying:
    """An objective that depends on what it says."""

    def __init__(self, things: dict[str, Any]) -> None:
        self.things = things

    def __call__(self, trial: Any) -> float:
        return 0.0

    def fingerprint(self) -> dict[str, Any]:
        return self.things


def words_of_space(given: Any) -> str:
    setting = Setting(X=X, y=Y, splits=[], scorer=None, procedure=Procedure())
    words: str = describe(Saying(fingerprints(SVC(), setting, read(given))))["items"]["space"]
    return words


# Distributions that the space shows as a probability or a seed.


class Triangle(stats.rv_continuous):  # type: ignore[misc]  # scipy has no annotations
    """A user's own distribution."""

    def _ppf(self, q: Any) -> Any:
        return np.sqrt(q)


class Square(stats.rv_continuous):  # type: ignore[misc]
    """It, after an edit of its body."""

    def _ppf(self, q: Any) -> Any:
        return np.square(q)


Square.__qualname__ = Square.__name__ = "Triangle"


class Coin:
    """Only draws."""

    def __init__(self, sides: tuple[float, ...]) -> None:
        self.sides = sides

    def rvs(self, random_state: Any) -> Any:
        return random_state.choice(self.sides)


def histogram(last: float) -> Any:
    return stats.rv_histogram(np.histogram([1.0, 2.0, 2.0, last], bins=4))


DISTRIBUTIONS: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "argument": (lambda: stats.expon(scale=1), lambda: stats.expon(scale=1000)),
    "shape": (lambda: stats.gamma(2), lambda: stats.gamma(3)),
    "family": (stats.expon, lambda: stats.gamma(2)),
    "family, not frozen": (lambda: stats.expon, lambda: stats.halfnorm),
    "histogram": (lambda: histogram(5.0), lambda: histogram(6.0)),
    "values": (
        lambda: stats.rv_discrete(values=([1, 5], [0.5, 0.5])),
        lambda: stats.rv_discrete(values=([1, 6], [0.5, 0.5])),
    ),
    "code": (lambda: Triangle(a=0.0, b=1.0), lambda: Square(a=0.0, b=1.0)),
    "frozen, of the user's own": (
        lambda: Triangle(a=0.0, b=1.0, name="expon")(scale=1.0),
        lambda: Triangle(a=0.0, b=1.0, name="expon")(scale=2.0),
    ),
    "draws": (lambda: Coin((1.0, 2.0)), lambda: Coin((1.0, 3.0))),
}


@pytest.mark.parametrize("case", DISTRIBUTIONS)
def test_another_distribution_is_another_space_and_the_same_is_not(case: str) -> None:
    before, after = DISTRIBUTIONS[case]
    assert words_of_space({"C": before()}) == words_of_space({"C": before()})
    assert words_of_space({"C": before()}) != words_of_space({"C": after()})
    several = [words_of_space([{"C": make()}, {"degree": [1]}]) for make in (before, before, after)]
    assert several[0] == several[1] != several[2]


def test_a_stored_search_refuses_another_distribution() -> None:
    store = MemoryStore()
    search(store, space={"C": stats.expon(scale=1)}).fit(X, Y)
    with pytest.raises(
        tb.StoreError, match=r"objective: space is not what it was\n  hint: name another stud"
    ):
        search(store, space={"C": stats.expon(scale=100)}).fit(X, Y)
    again = search(store, space={"C": stats.expon(scale=1)}, n_trials=3).fit(X, Y)
    assert len(again.cv_results_["params"]) == 3


# Functions and objects of the user's own.


def scaled(weight: float) -> Callable[..., float]:
    def score(model: Any, X: Any, y: Any) -> float:
        return weight * float(model.score(X, y))

    return score


def times(factor: float) -> Callable[[Any], Any]:
    return lambda X: factor * X


def defaulting(weight: float) -> Callable[..., float]:
    return lambda model, X, y, by=weight: by


def naming(weight: float) -> Callable[..., float]:
    def score(model: Any, X: Any, y: Any, *, by: float = weight) -> float:
        return by

    return score


class Slotted:
    """A scorer without `__dict__`."""

    __slots__ = ("weight",)

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def __call__(self, model: Any, X: Any, y: Any) -> float:
        return self.weight


class Owner:
    """Has a method that scores."""

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def score(self, model: Any, X: Any, y: Any) -> float:
        return self.weight


def local_owner(weight: float) -> Callable[..., float]:
    """Return a method of an object that cannot be pickled."""

    class Local(Owner):
        lock = threading.Lock()

    return Local(weight).score


HELD: dict[str, Callable[[float], Any]] = {
    "closure": scaled,
    "default": defaulting,
    "default of a keyword": naming,
    "slot": Slotted,
    "object of a method": lambda weight: Owner(weight).score,
    "object of a class within a function": local_owner,
    "argument of a partial": lambda weight: partial(defaulting(1.0), by=weight),
    "function within a partial": lambda weight: partial(defaulting(weight)),
    "function within a function": lambda weight: defaulting(scaled(weight)),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("case", HELD)
def test_what_a_function_holds_is_part_of_the_scoring(case: str) -> None:
    make = HELD[case]
    one, same, other = (items(scoring=make(weight))["scoring"] for weight in (1.0, 1.0, 0.0))
    assert one == same != other


def test_what_a_function_holds_is_part_of_the_estimator() -> None:
    found = [
        items(estimator=make_pipeline(FunctionTransformer(times(factor)), GaussianNB()))["estimator"]
        for factor in (2.0, 2.0, 3.0)
    ]
    assert found[0] == found[1] != found[2]


def recursive(depth: int) -> Callable[..., float]:
    """Return a function whose closure and defaults hold itself."""
    known: list[Any] = []

    def score(model: Any, X: Any, y: Any, among: list[Any] = known) -> float:
        return float(depth) if depth else float(score(model, X, y))

    known.append(score)
    return score


def test_a_function_that_refers_to_itself_is_known_by_the_rest() -> None:
    one, same, other = (items(scoring=recursive(depth))["scoring"] for depth in (1, 1, 2))
    assert one == same != other


def test_what_cannot_be_pickled_within_a_function_counts_by_its_type() -> None:
    locks = [items(scoring=defaulting(threading.Lock()))["scoring"] for _ in range(2)]  # type: ignore[arg-type]
    event = items(scoring=defaulting(threading.Event()))["scoring"]  # type: ignore[arg-type]
    assert locks[0] == locks[1] != event


def words() -> dict[str, str]:
    """Return fingerprints in which much could be another in another process."""
    held: dict[str, Any] = {name: make(1.0) for name, make in HELD.items()}
    held["recursive"] = recursive(1)
    held["set"] = defaulting({"q", "w", "e", "r"})  # type: ignore[arg-type]
    found = {name: items(scoring=scoring)["scoring"] for name, scoring in held.items()}
    return found | {name: words_of_space({"C": make()}) for name, (make, _) in DISTRIBUTIONS.items()}


def test_fingerprints_are_the_same_in_another_process() -> None:
    command = f"import json, {__name__} as here; print(json.dumps(here.words()))"
    done = subprocess.run(
        [sys.executable, "-c", command],
        cwd=Path(__file__).parents[__name__.count(".")],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == words()


# The scorer, and what cannot be known again.


def test_params_of_the_scorer_are_refused_by_their_name() -> None:
    store, model = MemoryStore(), LogisticRegression()
    with config_context(enable_metadata_routing=True):
        model.set_fit_request(sample_weight=False).set_score_request(sample_weight=True)
        search(store, model).fit(X, Y, sample_weight=np.ones(150))
        with pytest.raises(tb.StoreError, match="objective: score params is not what it was"):
            search(store, model).fit(X, Y, sample_weight=np.linspace(0.5, 1.5, 150))


def test_a_stored_search_goes_on_when_its_own_code_is_written_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, called = MemoryStore(), Evaluation.__call__
    search(store).fit(X, Y)
    monkeypatch.setattr(Evaluation, "__call__", lambda one, trial: float(called(one, trial)))
    assert len(search(store, n_trials=3, space={"C": [1.0, 2.0]}).fit(X, Y).cv_results_["params"]) == 2


def test_without_scoring_another_estimator_is_refused_as_that_alone() -> None:
    store = MemoryStore()
    search(store).fit(X, Y)
    with pytest.raises(tb.StoreError, match="objective: estimator is not what it was") as caught:
        search(store, SVC(tol=0.1)).fit(X, Y)
    assert "scoring" not in str(caught.value)


class Locked(GaussianNB):  # type: ignore[misc]  # scikit-learn has no annotations
    """Has a param that no process can give to another."""

    def __init__(self, var_smoothing: float = 1e-9, lock: Any = None) -> None:
        super().__init__(var_smoothing=var_smoothing)
        self.lock = lock


class Uncopied:
    """Is copied by nobody."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def __deepcopy__(self, memo: Any) -> Uncopied:
        return self


def test_a_param_that_cannot_be_described_is_named_and_not_compared(caplog: pytest.LogCaptureFixture) -> None:
    space, store = {"locked__var_smoothing": [1e-9, 1e-6]}, MemoryStore()
    for _ in range(2):
        search(store, make_pipeline(Locked(lock=Uncopied())), space, verbose=1).fit(X, Y)
    study = store.load("s")
    assert study is not None
    (name, reason), *others = study.notes["objective"]["not_compared"].items()
    assert not others
    assert name.startswith("estimator.steps")
    assert name.endswith(".lock.lock")
    assert "cannot pickle" in reason
    assert [name in record.getMessage() for record in caplog.records] == [True], "said once"


def test_a_search_that_computes_something_else_goes_on_all_the_same_if_that_is_accepted() -> None:
    store = MemoryStore()
    search(store).fit(X, Y)
    with pytest.raises(tb.StoreError, match="objective: X is not what it was") as caught:
        search(store, n_trials=3).fit(2.0 * X, Y)
    assert 'on_objective_change="accept"' in caught.value.hint
    space = {"C": [1.0, 2.0, 3.0]}
    store = MemoryStore()
    search(store, space=space).fit(X, Y)
    more = search(store, space=space, n_trials=3, on_objective_change="accept").fit(2.0 * X, Y)
    assert len(more.cv_results_["params"]) == 3
    search(store, space=space, n_trials=3).fit(2.0 * X, Y)


def test_callbacks_that_an_earlier_call_has_used_are_the_same_callbacks() -> None:
    records: dict[str, Any] = {}
    used = {
        "eval_X": X[:40],
        "eval_y": Y[:40],
        "callbacks": [
            lightgbm.early_stopping(2, verbose=False),
            lightgbm.record_evaluation(records),
            lambda environment: None,
        ],
    }
    store, model = MemoryStore(), lightgbm.LGBMClassifier(n_estimators=3, verbose=-1)
    for n_trials in (1, 2, 3):
        found = search(store, model, {"num_leaves": [2, 3, 4, 5]}, n_trials=n_trials).fit(X, Y, **used)
        assert len(found.cv_results_["params"]) == n_trials
    assert records
    with pytest.raises(tb.StoreError, match="objective: fit params is not what it was"):
        search(store, model, {"num_leaves": [2, 3, 4, 5]}).fit(X, Y, **{**used, "eval_X": X[50:90]})


def test_callbacks_that_an_earlier_call_of_tune_has_used_are_the_same_callbacks() -> None:
    records: dict[str, Any] = {}
    used: list[Any] = [lightgbm.early_stopping(2, verbose=False), lightgbm.record_evaluation(records)]

    def fitted(trial: Any) -> float:
        model = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1, num_leaves=trial["num_leaves"])
        return float(model.fit(X, Y, eval_X=X[:40], eval_y=Y[:40], callbacks=used).score(X, Y))

    store, problem = MemoryStore(), tb.Problem(fitted, tb.Space(num_leaves=tb.Int(2, 5)))
    for n_trials in (1, 2, 2, 3):
        result = tb.tune(problem, backend="optuna:tpe", n_trials=n_trials, seed=0, storage=store, study="s")
        assert [trial.state.name for trial in result.trials] == ["COMPLETE"] * n_trials
    assert records
    used[0] = lightgbm.early_stopping(1, verbose=False)
    with pytest.raises(tb.StoreError, match="objective: used is not what it was"):
        tb.tune(problem, backend="optuna:tpe", n_trials=4, seed=0, storage=store, study="s")


def test_callbacks_that_a_search_and_an_objective_share_are_the_same_callbacks_to_both() -> None:
    records: dict[str, Any] = {}
    used: list[Any] = [lightgbm.early_stopping(2, verbose=False), lightgbm.record_evaluation(records)]
    model = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1)

    def fitted(trial: Any) -> float:
        rated = clone(model).set_params(learning_rate=trial["rate"])
        return float(rated.fit(X, Y, eval_X=X[:40], eval_y=Y[:40], callbacks=used).score(X, Y))

    store, problem = MemoryStore(), tb.Problem(fitted, tb.Space(rate=tb.Float(0.01, 0.5)))
    for n_trials in (1, 2):
        found = search(store, model, {"num_leaves": [2, 3, 4, 5]}, n_trials=n_trials)
        found = found.fit(X, Y, eval_X=X[:40], eval_y=Y[:40], callbacks=used)
        assert len(found.cv_results_["params"]) == n_trials
        result = tb.tune(problem, backend="optuna:tpe", n_trials=n_trials, seed=0, storage=store, study="t")
        assert len(result.trials) == n_trials
    records["mine"] = {}
    with pytest.raises(tb.StoreError, match="objective: fit params is not what it was"):
        search(store, model, {"num_leaves": [2, 3, 4, 5]}).fit(
            X, Y, eval_X=X[:40], eval_y=Y[:40], callbacks=used
        )


def test_a_net_of_skorch_is_described_in_a_tenth_of_a_second() -> None:
    net = NeuralNetClassifier(
        nn.Linear, module__in_features=4, module__out_features=3, criterion=nn.CrossEntropyLoss
    )
    objective = cross_validation(net, X.astype("float32"), Y, {}, cv=2).objective
    found, seconds = describe(objective), []  # the first one reads which distributions are installed
    for _ in range(5):
        begun = process_time()
        found = describe(objective)
        seconds.append(process_time() - begun)
    assert min(seconds) <= 0.1
    assert found["not_compared"] == {}
    assert {"version of skorch", "version of torch"} <= found["items"].keys()
