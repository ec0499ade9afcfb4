"""Who proposes next: the starter, then two of three to it and the third by credit."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

import tunebridge as tb
from tunebridge_auto.rule import DECAY, LONG, START, Rule

NAMES = ("hyperopt:tpe", "optuna:gp", "optuna:tpe")
MIN, MAX = tb.Direction.MINIMIZE, tb.Direction.MAXIMIZE
COMPLETE, PRUNED = tb.OutcomeState.COMPLETE, tb.OutcomeState.PRUNED
NOBODY: frozenset[str] = frozenset()


def rule(
    names: Sequence[str] = NAMES, *directions: tb.Direction, conditional: bool = False, floor: float = 0.1
) -> Rule:
    able = {name: tb.backend(name).spec.capabilities for name in names}
    return Rule(able, directions or (MIN,), floor=floor, conditional=conditional)


def ended(*values: float, state: tb.OutcomeState = COMPLETE, foreign: bool = False) -> tb.Outcome:
    return tb.Outcome(suggestion_id=None if foreign else 0, params={}, state=state, values=values or None)


def turns(subject: Rule, n: int, value: Any = lambda name, number: 1.0, **how: Any) -> list[str]:
    names = []
    for number in range(n):
        name = subject.order(NOBODY)[0]
        subject.begin()
        subject.end(ended(value(name, number), **how), name)
        names.append(name)
    return names


def test_the_best_starter_begins_alone_and_keeps_two_of_three_proposals() -> None:
    names = turns(rule(), START + 30)
    assert set(names[:START]) == {"optuna:gp"}
    assert [names[START + 3 * k : START + 3 * k + 2] for k in range(10)] == [["optuna:gp"] * 2] * 10
    assert Counter(names[START + 2 :: 3]) == {"hyperopt:tpe": 5, "optuna:tpe": 5}


def test_trials_of_others_and_open_ones_count_as_a_start() -> None:
    subject = rule()
    for _ in range(START - 5):
        subject.end(ended(1.0, foreign=True), "")
    for _ in range(5):
        assert subject.order(NOBODY)[0] == "optuna:gp"
        subject.begin()
    assert [subject.order(NOBODY)[0] == "optuna:gp" for _ in range(3)] == [True, True, False]


def test_infeasible_proposals_do_not_use_up_the_start() -> None:
    subject = rule()
    for _ in range(3 * START):
        assert subject.order(NOBODY)[0] == "optuna:gp"
        subject.begin()
        subject.end(ended(state=tb.OutcomeState.INFEASIBLE), "optuna:gp")
    assert subject.credit["optuna:gp"] == 0.5


@pytest.mark.parametrize(("way", "good"), [(MIN, -1.0), (MAX, 1.0)])
def test_whose_proposals_are_among_the_best_earns_more_of_the_third_turns(
    way: tb.Direction, good: float
) -> None:
    subject = rule(NAMES, way, floor=0.25)
    names = turns(subject, START + 300, lambda name, n: good * n if name == "hyperopt:tpe" else 0.0)
    third = Counter(names[START + 2 :: 3])
    assert subject.credit["hyperopt:tpe"] > 0.95
    assert third["hyperopt:tpe"] > 2 * third["optuna:tpe"] > 20
    assert Counter(names[START:])["optuna:gp"] == 200


def test_the_floor_keeps_a_member_that_earns_nothing() -> None:
    for floor in (0.05, 0.5):
        subject = rule(floor=floor)
        names = turns(subject, START + 300, lambda name, n: -n if name == "hyperopt:tpe" else n)
        n_floored = Counter(names[START + 2 :: 3])["optuna:tpe"]
        assert n_floored == pytest.approx(100 * floor / (1 + floor), abs=8)


def test_credit_is_the_decayed_share_of_proposals_in_the_best_tenth() -> None:
    subject = rule()
    for number in range(20):
        subject.end(ended(float(number), foreign=True), "")
    for value, good in ((-1.0, 1.0), (2.5, 0.0), (1.5, 0.0), (0.5, 1.0)):
        before = subject.credit["optuna:tpe"]
        subject.end(ended(value), "optuna:tpe")
        assert subject.credit["optuna:tpe"] == pytest.approx(DECAY * before + (1 - DECAY) * good)


def test_with_several_objectives_credit_is_for_what_nothing_was_better_than() -> None:
    subject = rule(("optuna:gp", "optuna:tpe"), MIN, MAX)
    subject.end(ended(1.0, 1.0, foreign=True), "")
    for values, good in (((0.0, 0.0), 1), ((2.0, 0.5), 0), ((1.0, 1.0), 1), ((0.0, 2.0), 1), ((0.5, 1.5), 0)):
        before = subject.credit["optuna:tpe"]
        subject.end(ended(*values), "optuna:tpe")
        assert subject.credit["optuna:tpe"] == pytest.approx(DECAY * before + (1 - DECAY) * good), values


def test_failed_and_pruned_trials_cost_credit() -> None:
    subject = rule()
    for state in (PRUNED, tb.OutcomeState.FAILED):
        before = subject.credit["optuna:gp"]
        subject.end(ended(state=state), "optuna:gp")
        assert subject.credit["optuna:gp"] == pytest.approx(DECAY * before)


def test_a_process_that_models_no_branches_comes_last_where_there_are_conditions() -> None:
    assert rule(conditional=True).order(NOBODY)[0] == "optuna:tpe"
    assert rule(("optuna:gp",), conditional=True).order(NOBODY) == ["optuna:gp"]


def test_who_learns_from_pruned_trials_takes_over_where_most_are_pruned() -> None:
    subject = rule()
    subject.end(ended(1.0, foreign=True), "")
    for _ in range(2):
        assert subject.order(NOBODY)[0] == "optuna:gp"
        subject.end(ended(state=PRUNED, foreign=True), "")
    assert subject.order(NOBODY)[0] == "optuna:tpe"


def test_who_steps_back_gives_the_start_to_the_next_best_and_all_together_cannot() -> None:
    assert rule().order(frozenset({"optuna:gp"})) == ["optuna:tpe", "hyperopt:tpe"]
    assert rule().order(frozenset(NAMES))[0] == "optuna:gp"


def test_a_long_history_is_left_to_those_who_are_quick() -> None:
    subject = rule()
    for _ in range(LONG):
        assert "optuna:gp" in subject.order(NOBODY)
        subject.end(ended(1.0, foreign=True), "")
    assert "optuna:gp" not in subject.order(NOBODY)
    alone = rule(("optuna:gp",))
    for _ in range(LONG):
        alone.end(ended(1.0, foreign=True), "")
    assert alone.order(NOBODY) == ["optuna:gp"]
