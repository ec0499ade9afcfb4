"""Stoppers end a study before its budget is spent, in the same way on every backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

import tunebridge as tb

if TYPE_CHECKING:
    from tests.conftest import Clock

SPACE = tb.Space(x=tb.Float(0, 1))
BACKENDS = pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random"])

FAILS, PRUNES = object(), object()


def scripted(values: Sequence[Any]) -> Callable[[tb.Trial], float]:
    """Return an objective whose values depend on the trial's number alone."""

    def objective(trial: tb.Trial) -> float:
        value = values[trial.number] if trial.number < len(values) else values[-1]
        if value is FAILS:
            raise ValueError
        if value is PRUNES:
            raise tb.TrialPruned("by hand")
        return float(value)

    return objective


def tune(values: Sequence[Any], *stop: Any, direction: Any = "minimize", **settings: Any) -> tb.Result:
    settings = {"backend": "sklearn:random", "n_trials": 12, "seed": 0, **settings}
    return tb.tune(tb.Problem(scripted(values), SPACE, direction), stop=stop, **settings)


def n_trials(values: Sequence[Any], *stop: Any, **settings: Any) -> int:
    return len(tune(values, *stop, **settings).trials)


# Target.


@BACKENDS
@pytest.mark.parametrize(
    ("direction", "values", "expected"),
    [
        ("minimize", [5, 4, 3, 2, 1, 0], 4),
        ("minimize", [5, 1.9, 9], 2),
        ("minimize", [2.0], 1),
        ("minimize", [2.1], 12),
        ("maximize", [0, 1, 1.5, 2, 3], 4),
        ("maximize", [1.9], 12),
        ("maximize", [9.0], 1),
        ("minimize", [FAILS, PRUNES, FAILS, 2], 4),
    ],
)
def test_target_stops_at_the_first_value_that_is_as_good_or_better(
    backend: str, direction: str, values: Sequence[Any], expected: int
) -> None:
    assert n_trials(values, tb.Target(2.0), backend=backend, direction=direction) == expected


def test_target_is_reached_by_values_not_by_reports() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.report(0.0)
        return 9.0

    problem = tb.Problem(objective, SPACE)
    result = tb.tune(problem, backend="sklearn:random", n_trials=3, seed=0, stop=[tb.Target(1.0)])
    assert len(result.trials) == 3


# Patience.


@BACKENDS
@pytest.mark.parametrize(
    ("direction", "values", "expected"),
    [
        ("minimize", [5, 4, 3, 3, 3, 3, 3], 6),
        ("minimize", [5, 5, 5, 5], 4),
        ("minimize", [5, 6, 7, 4, 6, 7, 8], 7),
        ("maximize", [5, 6, 7, 4, 6, 7, 8], 6),
        ("maximize", list(range(20)), 12),
        ("minimize", [5, FAILS, PRUNES, FAILS, 1], 4),
        ("minimize", [FAILS, PRUNES, FAILS, 1], 3),
    ],
)
def test_patience_counts_finished_trials_since_the_best(
    backend: str, direction: str, values: Sequence[Any], expected: int
) -> None:
    assert n_trials(values, tb.Patience(3), backend=backend, direction=direction) == expected


@pytest.mark.parametrize(("min_delta", "expected"), [(0.0, 12), (0.15, 12), (0.25, 12), (0.35, 4), (1.0, 4)])
def test_patience_takes_less_than_min_delta_for_no_improvement(min_delta: float, expected: int) -> None:
    """An improvement is over the last one, so that a slow fall counts in the end."""
    falling = [5 - 0.1 * number for number in range(12)]
    assert n_trials(falling, tb.Patience(3, min_delta=min_delta)) == expected
    rising = [-value for value in falling]
    assert n_trials(rising, tb.Patience(3, min_delta=min_delta), direction="maximize") == expected


def test_patience_takes_exactly_min_delta_for_no_improvement() -> None:
    assert n_trials([4, 3.5, 3, 2.5], tb.Patience(1, min_delta=0.5)) == 2
    assert n_trials([4, 3.25, 2.5, 1.75, 1, 1], tb.Patience(1, min_delta=0.5)) == 6


def test_patience_of_one_stops_at_the_first_trial_that_is_no_better() -> None:
    assert n_trials([3, 2, 2, 1], tb.Patience(1)) == 3


# MaxSeconds.


@BACKENDS
def test_max_seconds_lets_the_running_trial_end(backend: str, clock: Clock) -> None:
    def objective(trial: tb.Trial) -> float:
        clock.now += 10.0
        return 1.0

    problem = tb.Problem(objective, SPACE)
    stop = [tb.MaxSeconds(25)]
    result = tb.tune(problem, backend=backend, n_trials=9, seed=0, stop=stop)
    assert [trial.state.name for trial in result.trials] == ["COMPLETE"] * 3
    assert result.stop_reason == "MaxSeconds(seconds=25)"


def test_max_seconds_counts_from_the_begin_of_the_study(clock: Clock) -> None:
    stopper = tb.MaxSeconds(25)
    clock.now += 500.0
    assert n_trials([1.0], stopper) == 12


# All of them.

STOPPERS = [tb.Target(2.0), tb.Patience(3), tb.MaxSeconds(3600)]


@BACKENDS
def test_the_first_of_several_stoppers_ends_the_study_and_is_the_reason(backend: str) -> None:
    result = tune([5, 4, 3, 2, 1], *STOPPERS, backend=backend)
    assert (len(result.trials), result.stop_reason) == (4, "Target(value=2.0)")
    result = tune([5, 5, 5, 5, 2], *STOPPERS, backend=backend)
    assert (len(result.trials), result.stop_reason) == (4, "Patience(n_trials=3, min_delta=0.0)")
    assert tune([9, 8, 7, 6, 5, 4, 3], *STOPPERS, backend=backend, n_trials=5).stop_reason == "n_trials"


def test_two_stoppers_that_agree_are_both_the_reason() -> None:
    reason = tune([2.0], tb.Target(2.0), tb.Target(3.0)).stop_reason
    assert reason == "Target(value=2.0), Target(value=3.0)"


def test_a_study_that_is_stopped_asks_for_no_more_trials() -> None:
    problem = tb.Problem(lambda trial: 0.0, SPACE)
    with tb.open_study(problem, backend="optuna:tpe", seed=0, stop=[tb.Target(1.0)]) as study:
        trial = study.ask()
        assert trial is not None
        study.tell(trial, 0.5)
        assert study.ask() is None
        assert study.result.stop_reason == "Target(value=1.0)"


def test_a_target_ends_a_finite_study_without_other_limits() -> None:
    space = tb.Space(n=tb.Int(0, 9))
    problem = tb.Problem(lambda trial: float(trial.number), space, "maximize")
    assert len(tb.tune(problem, backend="sklearn:grid", seed=0, stop=[tb.Target(4)]).trials) == 5


def test_a_stopper_that_always_comes_is_limit_enough(clock: Clock) -> None:
    def objective(trial: tb.Trial) -> float:
        clock.now += 10.0
        return 1.0

    problem = tb.Problem(objective, SPACE)
    settings: dict[str, Any] = {"backend": "sklearn:random", "seed": 0}
    assert len(tb.tune(problem, stop=[tb.MaxSeconds(15)], **settings).trials) == 2
    assert len(tb.tune(problem, stop=[tb.Patience(3)], **settings).trials) == 4


@pytest.mark.parametrize("stopper", STOPPERS, ids=repr)
def test_one_stopper_serves_many_studies_and_holds_no_state(stopper: tb.Stopper) -> None:
    values = [5, 4, 4, 4, 4, 4]
    assert n_trials(values, stopper) == n_trials(values, stopper)


def test_studies_side_by_side_do_not_share_a_watch() -> None:
    stopper = tb.Patience(2)
    problem = tb.Problem(lambda trial: 1.0, SPACE)
    studies = [tb.open_study(problem, backend="optuna:random", seed=seed, stop=[stopper]) for seed in (0, 1)]
    lengths = [0, 0]
    for _ in range(6):
        for place, study in enumerate(studies):
            trial = study.ask()
            if trial is not None:
                study.tell(trial, 1.0)
                lengths[place] += 1
    assert lengths == [3, 3]


def test_a_stopper_of_ones_own_needs_one_method() -> None:
    seen: list[int] = []

    class EverySecond:
        def start(self, problem: tb.Problem) -> Callable[[tb.TrialRecord], bool]:
            def watch(trial: tb.TrialRecord) -> bool:
                seen.append(trial.number)
                return trial.number == 1

            return watch

    assert n_trials([1.0], EverySecond()) == 2
    assert seen == [0, 1]


def test_every_watch_sees_every_trial() -> None:
    seen: list[tuple[str, int]] = []

    class Watcher:
        def __init__(self, name: str) -> None:
            self.name = name

        def start(self, problem: tb.Problem) -> Callable[[tb.TrialRecord], bool]:
            def watch(trial: tb.TrialRecord) -> bool:
                seen.append((self.name, trial.number))
                return trial.number == 1

            return watch

    tune([FAILS, PRUNES, 1], Watcher("a"), Watcher("b"))
    assert seen == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]


@pytest.mark.parametrize("stopper", [tb.Target(1.0), tb.Patience(3)], ids=repr)
def test_a_stopper_that_compares_values_is_refused_for_several_objectives(stopper: Any) -> None:
    evaluated: list[int] = []

    def objective(trial: tb.Trial) -> tuple[float, float]:
        evaluated.append(trial.number)
        return 1.0, 1.0

    problem = tb.Problem(objective, SPACE, ["minimize", "maximize"])
    with pytest.raises(tb.UnsupportedError, match=f"{type(stopper).__name__} needs one objective"):
        tb.tune(problem, backend="optuna:tpe", n_trials=3, stop=[stopper])
    assert evaluated == []


def test_max_seconds_takes_several_objectives(clock: Clock) -> None:
    def objective(trial: tb.Trial) -> tuple[float, float]:
        clock.now += 10.0
        return 1.0, 1.0

    problem = tb.Problem(objective, SPACE, ["minimize", "maximize"])
    result = tb.tune(problem, backend="optuna:tpe", n_trials=9, stop=[tb.MaxSeconds(15)])
    assert len(result.trials) == 2
