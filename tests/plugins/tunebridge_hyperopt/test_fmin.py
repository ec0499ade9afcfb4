"""`tunebridge_hyperopt.fmin` with hyperopt's own algorithms is hyperopt's `fmin`, value for value."""

from __future__ import annotations

import inspect
import logging
from functools import partial
from typing import Any

import hyperopt
import numpy as np
import pytest
from hyperopt import Trials, anneal, hp, rand, tpe

import tunebridge as tb
import tunebridge_hyperopt
from tests.plugins.tunebridge_hyperopt.fmin_scripts import SCRIPTS, Found, again, bare, documented, nested

pytestmark = pytest.mark.usefixtures("quiet_libraries")

SEEDS = pytest.mark.parametrize("seed", [0, 1, 2])


def told(found: Found) -> Any:
    """Return all that `fmin` gives back and keeps but for moments: `repr` shows every bit."""
    best, trials = found
    kept = [(one["tid"], one["state"], one["result"], one["misc"]) for one in trials.trials]
    return repr((best, kept, trials.losses(), trials.vals, trials.attachments))


@SEEDS
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_tpe_by_name_is_fmin_value_for_value(script: Any, seed: int) -> None:
    own = script(hyperopt.fmin, tpe.suggest, seed)
    assert told(script(tunebridge_hyperopt.fmin, "hyperopt:tpe", seed)) == told(own)


@SEEDS
@pytest.mark.parametrize(
    ("name", "suggest"),
    [("hyperopt", tpe.suggest), ("hyperopt:anneal", anneal.suggest), ("hyperopt:random", rand.suggest)],
)
def test_every_algorithm_of_hyperopt_by_name_is_that_algorithm(name: str, suggest: Any, seed: int) -> None:
    assert told(nested(tunebridge_hyperopt.fmin, name, seed)) == told(nested(hyperopt.fmin, suggest, seed))


def test_options_of_a_backend_are_those_of_the_suggest_function() -> None:
    few = partial(tpe.suggest, n_startup_jobs=3, gamma=0.5)
    by_name = tb.backend("hyperopt:tpe", n_startup_jobs=3, gamma=0.5)
    assert told(nested(tunebridge_hyperopt.fmin, by_name, 0)) == told(nested(hyperopt.fmin, few, 0))


@pytest.mark.parametrize("algo", [tpe.suggest, partial(tpe.suggest, n_startup_jobs=3), rand.suggest, None])
def test_algorithms_of_hyperopt_are_taken_as_they_are(algo: Any) -> None:
    assert told(again(tunebridge_hyperopt.fmin, algo, 1)) == told(again(hyperopt.fmin, algo, 1))


def test_its_signature_is_that_of_fmin_with_one_keyword_more() -> None:
    own, ours = inspect.signature(hyperopt.fmin), inspect.signature(tunebridge_hyperopt.fmin)
    assert list(ours.parameters.values())[:-1] == list(own.parameters.values())
    assert str(ours).endswith(", *, on_lossy='warn')")


def test_a_space_in_annotations_and_the_seed_of_the_environment_are_fmin_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HYPEROPT_FMIN_SEED", "7")

    def value(x: hp.uniform("x", -1, 1)) -> Any:  # type: ignore[valid-type]
        return x**2

    value.__annotations__ = {"x": hp.uniform("x", -1, 1)}
    found = [
        fmin(value, "annotated", algo, 8, show_progressbar=False)
        for fmin, algo in ((hyperopt.fmin, rand.suggest), (tunebridge_hyperopt.fmin, "hyperopt:random"))
    ]
    assert found[0] == found[1]


def test_the_environment_names_the_backend_of_a_script_that_is_not_changed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TUNEBRIDGE_BACKEND", "hyperopt:random")
    with caplog.at_level(logging.WARNING, "tunebridge_hyperopt"):
        assert told(bare(tunebridge_hyperopt.fmin, tpe.suggest, 0)) == told(
            bare(hyperopt.fmin, rand.suggest, 0)
        )
    (said,) = [one.getMessage() for one in caplog.records]
    assert said.startswith(
        "TUNEBRIDGE_BACKEND=hyperopt:random is set: it proposes in the place of algo=<function"
    )


def test_an_unknown_backend_of_the_environment_is_said_to_come_from_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TUNEBRIDGE_BACKEND", "hyperopt:tpx")
    with pytest.raises(tb.UnknownNameError, match="hyperopt:tpx") as caught:
        bare(tunebridge_hyperopt.fmin, tpe.suggest, 0)
    assert caught.value.__notes__ == [
        "the environment variable TUNEBRIDGE_BACKEND=hyperopt:tpx names it: name another there, or unset it"
    ]


@pytest.mark.parametrize("algo", ["hyperopt:anneal", tunebridge_hyperopt.algo("hyperopt:anneal")])
def test_what_a_script_names_itself_stays_whatever_the_environment_says(
    algo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEBRIDGE_BACKEND", "hyperopt:random")
    assert told(bare(tunebridge_hyperopt.fmin, algo, 0)) == told(bare(hyperopt.fmin, anneal.suggest, 0))


def test_settings_of_an_algorithm_stay_where_the_environment_names_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TUNEBRIDGE_BACKEND", "hyperopt")
    few = partial(partial(tpe.suggest, n_startup_jobs=3), gamma=0.5)
    with caplog.at_level(logging.WARNING, "tunebridge_hyperopt"):
        assert told(bare(tunebridge_hyperopt.fmin, few, 0)) == told(bare(hyperopt.fmin, few, 0))
    assert not caplog.records


def test_a_seed_of_its_own_fixes_the_run_whatever_rstate_is() -> None:
    found = [
        bare(hyperopt.fmin, tunebridge_hyperopt.algo("hyperopt:tpe", seed=3), seed)[1].losses()
        for seed in (0, 1)
    ]
    assert found[0] == found[1]
    assert found[0] == bare(hyperopt.fmin, tpe.suggest, 3)[1].losses()


def test_attachments_results_and_failures_are_where_hyperopt_keeps_them() -> None:
    _, trials = documented(tunebridge_hyperopt.fmin, "hyperopt:tpe", 0)
    best = trials.best_trial
    assert trials.trial_attachments(best)["model"] == b"weights"
    assert best["result"]["size"] == [1, 2]
    assert {"fail", "ok"} == set(trials.statuses())


# The names of the module


def test_a_script_changes_its_import_alone() -> None:
    script = """
import tunebridge_hyperopt as hyperopt
from tunebridge_hyperopt import STATUS_OK, Trials, fmin, hp, space_eval, tpe
trials = Trials()
space = {"n": hyperopt.pyll.scope.int(hp.quniform("n", 1, 9, 1))}
best = fmin(
    lambda p: {"loss": p["n"], "status": STATUS_OK}, space, tpe.suggest, 9, trials=trials, verbose=False
)
assert hyperopt.space_eval(space, best) == {"n": int(min(trials.losses()))}
"""
    exec(compile(script, "script", "exec"), {})


def test_a_star_import_gives_what_hyperopt_s_gives_and_our_own() -> None:
    theirs: dict[str, Any] = {}
    ours: dict[str, Any] = {}
    exec("from hyperopt import *", theirs)
    exec("from tunebridge_hyperopt import *", ours)
    assert theirs.keys() <= ours.keys()
    assert {name for name in theirs if name[0] != "_" and ours[name] is not theirs[name]} == {"fmin"}
    assert ours["fmin"] is tunebridge_hyperopt.fmin


def test_names_of_the_module_fmin_are_there_too() -> None:
    script = "from tunebridge_hyperopt import fmin, generate_trials_to_calculate, space_eval"
    names: dict[str, Any] = {}
    exec(script, names)
    assert names["fmin"] is tunebridge_hyperopt.fmin
    given = names["generate_trials_to_calculate"]([{"x": 1}])
    given.refresh()
    assert given.vals == {"x": [1]}


def test_a_name_that_nobody_has_is_an_error() -> None:
    with pytest.raises(
        AttributeError, match="neither tunebridge_hyperopt nor hyperopt has an attribute 'nothing'"
    ):
        _ = tunebridge_hyperopt.nothing
    assert not hasattr(tunebridge_hyperopt, "__wrapped__")


# What newcomers get wrong


def run(**given: Any) -> Any:
    """Minimise something small."""
    settings = {
        "fn": lambda point: point["x"], "space": {"x": hp.uniform("x", 0, 1)}, "algo": "hyperopt:random",
        "max_evals": 3, "show_progressbar": False, "verbose": False,
    }  # fmt: skip
    return tunebridge_hyperopt.fmin(**{**settings, **given})


MISTAKES: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"rstate": 42}, AttributeError, "rstate=numpy.random.default_rng(seed)"),
    ({"rstate": np.random.RandomState(42)}, AttributeError, "rstate=numpy.random.default_rng(seed)"),
    ({"fn": lambda point: None}, TypeError, "fn must return the loss as a number"),
    ({"fn": lambda point: "0.5"}, ValueError, "fn must return the loss as a number"),
    ({"fn": lambda point: {"loss": 1.0}}, KeyError, '"status": STATUS_OK'),
    ({"fn": lambda point: {"status": "ok"}}, hyperopt.exceptions.InvalidLoss, '"loss": float(value)'),
    ({"fn": lambda x, y: 0.0}, TypeError, "fn gets one argument: the point, a dict"),
    ({"fn": lambda point: float("nan")}, hyperopt.exceptions.AllTrialsFailed, "trials.results says why"),
    ({"algo": tpe}, TypeError, "algo=tpe.suggest, a function"),
    ({"trials": []}, AttributeError, "trials=Trials()"),
    (
        {"space": [hp.uniform("x", 0, 1), hp.normal("x", 0, 1)]},
        hyperopt.exceptions.DuplicateLabel,
        "a label of its own",
    ),
    ({"points_to_evaluate": {"x": 1}}, AssertionError, "a list of them"),
    (
        {"space": hp.choice("k", ["a", "b"]), "points_to_evaluate": [{"k": "a"}]},
        TypeError,
        "the place of the option",
    ),
    (
        {"space": hp.choice("k", ["a", "b"]), "points_to_evaluate": [{"k": 5}]},
        IndexError,
        "the place of the option",
    ),
    ({"points_to_evaluate": [{"y": 1}]}, AssertionError, "names all labels that are active"),
    ({"max_evals": 0}, Exception, "give max_evals"),
    ({"early_stop_fn": lambda *_: None}, TypeError, "no_progress_loss(10)"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kind", "step"), MISTAKES)
def test_an_error_of_fmin_is_kept_and_names_the_next_step(
    given: dict[str, Any], kind: type[Exception], step: str
) -> None:
    with pytest.raises(kind) as raised:
        run(**given)
    assert type(raised.value).__module__ in ("builtins", "hyperopt.exceptions")
    (note,) = raised.value.__notes__
    assert note.startswith("hint: ")
    assert step in note


def test_an_error_of_the_objective_is_its_own() -> None:
    def value(point: Any) -> float:
        raise TypeError("not callable")

    with pytest.raises(TypeError, match="not callable") as raised:
        run(fn=value)
    assert not hasattr(raised.value, "__notes__")


@pytest.mark.parametrize(
    ("given", "kind", "text"),
    [
        ({"algo": "optuna:tpee"}, tb.UnknownNameError, "Did you mean 'optuna:tpe'"),
        ({"algo": "tpe"}, tb.UnknownNameError, "hyperopt:tpe"),
        ({"space": tb.Space(x=tb.Float(0, 1))}, tb.ProblemError, "tunebridge.to_native"),
        ({"algo": tb.backend("hyperopt:tpe", tell_failures="native")}, tb.OptionError, "STATUS_FAIL"),
    ],
)
def test_what_tunebridge_refuses_names_the_next_step(
    given: dict[str, Any], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=text):
        run(**given)


def test_a_missing_argument_is_the_error_that_python_raises() -> None:
    with pytest.raises(TypeError, match="missing a required argument: 'space'"):
        tunebridge_hyperopt.fmin(lambda point: 0.0, algo=tpe.suggest)
    with pytest.raises(TypeError, match="unexpected keyword argument 'n_trials'"):
        tunebridge_hyperopt.fmin(lambda point: 0.0, {}, n_trials=3)


def test_hyperopt_s_own_trials_are_not_touched() -> None:
    trials = Trials()
    run(trials=trials)
    assert all(set(misc) == {"tid", "cmd", "workdir", "idxs", "vals"} for misc in trials.miscs)
