"""The worst value so far, for libraries that know no failed trials."""

import math
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import Direction, Outcome, OutcomeState

MINIMIZE, MAXIMIZE = Direction.MINIMIZE, Direction.MAXIMIZE
FAILED = OutcomeState.FAILED


def outcome(number: int, *values: float, state: OutcomeState = OutcomeState.COMPLETE) -> Outcome:
    return Outcome(suggestion_id=number, params={}, state=state, values=values or None)


def told(penalty: tb.Penalty, *given: Any) -> list[tuple[int | None, tuple[float, ...]]]:
    return [(one.suggestion_id, values) for one, values in penalty.due(*given)]


@pytest.mark.parametrize(("direction", "worst"), [(MINIMIZE, 3.0), (MAXIMIZE, -1.0)])
def test_a_failure_is_told_as_the_worst_value_so_far(direction: Direction, worst: float) -> None:
    penalty = tb.Penalty([direction])
    for number, value in enumerate((2.0, 3.0, -1.0)):
        assert told(penalty, outcome(number, value)) == [(number, (value,))]
    assert told(penalty, outcome(3, state=FAILED)) == [(3, (worst,))]
    assert penalty.worst == (worst,)


def test_failures_before_the_first_value_wait_for_it_and_come_after_it() -> None:
    penalty = tb.Penalty([MINIMIZE])
    assert penalty.worst is None
    assert told(penalty, outcome(0, state=FAILED)) == []
    assert told(penalty, outcome(1, state=OutcomeState.INFEASIBLE)) == []
    assert told(penalty, outcome(2, 5.0)) == [(2, (5.0,)), (0, (5.0,)), (1, (5.0,))]
    assert told(penalty, outcome(3, state=OutcomeState.PRUNED)) == [(3, (5.0,))]


def test_the_worst_of_several_objectives_is_that_of_each() -> None:
    penalty = tb.Penalty([MINIMIZE, MAXIMIZE])
    penalty.note(outcome(0, 1.0, 10.0))
    penalty.note(outcome(1, 2.0, 20.0))
    penalty.note(outcome(2, state=FAILED))
    assert penalty.worst == (2.0, 10.0)


def test_a_value_of_zero_is_a_value() -> None:
    penalty = tb.Penalty([MAXIMIZE])
    assert told(penalty, outcome(0, 0.0)) == [(0, (0.0,))]
    assert all(map(math.isfinite, penalty.worst or (math.inf,)))
