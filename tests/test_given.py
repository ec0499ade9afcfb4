"""What is given where something of another kind belongs: what is said of it, and the next step."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tunebridge as tb
import tunebridge_optuna

PROBLEM = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))
RESULT = tb.tune(PROBLEM, backend="manual", initial=[{"x": 0.5}])
LOADED = "give what tunebridge.tune returned, or tunebridge.load_study(storage, name"


def tune(**given: Any) -> tb.Result:
    return tb.tune(PROBLEM, **{"backend": "sklearn:random", "n_trials": 2, **given})


def sweep(**given: Any) -> tb.Sweep:
    return tb.sweep(PROBLEM, **{"base": {}, "parameter": "x", "values": [0.1], **given})


@pytest.mark.parametrize(
    ("given", "message", "step"),
    [
        (
            {"pruner": tb.backend("optuna:tpe")},
            "a backend is no pruner",
            "beside a pruner: tune(..., backend=backend('optuna:tpe'))",
        ),
        (
            {"backend": tb.pruner("median")},
            "a pruner is no backend",
            "beside a backend: tune(..., pruner=pruner('median'))",
        ),
        (
            {"executor": tb.observer("lines")},
            "an observer is no executor",
            "beside an executor: tune(..., observers=[observer('lines')])",
        ),
        (
            {"observers": [tb.executor("threads")]},
            "an executor is no observer",
            "beside an observer: tune(..., executor=executor('threads'))",
        ),
    ],
)
def test_what_is_chosen_for_another_argument_is_refused_with_its_own(
    given: dict[str, Any], message: str, step: str
) -> None:
    with pytest.raises(tb.UnknownNameError) as caught:
        tune(**given)
    assert caught.value.message == f"{message}, and is not named as one"
    assert caught.value.hint == f"it is said to the study itself, {step}"


def test_a_number_in_place_of_a_name_is_refused_in_plain_words() -> None:
    with pytest.raises(tb.UnknownNameError, match=r"^an executor is named by a string"):
        tune(executor=2)


@pytest.mark.parametrize(
    ("call", "who"),
    [
        (tb.importances, "importances"),
        (tb.confirm, "a confirmation"),
        (tunebridge_optuna.to_study, "to_study"),
    ],
)
@pytest.mark.parametrize("given", [None, PROBLEM, RESULT.trials])
def test_what_takes_a_result_refuses_anything_else_and_says_where_results_are_from(
    call: Callable[[Any], Any], who: str, given: Any
) -> None:
    with pytest.raises(tb.ProblemError) as caught:
        call(given)
    assert caught.value.message.startswith(f"{who} takes the result of a study, got ")
    assert caught.value.hint.startswith(LOADED)


def test_what_has_a_result_is_answered_with_it() -> None:
    with pytest.raises(tb.ProblemError) as caught:
        tb.importances(sweep())  # type: ignore[arg-type]
    assert caught.value.hint == "give its .result"


@pytest.mark.parametrize(
    ("call", "flag"),
    [
        (lambda no: tune(deterministic=no), "deterministic"),
        (lambda no: tune(progress=no), "progress"),
        (lambda no: tune(join=no), "join"),
        (lambda no: tb.compare(PROBLEM, backends=["sklearn:random"], n_trials=2, progress=no), "progress"),
        (lambda no: tb.confirm(RESULT, progress=no), "progress"),
        (lambda no: tb.explain(PROBLEM.space, "sklearn:random", explore=no), "explore"),
        (lambda no: tb.explain(PROBLEM.space, "sklearn:random", join=no), "join"),
        (lambda no: tb.explain(PROBLEM.space, "sklearn:random", limits=no), "limits"),
        (lambda no: tb.exclude("sqlite:///none.db", "s", [1], reason="wrong", copies=no), "copies"),
        (lambda no: tb.include("sqlite:///none.db", "s", [1], copies=no), "copies"),
        (lambda no: tb.clean("sqlite:///none.db", dry_run=no), "dry_run"),
        (lambda no: tb.Problem(len, PROBLEM.space, noisy=no), "noisy"),
    ],
)
def test_a_text_counts_for_no_flag(call: Callable[[Any], Any], flag: str) -> None:
    with pytest.raises(tb.ProblemError, match=f"^{flag} must be True or False, got 'no'$"):
        call("no")


def test_a_flag_of_numpy_is_one() -> None:
    assert len(tune(deterministic=np.True_, progress=np.False_).trials) == 2


@pytest.mark.parametrize(
    ("given", "message", "step"),
    [
        (
            {"base": RESULT.best_trial},
            "base must be the params of a point, by name",
            "base=result.best_trial.params",
        ),
        ({"values": 0.1}, "values must be a list of values of 'x', got 0.1", "write values=[0.1]"),
        ({"values": "low"}, "values must be a list of values of 'x', got 'low'", "write values=['low']"),
    ],
)
def test_a_sweep_says_what_its_arguments_are(given: dict[str, Any], message: str, step: str) -> None:
    with pytest.raises(tb.ProblemError) as caught:
        sweep(**given)
    assert caught.value.message.startswith(message)
    assert step in caught.value.hint


def test_a_sweep_of_no_problem_says_what_one_is() -> None:
    with pytest.raises(tb.ProblemError, match=r"expected a tunebridge\.Problem, got 'x'"):
        tb.sweep("x", base={}, parameter="x", values=[0.1])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "step"),
    [
        ({"stop": tb.Target(0.5)}, "write stop=[Target(value=0.5)]"),
        ({"observers": "lines"}, "write observers=['lines']"),
        ({"observers": None}, ""),
        ({"stop": 3}, ""),
    ],
)
def test_one_in_place_of_a_list_is_answered_with_the_list(given: dict[str, Any], step: str) -> None:
    with pytest.raises(tb.ProblemError, match="must be a list of") as caught:
        tune(**given)
    assert caught.value.hint == step


def test_one_initial_point_is_answered_with_the_list_of_it() -> None:
    with pytest.raises(tb.SpaceError) as caught:
        tune(initial={"x": 0.5})
    assert caught.value.hint == "write initial=[{'x': 0.5}]"
