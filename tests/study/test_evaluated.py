"""Points that were evaluated before."""

from dataclasses import replace
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.stores.recorder import read_attempt
from tunebridge.study.evaluated import Evaluated, EvaluatedPoints
from tunebridge.testing import MemoryStore

SPACE = tb.Space(a=tb.Int(1, 3), kind=tb.Categorical({"x": tb.Space(), "y": tb.Space(b=tb.Int(1, 2))}))


class Counted:
    """An objective that counts its calls."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def __call__(self, trial: tb.Trial) -> float:
        self.calls.append(trial.params)
        return float(trial["a"] + trial.get("b", 0))


def points(params: list[dict[str, Any]]) -> set[str]:
    return {repr(sorted(one.items())) for one in params}


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random", "scipy:halton"])
@pytest.mark.parametrize("on_duplicate", ["reuse", "resample"])
def test_a_finite_space_is_evaluated_once_and_its_end_ends_the_study(backend: str, on_duplicate: Any) -> None:
    objective = Counted()
    result = tb.tune(
        tb.Problem(objective, SPACE), backend=backend, n_trials=500, seed=0, on_duplicate=on_duplicate
    )
    assert len(objective.calls) == len(points(objective.calls)) == SPACE.size == 9
    assert result.stop_reason == "exhausted"
    assert (len(result.trials) == 9) == (on_duplicate == "resample")


def test_points_are_evaluated_again_unless_asked_otherwise() -> None:
    objective = Counted()
    tb.tune(tb.Problem(objective, SPACE), backend="optuna:random", n_trials=40, seed=0)
    assert len(objective.calls) == 40


def test_a_reused_value_is_a_trial_that_says_whose_it_is() -> None:
    problem = tb.Problem(Counted(), SPACE)
    result = tb.tune(problem, backend="optuna:random", n_trials=20, seed=0, on_duplicate="reuse")
    reused = [trial for trial in result.trials if "as in trial" in trial.told]
    assert reused
    for trial in reused:
        twin = result.trials[int(trial.told.rpartition(" ")[2])]
        assert (twin.params, twin.values) == (trial.params, trial.values)
        assert twin.number < trial.number


def test_a_reused_trial_reports_nothing_and_is_stored_as_it_is() -> None:
    def train(trial: tb.Trial) -> Any:
        yield trial["a"]

    store, problem = MemoryStore(), tb.Problem(train, SPACE)
    more: dict[str, Any] = {"backend": "optuna:random", "seed": 0, "n_trials": 20, "on_duplicate": "reuse"}
    result = tb.tune(problem, storage=store, study="s", **more)
    assert {len(trial.reports) for trial in result.trials if "as in" in trial.told} == {0}
    assert tb.load_study(store, "s").trials == result.trials


def test_a_reused_value_says_whose_it_is_after_the_study_was_opened_again() -> None:
    store, problem = MemoryStore(), tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Int(1, 2)))
    more: dict[str, Any] = {"seed": 0, "storage": store, "study": "s", "on_duplicate": "reuse"}
    results = [tb.tune(problem, n_trials=count, initial=[{"x": 1}] * count, **more) for count in (2, 4)]
    assert [trial.copied for trial in results[-1].trials] == [None, 0, 0, 0]
    assert [trial.copied for trial in tb.load_study(store, "s").trials] == [None, 0, 0, 0]


def test_what_earlier_versions_have_said_of_a_reused_value_is_read() -> None:
    store, problem = MemoryStore(), tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Int(1, 2)))
    settings: dict[str, Any] = {"seed": 0, "on_duplicate": "reuse", "initial": [{"x": 1}] * 2, "n_trials": 2}
    tb.tune(problem, storage=store, study="s", **settings)
    known = store.load("s")
    assert known is not None
    assert known.trials[1].notes["copied"] == 0
    notes = {name: note for name, note in known.trials[1].notes.items() if name != "copied"}
    old = replace(known.trials[1], notes=notes)
    assert read_attempt(problem.space, old).record.copied == 0


def test_a_value_from_a_history_is_a_copy_of_no_trial_of_the_study() -> None:
    problem = tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Int(1, 2)))
    settings: dict[str, Any] = {"seed": 0, "initial": [{"x": 1}], "n_trials": 1}
    history = tb.tune(problem, **settings)
    (found,) = tb.tune(problem, history=history, on_duplicate="reuse", **settings).trials
    assert "as in the history" in found.told
    assert found.copied is None


def test_the_first_complete_trial_stands_for_its_point_unless_a_later_one_knows_its_limits() -> None:
    space, initial = tb.Space(x=tb.Int(1, 2)), [{"x": 1}] * 4

    def limited(trial: tb.Trial) -> float:
        if trial.number in (1, 3):
            trial.limit("size", 1.0, at_most=2)
        if trial.number == 1:
            raise tb.TrialPruned
        return float(trial.number)

    found = tb.tune(tb.Problem(limited, space), initial=initial, n_trials=4, seed=0)
    first, pruned, later, knowing = found.trials
    points = EvaluatedPoints(space)
    for one, stands in ((pruned, pruned), (first, first), (later, first), (pruned, first)):
        points.add(one, imported=True)
        assert points.find({"x": 1}) == Evaluated(stands, True)
    points.add(knowing)
    points.add(first)
    assert points.find({"x": 1}) == Evaluated(knowing, False)


def test_a_value_whose_limited_number_nobody_knows_is_not_reused() -> None:
    """A trial of a history that has not noted the number would be the best one, allowed or not."""
    space, ran = tb.Space(x=tb.Int(0, 3)), []

    def noted(trial: tb.Trial) -> float:
        ran.append(trial["x"])
        trial.note("size", 3.0 - trial["x"])
        return float(trial["x"])

    history = tb.tune(tb.Problem(lambda trial: float(trial["x"]), space), backend="sklearn:grid", seed=0)
    problem = tb.Problem(noted, space, limits={"size": tb.Limit(at_most=1)})
    settings: dict[str, Any] = {"history": history, "on_duplicate": "reuse", "seed": 0}
    found = tb.tune(problem, backend="optuna:random", n_trials=16, **settings)
    assert sorted(ran) == sorted({trial.params["x"] for trial in found.trials}) == [0, 1, 2, 3]
    assert all(trial.limits["size"].value == 3.0 - trial.params["x"] for trial in found.trials)
    assert found.best_params == {"x": 2}


def test_points_that_failed_are_evaluated_again_when_values_are_reused() -> None:
    calls: list[int] = []

    def fails_first(trial: tb.Trial) -> float:
        calls.append(trial.number)
        if len(calls) == 1:
            raise RuntimeError
        return 1.0

    problem = tb.Problem(fails_first, tb.Space(a=tb.Int(1, 2)))
    initial = [{"a": 1}, {"a": 1}, {"a": 1}]
    result = tb.tune(
        problem, backend="optuna:random", n_trials=3, seed=0, initial=initial, on_duplicate="reuse"
    )
    assert calls == [0, 1]
    assert [trial.state.name for trial in result.trials] == ["FAILED", "COMPLETE", "COMPLETE"]


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "hyperopt:random"])
@pytest.mark.parametrize("on_duplicate", ["reuse", "resample"])
def test_a_resumed_study_knows_its_points_and_goes_on_exactly(backend: str, on_duplicate: Any) -> None:
    more: dict[str, Any] = {"backend": backend, "seed": 0, "study": "s", "on_duplicate": on_duplicate}
    whole = tb.tune(tb.Problem(Counted(), SPACE), n_trials=100, **more)
    store, objective = MemoryStore(), Counted()
    problem = tb.Problem(objective, SPACE)
    results = [tb.tune(problem, n_trials=n_trials, storage=store, **more) for n_trials in (3, 5, 6, 100)]
    assert all(result.carried is not None and result.carried.exact for result in results[1:])
    assert [trial.params for trial in results[-1].trials] == [trial.params for trial in whole.trials]
    assert len(objective.calls) == 9


def test_a_space_whose_feasible_points_are_used_up_ends_the_study(caplog: pytest.LogCaptureFixture) -> None:
    rule = tb.Constraint(lambda params: params["a"] == 1, "a is 1")
    problem = tb.Problem(lambda trial: 1.0, tb.Space(a=tb.Int(1, 3), constraints=[rule]))
    result = tb.tune(problem, backend="optuna:random", n_trials=5, seed=0, on_duplicate="resample")
    assert [trial.params for trial in result.trials] == [{"a": 1}]
    assert result.stop_reason == "exhausted"
    assert "evaluated before" in caplog.text


def test_a_continuous_space_is_never_used_up() -> None:
    problem = tb.Problem(lambda trial: 1.0, tb.Space(a=tb.Float(0, 1), b=tb.Normal(0, 1)))
    result = tb.tune(problem, backend="optuna:random", n_trials=30, seed=0, on_duplicate="resample")
    assert len(result.trials) == 30
