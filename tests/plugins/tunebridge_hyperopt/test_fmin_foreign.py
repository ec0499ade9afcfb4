"""`tunebridge_hyperopt.fmin` on another library: the graph is read, and evaluated with what is proposed."""

from __future__ import annotations

import logging
from typing import Any

import hyperopt
import numpy as np
import pytest
from hyperopt import STATUS_OK, Trials, hp
from hyperopt.pyll import scope

import tunebridge as tb
import tunebridge_hyperopt
from tests.plugins.tunebridge_hyperopt.fmin_scripts import SCRIPTS, again, given_points, nested, whole

pytestmark = [
    pytest.mark.usefixtures("quiet_libraries"),
    pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning"),
]

QUIET = {"verbose": False, "show_progressbar": False}
N_TRIALS = 24
ALONE = [script for script in SCRIPTS if script not in (again, given_points)]


def ran(script: Any, backend: str, seed: int) -> tuple[Any, Any, Trials, list[Any]]:
    """Run a script; return its objective, its space, its trials, and the points that its objective saw."""
    seen: list[Any] = []
    given: list[Any] = []

    def minimise(fn: Any, space: Any, algo: Any, *rest: Any, **named: Any) -> Any:
        def noted(point: Any) -> Any:
            seen.append(point)
            return fn(point)

        given[:] = fn, space
        return tunebridge_hyperopt.fmin(noted, space, algo, *rest, **named)

    _, trials = script(minimise, backend, seed)
    return given[0], given[1], trials, seen


def value_of(returned: Any) -> float:
    """Return the loss; a result that is none is a failure of the study's trial."""
    if not isinstance(returned, dict):
        return float(returned)
    assert returned["status"] == STATUS_OK
    return float(returned["loss"])


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("script", ALONE, ids=lambda script: script.__name__)
def test_a_script_is_tune_over_the_space_that_was_read_value_for_value(script: Any, seed: int) -> None:
    fn, space, trials, seen = ran(script, "optuna:tpe", seed)
    reading = tb.read_space(space)
    study = tb.tune(
        tb.Problem(lambda trial: value_of(fn(reading.params(trial))), reading.space),
        backend="optuna:tpe",
        n_trials=len(seen),
        seed=int(np.random.default_rng(seed).integers(2**31 - 1)),
        on_lossy="warn",
        max_failures=None,
    )
    assert repr([reading.params(trial) for trial in study.trials]) == repr(seen)
    complete = [trial.value for trial in study.trials if trial.state is tb.TrialState.COMPLETE]
    assert [loss for loss in trials.losses() if loss is not None] == complete


@pytest.mark.parametrize(
    ("backend", "script"),
    [
        *((backend, script) for backend in ("optuna:tpe", "sklearn:random") for script in SCRIPTS),
        ("optuna:gp", nested),
        ("optuna:gp", whole),
    ],
)
def test_what_a_script_is_given_is_what_fmin_would_keep(backend: str, script: Any) -> None:
    _, space, trials, _ = ran(script, backend, 3)
    own = Trials()
    hyperopt.fmin(lambda point: 0.0, space, hyperopt.rand.suggest, 40, trials=own, **QUIET)
    kinds = {label: {type(drawn) for drawn in vals} for label, vals in own.vals.items()}
    for label, vals in trials.vals.items():
        assert {np.asarray(one).dtype.kind for one in vals} <= {
            np.asarray(one()).dtype.kind for one in kinds[label]
        }, label
    for misc in trials.miscs:
        assert misc["vals"].keys() == misc["idxs"].keys() == own.vals.keys()
        assert all(misc["idxs"][label] == [misc["tid"]] * len(drawn) for label, drawn in misc["vals"].items())
    best = {label: drawn[0] for label, drawn in trials.best_trial["misc"]["vals"].items() if drawn}
    assert trials.argmin == best
    hyperopt.space_eval(space, best)


def test_values_reach_the_objective_in_the_structure_of_the_space() -> None:
    space = {
        "net": [{"units": scope.int(hp.quniform("units", 16, 64, 16))}, (hp.uniform("drop", 0, 1), "relu")],
        "opt": hp.choice(
            "opt", [("sgd", hp.uniform("momentum", 0, 1)), {"adam": {"eps": 10 ** hp.uniform("e", -8, -4)}}]
        ),
        "both": hp.uniform("half", 0, 1) + 1,
    }
    seen: list[Any] = []

    def value(point: Any) -> float:
        seen.append(point)
        return float(point["both"])

    tunebridge_hyperopt.fmin(value, space, "optuna:random", 30, rstate=np.random.default_rng(0), **QUIET)
    for point in seen:
        units, (drop, name) = point["net"][0]["units"], point["net"][1]
        assert type(units) is int
        assert units in (16, 32, 48, 64)
        assert 0 <= drop <= 1
        assert name == "relu"
        assert 1 <= point["both"] <= 2
        assert (
            point["opt"][0] == "sgd"
            if isinstance(point["opt"], tuple)
            else point["opt"]["adam"]["eps"] >= 1e-8
        )
    assert {type(point["opt"]) for point in seen} == {tuple, dict}


def test_points_that_are_given_are_told_and_steer_the_first_proposals() -> None:
    _, space, trials, _ = ran(given_points, "optuna:tpe", 0)
    reading = tb.read_space(space)
    assert trials.vals["x"][:2] == [1.5, -2.0]
    study = tb.tune(
        tb.Problem(lambda trial: (trial["x"] - 1) ** 2 + (trial["kind"] == "a"), reading.space),
        backend="optuna:tpe",
        n_trials=len(trials),
        seed=int(np.random.default_rng(0).integers(2**31 - 1)),
        initial=[{"x": 1.5, "kind": "b"}, {"x": -2.0, "kind": "a"}],
    )
    assert [trial.params["x"] for trial in study.trials] == trials.vals["x"]


def test_what_cannot_be_read_is_named_with_its_label_and_the_next_step() -> None:
    space = {"x": hp.uniform("x", 0, 1), "y": hp.uniform("y", 0, hp.uniform("top", 1, 2))}
    with pytest.raises(tb.TranslationError, match=r"y: .*\n?.*hint"):
        tunebridge_hyperopt.fmin(lambda point: 0.0, space, "optuna:tpe", 3, **QUIET)


def test_a_lossy_space_is_one_warning_or_an_error_before_the_first_trial(
    caplog: pytest.LogCaptureFixture,
) -> None:
    space = hp.pchoice("act", [(0.7, "relu"), (0.3, "tanh")])
    called: list[Any] = []
    with pytest.raises(tb.TranslationError, match="act"):
        tunebridge_hyperopt.fmin(called.append, space, "optuna:tpe", 3, on_lossy="error", **QUIET)
    assert not called
    with caplog.at_level(logging.WARNING, "tunebridge"):
        tunebridge_hyperopt.fmin(len, space, "optuna:tpe", 3, **QUIET)
    (said,) = [one.getMessage() for one in caplog.records]
    assert said.startswith("the translation to optuna:tpe is lossy:\n  act: ")
