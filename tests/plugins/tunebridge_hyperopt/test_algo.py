"""A backend of another library in hyperopt's own `fmin`: what it proposes, and what it is told."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hyperopt
import numpy as np
import pytest
from hyperopt import STATUS_FAIL, STATUS_OK, FMinIter, Trials, hp, plotting
from hyperopt.base import Domain
from hyperopt.exceptions import AllTrialsFailed
from hyperopt.sklearn import HyperoptSearchCV
from matplotlib import pyplot as plt
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

import tunebridge as tb
import tunebridge_hyperopt
from tests.plugins.tunebridge_hyperopt.fmin_scripts import bare, early, given_points, listed, threshold

pytestmark = [
    pytest.mark.usefixtures("quiet_libraries"),
    pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning"),
]

SPACE = tb.Space(
    x=tb.Float(-5, 5),
    n=tb.Int(1, 8),
    size=tb.Ordinal([16, 32, 64]),
    optimizer=tb.Categorical({"sgd": tb.Space(momentum=tb.Float(0, 1)), "adam": tb.Space()}),
)
QUIET = {"verbose": False, "show_progressbar": False}


def value_of(params: Any) -> float:
    return float((params["x"] - 1) ** 2 + params["n"] + params["size"] / 32 + params.get("momentum", 0.6))


def decoded(value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda point: value(tb.decode(SPACE, "hyperopt:tpe", point))


def minimise(algo: Any, value: Callable[[Any], Any] = value_of, **given: Any) -> Trials:
    """Run hyperopt's own fmin over the declared space, and return its trials."""
    trials = given.pop("trials", Trials())
    given = {"max_evals": 30, "rstate": np.random.default_rng(0), "return_argmin": False, **QUIET, **given}
    graph = tb.to_native(SPACE, "hyperopt:tpe")
    hyperopt.fmin(decoded(value), graph, algo, trials=trials, **given)
    return trials


def params_of(trials: Trials) -> list[dict[str, Any]]:
    points = [{label: drawn[0] for label, drawn in misc["vals"].items() if drawn} for misc in trials.miscs]
    return [tb.decode(SPACE, "hyperopt:tpe", point) for point in points]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("backend", ["optuna:tpe", "optuna:random", "optuna:cmaes", "sklearn:random"])
def test_it_proposes_what_tune_does_value_for_value(backend: str, seed: int) -> None:
    trials = minimise(tunebridge_hyperopt.algo(backend, SPACE, seed=seed))
    study = tb.tune(tb.Problem(value_of, SPACE), backend=backend, n_trials=30, seed=seed)
    assert repr(params_of(trials)) == repr([dict(trial.params) for trial in study.trials])
    assert trials.losses() == [trial.value for trial in study.trials]


def test_failures_are_told_as_tune_tells_them() -> None:
    def documented(params: Any) -> dict[str, Any]:
        ok = params["x"] < 2
        return {"status": STATUS_OK, "loss": value_of(params)} if ok else {"status": STATUS_FAIL}

    def infinite(params: Any) -> float:
        return value_of(params) if params["x"] < 2 else float("inf")

    def undefined(params: Any) -> float:
        return value_of(params) if params["x"] < 2 else float("nan")

    def raising(params: Any) -> float:
        if params["x"] >= 2:
            raise ValueError("too large")
        return value_of(params)

    study = tb.tune(tb.Problem(raising, SPACE), backend="optuna:tpe", n_trials=40, seed=0, max_failures=None)
    expected = [dict(trial.params) for trial in study.trials]
    assert 0 < sum(trial.state is tb.TrialState.FAILED for trial in study.trials) < 40
    for value in (documented, infinite, undefined):
        algo = tunebridge_hyperopt.algo("optuna:tpe", SPACE, seed=0)
        assert params_of(minimise(algo, value, max_evals=40)) == expected
    seen: list[Any] = []

    def noted(params: Any) -> float:
        seen.append(dict(params))
        return raising(params)

    algo = tunebridge_hyperopt.algo("optuna:tpe", SPACE, seed=0)
    kept = minimise(algo, noted, max_evals=40, catch_eval_exceptions=True)
    assert seen[:40] == expected
    assert len(kept.losses()) < len(seen)


def test_the_seed_is_the_first_number_that_is_drawn_of_rstate() -> None:
    drawn = int(np.random.default_rng(8).integers(2**31 - 1))
    by_state = minimise(tunebridge_hyperopt.algo("optuna:tpe", SPACE), rstate=np.random.default_rng(8))
    assert by_state.losses() == minimise(tunebridge_hyperopt.algo("optuna:tpe", SPACE, seed=drawn)).losses()
    other = minimise(tunebridge_hyperopt.algo("optuna:tpe", SPACE), rstate=np.random.default_rng(9))
    assert by_state.losses() != other.losses()


@pytest.mark.parametrize("one", [True, False])
def test_a_run_that_goes_on_learns_of_the_first_and_repeats_none_of_its_points(one: bool) -> None:
    trials = Trials()
    kept = tunebridge_hyperopt.algo("optuna:random", SPACE, seed=4)
    for max_evals in (10, 20, 30):
        algo = kept if one else tunebridge_hyperopt.algo("optuna:random", SPACE, seed=4)
        minimise(algo, trials=trials, max_evals=max_evals)
    assert len(trials) == 30
    assert len(set(trials.vals["x"])) == 30
    assert {misc["tunebridge"]["backend"] for misc in trials.miscs} == {"optuna:random"}


def test_trials_of_others_are_told_before_the_first_ask() -> None:
    trials = minimise(hyperopt.rand.suggest, max_evals=25)
    minimise(tunebridge_hyperopt.algo("optuna:tpe", SPACE, seed=2), trials=trials, max_evals=40)
    session = tb.open_session(SPACE, "optuna:tpe", seed=2)
    for params, loss in list(zip(params_of(trials), trials.losses(), strict=True))[:25]:
        state = tb.OutcomeState.COMPLETE
        session.tell(tb.Outcome(suggestion_id=None, params=params, state=state, values=(loss,)))
    first = session.ask() or pytest.fail("exhausted")
    assert first.params == params_of(trials)[25]


def test_trials_that_are_outside_the_space_are_named_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    space = {"x": hp.uniform("x", 0, 1)}
    with caplog.at_level(logging.WARNING, "tunebridge_hyperopt"):
        tunebridge_hyperopt.fmin(
            lambda point: point["x"],
            space,
            "optuna:tpe",
            max_evals=2,
            points_to_evaluate=[{"x": 7.0}, {"x": 0.5}],
            **QUIET,
        )
    (said,) = [one.getMessage() for one in caplog.records]
    assert said.startswith("1 of 2 trials are not told to optuna:tpe: ")
    assert "7.0" in said


def test_a_queue_of_several_trials_is_proposed_at_once() -> None:
    trials = minimise(tunebridge_hyperopt.algo("optuna:tpe", SPACE, seed=1), max_queue_len=4, max_evals=30)
    assert len(trials) == 30
    assert len(set(trials.vals["x"])) == 30


def test_a_backend_without_more_points_ends_the_run() -> None:
    space = {"k": hp.choice("k", ["a", "b", "c"]), "n": hp.randint("n", 2)}
    trials = Trials()
    best = tunebridge_hyperopt.fmin(
        lambda point: len(point["k"]) + point["n"], space, "optuna:brute-force", 100, trials=trials, **QUIET
    )
    assert sorted(zip(trials.vals["k"], trials.vals["n"], strict=True)) == [
        (k, n) for k in range(3) for n in range(2)
    ]
    assert best["n"] == 0


@pytest.mark.parametrize(
    "script", [bare, listed, early, threshold, given_points], ids=lambda one: one.__name__
)
def test_flat_scripts_run_on_another_library(script: Any) -> None:
    best, trials = script(tunebridge_hyperopt.fmin, "optuna:tpe", 0)
    assert best is not None
    assert len(trials) >= 1
    assert min(trials.losses()) == trials.best_trial["result"]["loss"]


def test_the_place_of_an_option_is_what_fmin_returns_and_space_eval_reads() -> None:
    space = {"kind": hp.choice("kind", ["rbf", "poly"]), "C": hp.loguniform("C", -3, 3)}
    best = tunebridge_hyperopt.fmin(
        lambda point: point["C"] + (point["kind"] == "rbf"), space, "optuna:tpe", 20, **QUIET
    )
    assert best["kind"] == 1
    assert hyperopt.space_eval(space, best) == {"kind": "poly", "C": best["C"]}


def test_an_exception_of_the_objective_ends_the_run_as_it_does_in_fmin() -> None:
    trials = Trials()
    with pytest.raises(ZeroDivisionError):
        minimise(tunebridge_hyperopt.algo("optuna:tpe", SPACE), lambda params: 1 / 0, trials=trials)
    assert len(trials) == 0
    with pytest.raises(AllTrialsFailed):
        minimise(
            tunebridge_hyperopt.algo("optuna:tpe", SPACE),
            lambda params: {"status": STATUS_FAIL},
            return_argmin=True,
        )


# Other ways into hyperopt's loop


def product(point: Any) -> float:
    return float(point["c"].get("x", 0.5) + point["y"])


GRAPH = {
    "c": hp.choice("c", [{"t": "a", "x": hp.uniform("x", 0, 1)}, {"t": "b"}]),
    "y": hp.qloguniform("y", 0, 3, 1),
}


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # hyperopt leaves it to the collector
def test_trials_that_were_saved_to_a_file_go_on_with_another_library(tmp_path: Path) -> None:
    file = {"trials_save_file": str(tmp_path / "trials.pkl")}
    tunebridge_hyperopt.fmin(product, GRAPH, "optuna:tpe", 8, **file, **QUIET)
    tunebridge_hyperopt.fmin(product, GRAPH, "sklearn:random", 12, **file, **QUIET)
    kept = pickle.loads((tmp_path / "trials.pkl").read_bytes())
    by = [misc["tunebridge"]["backend"] for misc in kept.miscs]
    assert by == ["optuna:tpe"] * 8 + ["sklearn:random"] * 4


def test_it_serves_trials_fmin_the_iterator_and_low_level_objectives() -> None:
    algo = tunebridge_hyperopt.algo("optuna:tpe", seed=0)
    trials = Trials()
    trials.fmin(product, GRAPH, algo=algo, max_evals=5, verbose=False)
    iterated = Trials()
    steps = FMinIter(algo, Domain(product, GRAPH), iterated, np.random.default_rng(0), max_evals=5)
    assert len(list(steps)) == 4
    assert iterated.losses() == trials.losses()

    def low(expr: Any, memo: Any, ctrl: Any) -> dict[str, Any]:
        ctrl.attachments["seen"] = b"yes"
        return {"status": STATUS_OK, "loss": product(hyperopt.pyll.rec_eval(expr, memo=memo))}

    noted = Trials()
    hyperopt.fmin(low, GRAPH, algo, 5, trials=noted, pass_expr_memo_ctrl=True, **QUIET)
    assert noted.losses() == trials.losses()
    assert len(noted.attachments) == 5


def test_it_serves_the_search_of_hyperopt_for_scikit_learn() -> None:
    features, labels = load_iris(return_X_y=True)
    space = {
        "max_depth": hp.uniformint("max_depth", 1, 5),
        "criterion": hp.choice("criterion", ["gini", "entropy"]),
    }
    search = HyperoptSearchCV(
        DecisionTreeClassifier(random_state=0),
        space,
        max_evals=5,
        algo=tunebridge_hyperopt.algo("optuna:random", seed=1),
        random_state=np.random.default_rng(0),
        cv=3,
    )
    search.fit(features, labels)
    reading = tb.read_space(space)
    problem = tb.Problem(lambda trial: 0.0, reading.space)
    study = tb.tune(problem, backend="optuna:random", n_trials=5, seed=1)
    assert search.cv_results_["params"] == [reading.params(trial) for trial in study.trials]


def test_plots_of_hyperopt_draw_its_trials() -> None:
    trials = Trials()
    tunebridge_hyperopt.fmin(product, GRAPH, "optuna:tpe", 12, trials=trials, **QUIET)
    for plot in (plotting.main_plot_history, plotting.main_plot_histogram, plotting.main_plot_vars):
        plot(trials, do_show=False)
        assert plt.gcf().axes
        plt.close("all")
