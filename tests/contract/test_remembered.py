"""Which trials a sampler goes on being told of: the best, the latest, and some spread over the space."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import Direction, Outcome, OutcomeState, Remembered
from tunebridge.contract.remembered import fronts

LINE = tb.Space(x=tb.Float(0.0, 1.0))
TREE = tb.Space(
    kind=tb.Categorical({"a": tb.Space(u=tb.Float(0.0, 1.0)), "b": tb.Space(v=tb.Int(1, 9))}),
    label=tb.Categorical(["p", "q", "r"]),
    order=tb.Ordinal([1, 10, 100]),
    only=tb.Constant(3),
)
DOWN = [Direction.MINIMIZE]
MOST = 24


def complete(x: float, *values: float) -> Outcome:
    return Outcome(suggestion_id=None, params={"x": x}, state=OutcomeState.COMPLETE, values=values)


def ended(x: float, state: OutcomeState, reports: Sequence[tuple[int, float]] = ()) -> Outcome:
    told = [tb.Report(*report) for report in reports]
    return Outcome(suggestion_id=None, params={"x": x}, state=state, reports=told)


def left(
    outcomes: Iterable[Outcome],
    most: int | None = MOST,
    space: tb.Space = LINE,
    directions: Sequence[Direction] = DOWN,
) -> list[int]:
    """Return the keys that are remembered of outcomes told one after the other."""
    remembered = Remembered(most, space=space, directions=directions)
    known: set[int] = set()
    for key, outcome in enumerate(outcomes):
        known.add(key)
        gone = remembered.take(key, outcome)
        assert gone <= known
        known -= gone
        assert most is None or len(known) <= most
    return sorted(known)


def test_without_a_bound_nothing_is_forgotten() -> None:
    assert left([complete(0.5, 1.0)] * 50, most=None) == list(range(50))


def test_up_to_the_bound_nothing_is_forgotten_and_past_it_half_of_the_bound_stays() -> None:
    outcomes = [complete(place / MOST, float(place)) for place in range(MOST + 1)]
    assert len(left(outcomes[:-1])) == MOST
    assert len(left(outcomes)) == MOST // 2


@pytest.mark.parametrize(("way", "sign"), [(Direction.MINIMIZE, 1.0), (Direction.MAXIMIZE, -1.0)])
def test_the_best_the_latest_and_those_farthest_from_both_stay(way: Direction, sign: float) -> None:
    values = [0.0, 1.0, 2.0, 3.0, *[9.0] * 21]
    places = [0.50, 0.51, 0.52, 0.53, 0.54, 0.55, 1.0, 0.56, 0.0, 0.75, 0.25, *[0.5] * 14]
    outcomes = [complete(x, sign * value) for x, value in zip(places, values, strict=True)]
    assert left(outcomes, directions=[way]) == [0, 1, 2, 3, 6, 8, 9, 10, 21, 22, 23, 24]


def test_of_several_objectives_those_stay_that_no_other_is_better_than() -> None:
    front = [(0.0, 3.0), (1.0, 2.0), (2.0, 1.0), (3.0, 0.0)]
    worse = [(4.0 + place, 4.0 + place) for place in range(21)]
    both = [Direction.MINIMIZE, Direction.MAXIMIZE]
    outcomes = [complete(0.5, one, -other) for one, other in [*worse[:6], *front, *worse[6:]]]
    assert {6, 7, 8, 9} <= {*left(outcomes, directions=both)}


def test_fronts_come_one_after_the_other() -> None:
    losses = {0: (2.0, 2.0), 1: (0.0, 1.0), 2: (1.0, 0.0), 3: (1.0, 2.0), 4: (1.0, 0.0)}
    assert fronts(losses, 5) == [1, 2, 4, 3, 0]
    assert fronts(losses, 2) == [1, 2, 4]
    assert fronts({}, 2) == []


def test_pruned_trials_come_after_complete_ones_by_how_far_they_came_and_their_last_report() -> None:
    pruned = [(1, 0.0), (3, 5.0), (3, 4.0), (2, 0.0)]
    outcomes = [ended(0.5, OutcomeState.PRUNED, [(0, 9.0), report]) for report in pruned]
    outcomes += [complete(0.5, 9.0), ended(0.5, OutcomeState.FAILED, [(9, 0.0)])]
    outcomes += [ended(0.5, OutcomeState.INFEASIBLE)] * 19
    kept = left(outcomes)
    assert {4, 2, 1, 3} <= {*kept}
    assert {21, 22, 23, 24} <= {*kept}


@pytest.mark.parametrize("state", [OutcomeState.FAILED, OutcomeState.PRUNED, OutcomeState.INFEASIBLE])
def test_where_nothing_has_a_value_as_many_stay(state: OutcomeState) -> None:
    assert len(left([ended(place / 25, state) for place in range(25)])) == MOST // 2


def test_in_a_space_with_branches_each_branch_is_known_although_the_best_are_all_in_one() -> None:
    first = {"kind": "b", "v": 3, "label": "q", "order": 10, "only": 3}
    others = [{"kind": "a", "u": 0.5, "label": "p", "order": 1, "only": 3}] * 24
    outcomes = [
        Outcome(suggestion_id=None, params=params, state=OutcomeState.COMPLETE, values=(float(place),))
        for place, params in enumerate([*others[:8], first, *others[8:]])
    ]
    assert 8 in left(outcomes, space=TREE)


def test_the_same_outcomes_leave_the_same_trials_whatever_came_before_them_elsewhere() -> None:
    rng = random.Random(0)
    outcomes = [complete(rng.random(), rng.random()) for _ in range(200)]
    assert left(outcomes) == left(outcomes)
    assert 0 < len(left(outcomes)) <= MOST


def test_the_best_of_all_is_never_forgotten() -> None:
    rng = random.Random(1)
    values = [rng.random() for _ in range(300)]
    best = values.index(min(values))
    assert best in left([complete(rng.random(), value) for value in values])


@pytest.mark.parametrize("wrong", [0, -1, 59, 2.5, "all", True])
@pytest.mark.parametrize("backend", ["optuna:tpe", "optuna:gp", "hyperopt:tpe"])
def test_a_bound_must_leave_what_a_sampler_begins_with(backend: str, wrong: Any) -> None:
    problem = tb.Problem(lambda trial: trial["x"], LINE)
    with pytest.raises(tb.OptionError, match=r"remember must be an integer >= \d+") as caught:
        tb.tune(problem, backend=tb.backend(backend, remember=wrong), n_trials=1)
    assert caught.value.hint
    tb.tune(problem, backend=tb.backend(backend, remember=None), n_trials=1)


def test_explain_states_the_bound_and_says_nothing_without_one() -> None:
    bounded = tb.explain(LINE, tb.backend("optuna:tpe", remember=500))
    (note,) = bounded.notes
    assert "500 trials at most: the best, the latest, some spread over the space" in note
    assert "told of 500 trials at most" in " ".join(str(bounded).split())
    assert tb.explain(LINE, "optuna:tpe").notes == ()


def test_what_was_carried_states_the_bound() -> None:
    past = tb.tune(tb.Problem(lambda trial: trial["x"], LINE), backend="optuna:random", n_trials=70, seed=0)
    chosen = tb.backend("optuna:tpe", remember=60)
    result = tb.tune(past.problem, backend=chosen, n_trials=1, history=past, seed=0)
    assert result.carried is not None
    assert result.carried.n_told == 70
    assert "told of 60 trials at most" in str(result.carried)
