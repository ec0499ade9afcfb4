"""Trials that successive halving pauses, and those that it promotes."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

import tunebridge as tb
from tests.study.walking import N_STEPS, SPACE, Diary, Walk, course

HALVING: dict[str, Any] = {"min_resource": 1, "reduction_factor": 2}
ASHA = tb.pruner("asha", resume=True, **HALVING)
COMPLETE, PRUNED, INTERRUPTED = tb.TrialState.COMPLETE, tb.TrialState.PRUNED, tb.TrialState.INTERRUPTED
RUNGS = (1, 2, 4, 8)


def tune(objective: Any, **settings: Any) -> tb.Result:
    settings = {"backend": "optuna:random", "pruner": ASHA, "n_trials": 12, "seed": 2, **settings}
    return tb.tune(tb.Problem(objective, SPACE), **settings)


def test_no_step_is_trained_twice_and_none_is_left_out() -> None:
    walk = Diary()
    result = tune(walk)
    assert set(Counter(walk.steps).values()) == {1}
    for trial in result.trials:
        steps = [report.step for report in trial.reports]
        assert steps == [step for number, step in walk.steps if number == trial.number]
        assert steps == list(range(len(steps)))
        assert trial.attempt == 0


def test_a_promoted_trial_reports_what_it_would_have_had_it_never_paused() -> None:
    walk = Diary()
    result, whole = tune(walk, n_trials=30), tune(Diary(), pruner=None, n_trials=30)
    went_on = [one for before, one in pairwise(walk.steps) if one[0] != before[0] and one[1] > 0]
    assert len(went_on) >= 2
    for trial, other in zip(result.trials, whole.trials, strict=True):
        assert trial.params == other.params
        assert trial.reports == other.reports[: len(trial.reports)]
        assert trial.value == (other.value if trial.state is COMPLETE else None)


def test_trials_end_pruned_at_a_rung_or_complete_and_the_backend_is_told_so() -> None:
    result = tune(Diary(), backend="optuna:tpe")
    assert {trial.state for trial in result.trials} == {COMPLETE, PRUNED}
    for trial in result.trials:
        last = trial.reports[-1].step
        assert last == N_STEPS - 1 if trial.state is COMPLETE else last in RUNGS
        assert trial.told.startswith(trial.state.name)


def test_the_best_at_the_highest_rung_goes_on_before_a_new_trial_begins() -> None:
    """By hand, as the paper has it: at each free slot the highest rung first, and a new trial if none may."""
    whole = {trial.number: trial.reports for trial in tune(Diary(), pruner=None, n_trials=40).trials}
    walk = Diary()
    tune(walk, n_trials=40)
    assert walk.steps == by_hand(whole)


def by_hand(whole: dict[int, Any]) -> list[tuple[int, int]]:
    """Return the steps in the order in which asynchronous successive halving trains them."""
    rungs: list[dict[int, float]] = [{} for _ in RUNGS]
    waiting: dict[int, int] = {}
    steps: list[tuple[int, int]] = []

    def may_go_on(number: int, rung: int) -> bool:
        values = sorted(rungs[rung].values())
        return rungs[rung][number] <= values[max(len(values) // 2, 1) - 1]

    def train(number: int, first: int) -> None:
        for report in whole[number][first:]:
            steps.append((number, report.step))
            if report.step in RUNGS:
                rung = RUNGS.index(report.step)
                rungs[rung][number] = report.value
                if not may_go_on(number, rung):
                    waiting[number] = rung
                    return

    begun = 0
    while True:
        ranked = sorted(waiting, key=lambda number: (-waiting[number], rungs[waiting[number]][number]))
        able = next((number for number in ranked if may_go_on(number, waiting[number])), None)
        if able is not None:
            train(able, RUNGS[waiting.pop(able)] + 1)
        elif begun < len(whole):
            train(begun, 0)
            begun += 1
        else:
            return steps


def test_points_that_were_given_are_new_trials_and_wait_for_promotions() -> None:
    points = [{"x": 0.9 - place / 10, "rate": 0.9} for place in range(6)]
    walk, settings = Diary(), {"initial": points, "n_trials": 6}
    result, whole = tune(walk, **settings), tune(Diary(), pruner=None, **settings)
    assert [trial.params["x"] for trial in result.trials] == [point["x"] for point in points]
    assert walk.steps == by_hand({trial.number: trial.reports for trial in whole.trials})


def test_a_paused_trial_counts_as_begun() -> None:
    for n_trials in (1, 2, 7):
        result = tune(Diary(), n_trials=n_trials)
        assert [trial.number for trial in result.trials] == list(range(n_trials))
        assert result.stop_reason == "n_trials"


def test_no_more_steps_are_trained_than_by_stopping_and_as_many_rungs_are_won() -> None:
    paused, stopped = Diary(), Diary()
    tune(paused, n_trials=30)
    tune(stopped, n_trials=30, pruner=tb.pruner("asha", **HALVING))
    won = [Counter(step for _, step in walk.steps)[RUNGS[-1]] for walk in (paused, stopped)]
    assert won[0] >= 1
    assert won[1] >= 1


@pytest.mark.parametrize("executor", ["inline", "threads", "processes"])
def test_every_executor_pauses_and_goes_on(executor: str) -> None:
    assert course(tune(Walk(), executor=executor, n_jobs=1)) == course(tune(Walk()))


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_side_by_side_in_a_fixed_order_it_repeats(executor: str) -> None:
    first, *others = (
        course(tune(Walk(), executor=executor, n_jobs=3, deterministic=True, backend="optuna:tpe"))
        for _ in range(3)
    )
    assert others == [first] * 2
    assert {state for _, state, *_ in first} == {"COMPLETE", "PRUNED"}


def test_an_objective_without_checkpoints_is_refused_at_the_first_rung() -> None:
    walk = Diary(every=0)
    with pytest.raises(tb.StudyFailedError) as caught:
        tune(walk)
    number = walk.steps[-1][0]
    assert f"trial {number} wrote no checkpoint by its first rung, at step 1" in caught.value.message
    assert "'asha'" in caught.value.message
    assert "trial.checkpoint()" in caught.value.hint
    assert (number, 2) not in walk.steps[:-1]
    assert [trial.state for trial in caught.value.result.trials][number:] == [tb.TrialState.FAILED]


@pytest.mark.parametrize("every", [3, 4])
def test_a_trial_is_paused_at_the_first_checkpoint_after_its_rung(every: int) -> None:
    walk = Diary(every=every, n_steps=12)
    result = tune(walk, pruner=tb.pruner("asha", resume=True, min_resource=every - 1, reduction_factor=2))
    assert {trial.state for trial in result.trials} == {COMPLETE, PRUNED}
    assert set(Counter(walk.steps).values()) == {1}
    for trial in result.trials:
        assert trial.state is COMPLETE or len(trial.reports) % every == 0
