"""The backend "manual": the given points, and no others."""

from typing import Any

import pytest

import tunebridge as tb
from tunebridge.registry.plugins import registry
from tunebridge.testing import MemoryStore

SPACE = tb.Space(x=tb.Float(-5.0, 5.0))
POINTS = [{"x": 1.0}, {"x": -2.0}, {"x": 0.5}]


def square(trial: Any) -> float:
    return float(trial["x"]) ** 2


def tune(initial: Any = POINTS, **settings: Any) -> tb.Result:
    return tb.tune(tb.Problem(square, SPACE), backend="manual", initial=initial, **settings)


def test_the_given_points_alone_are_evaluated_in_their_order() -> None:
    result = tune()
    assert [(trial.number, trial.params, trial.value) for trial in result.trials] == [
        (0, {"x": 1.0}, 1.0),
        (1, {"x": -2.0}, 4.0),
        (2, {"x": 0.5}, 0.25),
    ]
    assert (result.stop_reason, result.best_params) == ("exhausted", {"x": 0.5})
    assert {trial.backend for trial in result.trials} == {"initial"}


def test_a_point_that_is_given_twice_is_evaluated_twice() -> None:
    assert [trial.params["x"] for trial in tune([*POINTS, POINTS[0]]).trials] == [1.0, -2.0, 0.5, 1.0]


def test_without_points_there_is_nothing_to_do() -> None:
    with pytest.raises(tb.ProblemError, match="'manual' proposes nothing") as caught:
        tune([])
    assert "initial=[{...}]" in caught.value.hint


def test_a_point_outside_the_space_is_refused_before_any_is_evaluated() -> None:
    with pytest.raises(tb.SpaceError, match=r"initial\[1\].x: must be in \[-5.0, 5.0\], got 9.0"):
        tune([{"x": 1.0}, {"x": 9.0}])


@pytest.mark.parametrize(("n_trials", "count", "reason"), [(2, 2, "n_trials"), (9, 3, "exhausted")])
def test_n_trials_limits_it_and_adds_nothing(n_trials: int, count: int, reason: str) -> None:
    result = tune(n_trials=n_trials)
    assert (len(result.trials), result.stop_reason) == (count, reason)


def test_a_stored_study_goes_on_with_the_points_that_it_does_not_have() -> None:
    settings: dict[str, Any] = {"storage": MemoryStore(), "study": "s", "seed": 0}
    first = tune(POINTS[:2], **settings)
    assert tune(POINTS[:2], **settings).trials == first.trials
    more = tune(POINTS, **settings)
    assert more.trials[:2] == first.trials
    assert [trial.params for trial in more.trials] == POINTS
    others = tune([{"x": 3.0}], **settings)
    assert [trial.params["x"] for trial in others.trials] == [1.0, -2.0, 0.5, 3.0]
    assert tb.load_study(settings["storage"], "s").trials == others.trials


def test_an_interrupted_point_is_evaluated_when_the_study_goes_on() -> None:
    settings: dict[str, Any] = {"storage": MemoryStore(), "study": "s", "seed": 0}
    study = tb.open_study(tb.Problem(square, SPACE), backend="manual", initial=POINTS, **settings)
    trial = study.ask()
    assert trial is not None
    study.close()
    result = tune(**settings)
    assert [trial.params for trial in result.trials] == POINTS
    assert [trial.attempt for trial in result.trials] == [1, 0, 0]


def test_another_backend_learns_of_the_points() -> None:
    settings: dict[str, Any] = {"storage": MemoryStore(), "study": "s", "seed": 0}
    tune(**settings)
    result = tb.tune(tb.Problem(square, SPACE), backend="optuna:tpe", n_trials=5, **settings)
    assert [trial.backend for trial in result.trials] == ["initial"] * 3 + ["optuna:tpe"] * 2
    assert result.carried is not None
    assert result.carried.n_told == 3


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_points_are_evaluated_side_by_side(executor: str) -> None:
    result = tune(executor=executor, n_jobs=2)
    assert [(trial.params, trial.value) for trial in result.trials] == [
        (trial.params, trial.value) for trial in tune().trials
    ]


def test_branches_labels_and_several_objectives_are_no_matter() -> None:
    space = tb.Space(
        kind=tb.Categorical(
            {"flat": tb.Space(), "deep": tb.Space(depth=tb.Int(1, 9), act=tb.Categorical({"max": max}))}
        )
    )
    points: list[dict[str, Any]] = [{"kind": "flat"}, {"kind": "deep", "depth": 3, "act": "max"}]
    problem = tb.Problem(lambda trial: (len(trial), trial.get("depth", 0)), space, ["minimize", "maximize"])
    result = tb.tune(problem, backend="manual", initial=points)
    assert [trial.values for trial in result.trials] == [(1.0, 0.0), (3.0, 3.0)]
    assert result.trials[1].params == {"kind": "deep", "depth": 3, "act": max}


def test_it_is_chosen_by_name_and_is_no_registered_backend() -> None:
    assert "manual" not in registry().backends
    chosen = tb.backend("manual")
    assert tb.backend(chosen) == chosen
    assert chosen.spec.capabilities.finite
    (row,) = tb.explain(SPACE, "manual").parameters
    assert (row.path, row.fidelity) == ("x", tb.Fidelity.EXACT)
    with pytest.raises(tb.OptionError, match="manual has no option 'points'"):
        tb.backend("manual", points=3)
