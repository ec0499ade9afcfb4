"""Who proposes next: the starter, then one of three to it and the others by credit."""

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


def rest(names: Sequence[str]) -> Counter[str]:
    """Count who had the turns that the starter did not keep."""
    return Counter(name for number, name in enumerate(names[START:]) if number % 3)


def test_the_best_starter_begins_alone_and_keeps_one_of_three_proposals() -> None:
    names = turns(rule(), START + 30)
    assert set(names[:START]) == {"optuna:gp"}
    assert names[START::3] == ["optuna:gp"] * 10
    assert rest(names) == {"hyperopt:tpe": 10, "optuna:tpe": 10}


def test_one_other_member_has_every_second_proposal() -> None:
    names = turns(rule(("hyperopt:tpe", "optuna:tpe")), START + 20)
    assert names[START:] == ["optuna:tpe", "hyperopt:tpe"] * 10


def test_with_a_floor_of_one_the_others_take_turns_whatever_they_find() -> None:
    names = turns(rule(floor=1.0), START + 30, lambda name, n: -n if name == "hyperopt:tpe" else n)
    others = [name for name in names[START:] if name != "optuna:gp"]
    assert others == ["hyperopt:tpe", "optuna:tpe"] * 10


def test_trials_of_others_and_open_ones_count_as_a_start() -> None:
    subject = rule()
    for _ in range(START - 5):
        subject.end(ended(1.0, foreign=True), "")
    for _ in range(5):
        assert subject.order(NOBODY)[0] == "optuna:gp"
        subject.begin()
    assert [subject.order(NOBODY)[0] == "optuna:gp" for _ in range(4)] == [True, False, False, True]


def test_infeasible_proposals_do_not_use_up_the_start() -> None:
    subject = rule()
    for _ in range(3 * START):
        assert subject.order(NOBODY)[0] == "optuna:gp"
        subject.begin()
        subject.end(ended(state=tb.OutcomeState.INFEASIBLE), "optuna:gp")
    assert subject.credit["optuna:gp"] == 0.5


@pytest.mark.parametrize(("way", "good"), [(MIN, -1.0), (MAX, 1.0)])
def test_whose_proposals_are_among_the_best_earns_more_of_the_other_turns(
    way: tb.Direction, good: float
) -> None:
    subject = rule(NAMES, way, floor=0.25)
    names = turns(subject, START + 300, lambda name, n: good * n if name == "hyperopt:tpe" else 0.0)
    others = rest(names)
    assert subject.credit["hyperopt:tpe"] > 0.95
    assert others["hyperopt:tpe"] > 2 * others["optuna:tpe"] > 40
    assert Counter(names[START:])["optuna:gp"] == 100


def test_the_floor_keeps_a_member_that_earns_nothing() -> None:
    for floor in (0.05, 0.5):
        subject = rule(floor=floor)
        names = turns(subject, START + 300, lambda name, n: -n if name == "hyperopt:tpe" else n)
        assert rest(names)["optuna:tpe"] == pytest.approx(200 * floor / (1 + floor), abs=10)


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
