"""What libraries without limits are told of a trial beyond its limits."""

import sys
from dataclasses import replace

import pytest

import tunebridge as tb
from tunebridge import Beyond, Capabilities, Direction, Outcome, OutcomeState

MINIMIZE, MAXIMIZE = Direction.MINIMIZE, Direction.MAXIMIZE
LEARNS = Capabilities(learns=True)


def outcome(*values: float, **limits: float) -> Outcome:
    return Outcome(
        suggestion_id=0, params={}, state=OutcomeState.COMPLETE, values=values or None, limits=limits
    )


def told(beyond: Beyond, *given: Outcome) -> list[tuple[str, tuple[float, ...] | None]]:
    said = [beyond.told(one)[0] for one in given]
    return [(one.state.name, one.values) for one in said]


@pytest.mark.parametrize(("direction", "sign"), [(MINIMIZE, 1.0), (MAXIMIZE, -1.0)])
def test_a_trial_beyond_its_limits_is_worse_than_all_so_far_and_the_worse_the_further_it_is_beyond(
    direction: Direction, sign: float
) -> None:
    beyond = Beyond([direction], LEARNS)
    within = [outcome(sign * 1.0, size=-2.0), outcome(sign * 5.0, size=0.0)]
    assert told(beyond, *within) == [("COMPLETE", (sign * 1.0,)), ("COMPLETE", (sign * 5.0,))]
    ((_, far),) = told(beyond, outcome(sign * 0.0, size=8.0))
    ((_, near),) = told(beyond, outcome(sign * 0.0, size=2.0))
    assert far == (sign * 10.0,)
    assert near == (sign * 6.25,)


def test_until_two_values_differ_it_is_told_as_failed() -> None:
    beyond = Beyond([MINIMIZE], LEARNS)
    first = told(beyond, outcome(3.0, size=1.0), outcome(3.0, size=1.0), outcome(2.0, size=1.0))
    assert first == [("FAILED", None), ("FAILED", None), ("COMPLETE", (4.0,))]


@pytest.mark.parametrize(("direction", "sign"), [(MINIMIZE, 1.0), (MAXIMIZE, -1.0)])
def test_however_large_values_and_limits_are_what_is_told_is_a_number(
    direction: Direction, sign: float
) -> None:
    """The largest float is what many objectives return for a failure."""
    beyond, largest = Beyond([direction], LEARNS), sys.float_info.max
    excess = tb.Limit(at_most=-largest).excess(largest)
    assert excess == tb.Limit(at_least=largest).excess(-largest) == largest
    given = [outcome(sign * -1.0), outcome(sign * largest), outcome(sign * 0.0, size=excess)]
    assert told(beyond, *given)[-1] == ("COMPLETE", (sign * largest,))


def test_of_several_limits_each_counts_by_its_share_of_the_furthest() -> None:
    beyond = Beyond([MINIMIZE], LEARNS)
    told(beyond, outcome(0.0), outcome(1.0), outcome(1.0, bytes=1000.0, share=0.5))
    assert told(beyond, outcome(1.0, bytes=500.0)) == [("COMPLETE", (1.5,))]
    assert told(beyond, outcome(1.0, bytes=1000.0, share=0.25)) == [("COMPLETE", (1.75,))]


def test_a_pruned_trial_beyond_its_limits_is_told_as_failed_and_one_within_as_it_was() -> None:
    beyond = Beyond([MINIMIZE], LEARNS)
    told(beyond, outcome(0.0), outcome(1.0))
    pruned = replace(outcome(size=3.0), state=OutcomeState.PRUNED)
    assert told(beyond, pruned) == [("FAILED", None)]
    within = replace(outcome(size=-3.0), state=OutcomeState.PRUNED)
    assert beyond.told(within) == (within, "")


@pytest.mark.parametrize("able", [Capabilities(), Capabilities(learns=True, limits=True)], ids=repr)
def test_who_does_not_learn_or_has_limits_is_told_as_it_was(able: Capabilities) -> None:
    beyond, given = Beyond([MINIMIZE], able), [outcome(0.0), outcome(1.0), outcome(0.5, size=3.0)]
    assert [beyond.told(one) for one in given] == [(one, "") for one in given]


def test_members_of_auto_are_told_each_in_its_own_way() -> None:
    space = tb.Space(x=tb.Float(0, 1))

    def objective(trial: tb.Trial) -> float:
        trial.limit("x", trial["x"], at_most=0.4)
        return float(trial["x"])

    quick = {"optuna:tpe": {"n_startup_trials": 2}, "hyperopt:tpe": {"n_startup_jobs": 2}}
    result = tb.tune(
        tb.Problem(objective, space, "maximize"),
        backend=tb.backend("auto", members=quick, share=None),
        n_trials=40,
        seed=0,
    )
    said = {trial.proposer: trial.told for trial in result.trials if trial.violations}
    assert said["optuna:tpe"].startswith("optuna:tpe: COMPLETE with a violated constraint")
    assert said["hyperopt:tpe"].startswith(
        "hyperopt:tpe: status ok with its loss, with a value worse than all"
    )
    assert result.best_value <= 0.4
