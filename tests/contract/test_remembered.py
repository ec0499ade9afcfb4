"""Which trials a sampler goes on being told of: the best, the latest, the farthest, an even sample."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean
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
MOST = 40
STAY = 36
"""How many stay of more than `MOST`, and of these three the best, three the latest, three the farthest."""


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


def test_up_to_the_bound_nothing_is_forgotten_and_past_it_a_tenth_of_the_bound_goes() -> None:
    outcomes = [complete(place / MOST, float(place)) for place in range(MOST + 1)]
    assert len(left(outcomes[:-1])) == MOST
    assert len(left(outcomes)) == STAY


@pytest.mark.parametrize(("way", "sign"), [(Direction.MINIMIZE, 1.0), (Direction.MAXIMIZE, -1.0)])
def test_the_best_the_latest_and_those_farthest_from_both_stay(way: Direction, sign: float) -> None:
    best, far = {7: 0.0, 19: 1.0, 31: 2.0}, {5: 1.0, 17: 0.0, 29: 0.75}
    outcomes = [complete(far.get(place, 0.5), sign * best.get(place, 9.0)) for place in range(400)]
    assert {*best, *far, 397, 398, 399} <= {*left(outcomes, directions=[way])}


def test_the_rest_is_an_even_sample_of_the_whole_study_by_age() -> None:
    kept = left([complete(0.5, float(place == 0)) for place in range(1000)])
    gaps = [later - earlier for earlier, later in pairwise(kept[6:-6])]
    assert len(kept) > MOST / 2
    assert 1000 / MOST / 2 < fmean(gaps) < 2 * 1000 / MOST
    assert max(gaps) < 4 * 1000 / MOST


def test_of_several_objectives_those_stay_that_no_other_is_better_than() -> None:
    front = [(0.0, 3.0), (1.0, 2.0), (3.0, 0.0)]
    worse = [(4.0 + place, 4.0 + place) for place in range(400)]
    both = [Direction.MINIMIZE, Direction.MAXIMIZE]
    outcomes = [complete(0.5, one, -other) for one, other in [*worse[:6], *front, *worse[6:]]]
    assert {6, 7, 8} <= {*left(outcomes, directions=both)}


def test_fronts_come_one_after_the_other() -> None:
    losses = {0: (2.0, 2.0), 1: (0.0, 1.0), 2: (1.0, 0.0), 3: (1.0, 2.0), 4: (1.0, 0.0)}
    assert fronts(losses, 5) == [1, 2, 4, 3, 0]
    assert fronts(losses, 2) == [1, 2, 4]
    assert fronts({}, 2) == []


def test_pruned_trials_come_after_complete_ones_by_how_far_they_came_and_their_last_report() -> None:
    pruned = [(1, 0.0), (3, 5.0), (3, 4.0), (2, 0.0)]
    outcomes = [ended(0.5, OutcomeState.PRUNED, [(0, 9.0), report]) for report in pruned]
    outcomes += [complete(0.5, 9.0), ended(0.5, OutcomeState.FAILED, [(9, 0.0)])]
    others = [ended(0.5, OutcomeState.INFEASIBLE)] * 200
    assert {204, 202, 201} <= {*left(others + outcomes + others)}


@pytest.mark.parametrize("state", [OutcomeState.FAILED, OutcomeState.PRUNED, OutcomeState.INFEASIBLE])
def test_where_nothing_has_a_value_as_many_stay(state: OutcomeState) -> None:
    assert len(left([ended(place / MOST, state) for place in range(MOST + 1)])) == STAY


def test_in_a_space_with_branches_each_branch_is_known_although_the_best_are_all_in_one() -> None:
    first = {"kind": "b", "v": 3, "label": "q", "order": 10, "only": 3}
    others = [{"kind": "a", "u": 0.5, "label": "p", "order": 1, "only": 3}] * 400
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
    with pytest.raises(tb.OptionError, match=r"remember .*must be an integer >= \d+"):
        tb.tune(problem, backend=tb.backend(backend, remember=wrong), n_trials=1)
    tb.tune(problem, backend=tb.backend(backend, remember=None), n_trials=1)


def test_explain_states_the_bound_and_says_nothing_without_one() -> None:
    bounded = tb.explain(LINE, tb.backend("optuna:tpe", remember=500))
    (note,) = bounded.notes
    assert "500 trials at most: the best, the latest, an even sample of the rest" in note
    assert "told of 500 trials at most" in " ".join(str(bounded).split())
    assert tb.explain(LINE, "optuna:tpe").notes == ()


def test_what_was_carried_states_the_bound() -> None:
    past = tb.tune(tb.Problem(lambda trial: trial["x"], LINE), backend="optuna:random", n_trials=70, seed=0)
    chosen = tb.backend("optuna:tpe", remember=60)
    result = tb.tune(past.problem, backend=chosen, n_trials=1, history=past, seed=0)
    assert result.carried is not None
    assert result.carried.n_told == 70
    assert "told of 60 trials at most" in str(result.carried)
