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
    out = {one.number: one.out for one in found.finalists if one.out}
    assert set(out) == {one.number for one in found.finalists if one.params["x"] * 2 > 0.6}
    assert out
    assert all(failure.startswith("was beyond its limits in repeat 1: size is") for failure in out.values())


def test_values_without_noise_do_not_hide_that_the_best_one_was_beyond_a_limit_in_a_repeat() -> None:
    def slow(trial: tb.Trial) -> float:
        trial.limit("ms", 9 if trial.seed == 1 and trial["x"] < 0.1 else 1, at_most=5)
        return float(trial["x"])

    result = tb.tune(tb.Problem(slow, SPACE), backend="sklearn:random", n_trials=20, seed=0)
    assert result.best_trial.params["x"] < 0.1
    found = tb.confirm(result, top=5, seeds=range(3))
    assert found.is_deterministic
    assert found.winner.params["x"] >= 0.1
    said = f"Trial {result.best_trial.number} was beyond its limits in repeat 2: ms is 9"
    assert said in found.verdict


def test_a_study_without_an_allowed_trial_is_not_confirmed_and_names_the_nearest_one() -> None:
    with pytest.raises(tb.NoAllowedTrialError, match=r"none of 20 complete trials is within"):
        tb.confirm(result_of(tb.Limit(at_most=-1)), seeds=range(3))


def test_where_all_finalists_leave_it_is_said_why_each_did() -> None:
    def slow(trial: tb.Trial) -> float:
        if trial.seed < 10 and trial["x"] > 0.1:
            raise RuntimeError("no GPU")
        trial.limit("ms", 9 if trial.seed < 10 else 1, at_most=5)
        return float(trial["x"])

    result = tb.tune(tb.Problem(slow, SPACE), backend="sklearn:random", n_trials=20, seed=0)
    found = tb.confirm(result, top=1, seeds=range(3))
    with pytest.raises(tb.NoCompleteTrialError, match="each of the 1 finalists was beyond its limits") as one:
        _ = found.winner
    assert "loosen the limit, or take more finalists" in one.value.hint
    assert "was beyond its limits in repeat 1: ms is 9" in one.value.hint
    assert found.finalists[0].failure == ""
    both = tb.confirm(result, top=8, seeds=range(3))
    with pytest.raises(
        tb.NoCompleteTrialError, match="has failed or was beyond its limits in a repeat"
    ) as two:
        _ = both.winner
    assert "mend the objective, or loosen the limit" in two.value.hint
    assert "failed in repeat 1: RuntimeError: no GPU" in both.verdict
    assert "was beyond its limits in repeat 1: ms is 9" in both.verdict
