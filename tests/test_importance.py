"""Importances: Optuna's own figures for results of any backend, or why there are none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import optuna
import pytest

import tunebridge as tb
import tunebridge_optuna
from tunebridge.registry import hookspecs, plugins

BRANCHED = tb.Space(
    x=tb.Float(0, 1),
    kind=tb.Categorical({"a": tb.Space(depth=tb.Int(1, 5)), "b": tb.Space()}),
    late=tb.Float(0, 1, when={"x": tb.Between(0.5, None)}),
    fixed=tb.Constant(3),
)

FIXED = tb.Space(c=tb.Constant(1))


def mixed(trial: tb.Trial) -> float:
    return float(trial["x"] ** 2 + 0.3 * trial.get("depth", 0) + 0.01 * trial.get("late", 0))


def tuned(objective: Callable[[Any], Any] = mixed, space: tb.Space = BRANCHED, **changed: Any) -> tb.Result:
    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 60, "seed": 0} | changed
    direction = settings.pop("direction", "minimize")
    return tb.tune(tb.Problem(objective, space, direction=direction), **settings)


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
@pytest.mark.parametrize("backend", ["sklearn:random", "hyperopt:random"])
def test_they_are_optunas_own_over_a_conditional_space_of_any_backend(direction: str, backend: str) -> None:
    result = tuned(direction=direction, backend=backend)
    native = optuna.importance.get_param_importances(tunebridge_optuna.to_study(result))
    native = {path: share for path, share in native.items() if path != "fixed"}
    found = tb.importances(result)
    assert (found.evaluator, found.n_trials, found.reason) == ("optuna", 60, "")
    assert {"x", "kind", "kind.a.depth", "late"} == set(found.shares) == set(native)
    assert found.shares == pytest.approx(native)
    assert sum(found.shares.values()) == pytest.approx(1)
    assert list(found.shares.values()) == sorted(found.shares.values(), reverse=True)


def test_they_are_of_the_whole_front_for_several_objectives() -> None:
    space = tb.Space(x=tb.Float(0, 1), y=tb.Float(0, 1))
    result = tuned(lambda trial: (trial["x"], trial["x"] ** 2), space, direction=["minimize", "minimize"])
    assert tb.importances(result).shares["x"] > 0.9


def test_only_complete_trials_count_and_of_very_many_one_every_so_often() -> None:
    def picky(trial: tb.Trial) -> float:
        if trial["x"] < 0.2:
            raise ValueError("too small")
        return mixed(trial)

    result = tuned(picky)
    assert tb.importances(result).n_trials == len(result.complete_trials) < 60
    many = replace(result, trials=[replace(trial, number=n) for n, trial in enumerate(result.trials * 60)])
    assert tb.importances(many).n_trials == -(-len(many.complete_trials) // 2) <= 2000


@pytest.mark.parametrize(
    ("objective", "space", "n_trials", "reason"),
    [
        (mixed, BRANCHED, 19, "19 complete trials: they take 20."),
        (lambda trial: 1.0, BRANCHED, 30, "All values are equal."),
        (
            lambda trial: trial.number,
            tb.Space(c=tb.Constant(1)),
            30,
            "No parameter differs from trial to trial.",
        ),
        (lambda trial: 1 / 0, BRANCHED, 30, "0 complete trials: they take 20."),
    ],
)
def test_where_there_are_none_the_reason_is_said(
    objective: Callable[[Any], Any], space: tb.Space, n_trials: int, reason: str
) -> None:
    result = tuned(objective, space, backend="optuna:random", n_trials=n_trials, max_failures=n_trials + 1)
    found = tb.importances(result)
    assert (dict(found.shares), found.reason) == ({}, reason)
    assert str(found) == reason


def test_values_that_are_nearly_all_the_best_tell_no_parameter_from_the_others() -> None:
    result = tuned(lambda trial: float(trial.number != 7))
    assert tb.importances(result).reason == "optuna tells no parameter from the others by these trials."


def test_one_parameter_has_it_all() -> None:
    result = tuned(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))
    assert str(tb.importances(result)) == "100.0 %  x"


@pytest.fixture
def evaluators(monkeypatch: pytest.MonkeyPatch) -> dict[str, tb.ImportanceSpec]:
    """Return the evaluators that are registered, which a test may change."""
    known: dict[str, tb.ImportanceSpec] = {}
    monkeypatch.setattr(plugins.registry(), "importances", known)
    return known


def spec(evaluate: Any, **changed: Any) -> tb.ImportanceSpec:
    return tb.ImportanceSpec(name="mine", summary="mine", evaluate=evaluate, **changed)


def test_without_an_evaluator_the_reason_says_how_to_get_one(
    evaluators: dict[str, tb.ImportanceSpec],
) -> None:
    result = tuned()
    assert "No plugin is installed that estimates importances" in tb.importances(result).reason
    evaluators["mine"] = spec(lambda problem, trials: {}, requires=("no-such-library",), extra="mine")
    reason = tb.importances(result).reason
    assert reason == 'They come from no-such-library, which is not installed: pip install "tunebridge[mine]"'


def test_an_evaluator_of_a_plugin_is_registered_by_its_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("fake_plugin_importances")

    @tb.hookimpl
    def tunebridge_register_importances(register: Callable[[tb.ImportanceSpec], None]) -> None:
        register(spec(lambda problem, trials: {"x": 1.0}))

    vars(module)["tunebridge_register_importances"] = tunebridge_register_importances
    monkeypatch.setitem(sys.modules, module.__name__, module)
    point = EntryPoint("mine", module.__name__, hookspecs.NAMESPACE)
    loaded = plugins.load([point], strict=True)
    result = tuned(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))
    monkeypatch.setattr(plugins, "registry", lambda: loaded)
    assert tb.importances(result).evaluator == "mine"


def test_an_evaluator_of_a_plugin_is_asked_and_one_that_raises_is_quoted(
    evaluators: dict[str, tb.ImportanceSpec],
) -> None:
    def evaluate(problem: tb.Problem, trials: Sequence[tb.TrialRecord]) -> Mapping[str, float]:
        assert problem.space == BRANCHED
        assert all(trial.state is tb.TrialState.COMPLETE for trial in trials)
        return {"x": 3, "kind": 1, "fixed": 5, "unheard of": 9}

    result = tuned()
    evaluators["mine"] = spec(evaluate)
    assert dict(tb.importances(result).shares) == {"x": 0.75, "kind": 0.25}
    evaluators["mine"] = spec(lambda problem, trials: 1 / 0)
    assert tb.importances(result).reason == "mine could not tell: ZeroDivisionError: division by zero"
    evaluators["mine"] = spec(lambda problem, trials: {"x": float("nan")})
    assert tb.importances(result).reason == "mine tells no parameter from the others by these trials."
