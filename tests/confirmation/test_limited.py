"""Confirming a winner that has to be allowed."""

import pytest

import tunebridge as tb
from tests.confirmation.noisy import SPACE, noisy

LOW = tb.Limit(at_most=0.6)


def limited(trial: tb.Trial) -> float:
    trial.note("x", trial["x"])
    return noisy(trial)


def result_of(limit: tb.Limit = LOW) -> tb.Result:
    problem = tb.Problem(limited, SPACE, limits={"x": limit})
    return tb.tune(problem, backend="sklearn:random", n_trials=20, seed=0)


def test_finalists_are_allowed_trials() -> None:
    result = result_of(tb.Limit(at_least=0.45))
    found = tb.confirm(result, top=3, seeds=range(3))
    best = sorted(result.eligible_trials, key=lambda one: one.value or 0.0)[:3]
    assert [one.number for one in found.finalists] == [one.number for one in best]
    assert all(one.params["x"] >= 0.45 for one in found.finalists)
    assert result.best_trial.number != min(result.trials, key=lambda one: one.value or 0.0).number


def test_a_finalist_that_is_beyond_a_limit_in_a_repeat_is_out_and_says_so() -> None:
    def grown(trial: tb.Trial) -> float:
        trial.limit("size", trial["x"] * (1 + (trial.seed < 100)), at_most=0.6)
        return noisy(trial)

    result = tb.tune(tb.Problem(grown, SPACE), backend="sklearn:random", n_trials=20, seed=0)
    found = tb.confirm(result, top=3, seeds=range(3))
    out = {one.number: one.failure for one in found.finalists if one.failure}
    assert set(out) == {one.number for one in found.finalists if one.params["x"] * 2 > 0.6}
    assert out
    assert all("it is beyond its limits: size is" in failure for failure in out.values())


def test_values_without_noise_do_not_hide_that_the_best_one_was_beyond_a_limit_in_a_repeat() -> None:
    def slow(trial: tb.Trial) -> float:
        trial.limit("ms", 9 if trial.seed == 1 and trial["x"] < 0.1 else 1, at_most=5)
        return float(trial["x"])

    result = tb.tune(tb.Problem(slow, SPACE), backend="sklearn:random", n_trials=20, seed=0)
    assert result.best_trial.params["x"] < 0.1
    found = tb.confirm(result, top=5, seeds=range(3))
    assert found.is_deterministic
    assert found.winner.params["x"] >= 0.1
    said = f"Trial {result.best_trial.number} failed in repeat 2: it is beyond its limits: ms is 9"
    assert said in found.verdict


def test_a_study_without_an_allowed_trial_is_not_confirmed_and_names_the_nearest_one() -> None:
    with pytest.raises(tb.NoAllowedTrialError, match=r"none of 20 complete trials is within"):
        tb.confirm(result_of(tb.Limit(at_most=-1)), seeds=range(3))
