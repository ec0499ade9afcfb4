"""The suite's proofs of learning: who goes the wrong way, or nowhere, fails; who learns passes."""

import inspect
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import Backend, Direction, OpenRequest, Outcome, OutcomeState
from tunebridge.testing import CLIMBER, RANDOM, BackendContract
from tunebridge.testing.evidence import FALSE_ALARM, MAX_SEEDS, is_shown
from tunebridge.testing.example_spaces import shapes
from tunebridge.testing.proposers import Climber, Drawing, proposer

MINIMIZE, MAXIMIZE = Direction.MINIMIZE, Direction.MAXIMIZE
COMPLETE, PRUNED, FAILED = OutcomeState.COMPLETE, OutcomeState.PRUNED, OutcomeState.FAILED

OWN = "test_it_goes_to_where_its_values_are_good_if_it_learns_and_else_they_move_nothing"
SEVERAL = "test_it_goes_to_where_all_of_several_values_are_good_if_it_learns"
FAILURES = "test_failures_do_not_look_good_to_one_that_learns"
FOREIGN = "test_foreign_trials_teach_if_declared_and_else_change_nothing"
PRUNING = "test_reports_of_pruned_trials_teach_if_declared_and_else_change_nothing"
LIMITS = "test_limits_draw_it_to_where_they_are_kept_if_it_learns_and_else_move_nothing"
SYMMETRIC = "test_maximising_proposes_what_minimising_the_negated_value_does"

ALL = {"learns": True, "observes_foreign_trials": True, "learns_from_pruned": True}


class Crooked(Climber):
    """Learns from outcomes as a change makes them; what the change drops is ignored."""

    def __init__(self, request: OpenRequest, *, change: Callable[[Outcome, OpenRequest], Any]) -> None:
        super().__init__(request)
        self.change = change

    def tell(self, outcome: Outcome) -> str:
        changed = self.change(outcome, self.request)
        return "ignored" if changed is None else super().tell(changed)


class Scatter(Climber):
    """Depends on what it is told, and goes nowhere."""

    def tell(self, outcome: Outcome) -> str:
        self.rng = random.Random(f"{outcome.values} {self.request.seed}")
        return "scattered"


def negated(outcome: Outcome) -> Outcome:
    reports = [tb.Report(report.step, -report.value) for report in outcome.reports]
    values = outcome.values and tuple(-value for value in outcome.values)
    return replace(outcome, values=values, reports=reports)


def wrong_way(*ways: Direction) -> Callable[[Outcome, OpenRequest], Outcome | None]:
    """Turn the signs of values in some directions, and ignore foreign and pruned trials."""

    def change(outcome: Outcome, request: OpenRequest) -> Outcome | None:
        if outcome.suggestion_id is None or outcome.state is PRUNED:
            return None
        return negated(outcome) if request.directions[0] in ways else outcome

    return change


def second_value_turned(outcome: Outcome, request: OpenRequest) -> Outcome:
    first, *rest = outcome.values or (0.0,)
    return replace(outcome, values=(first, *(-2 * value for value in rest))) if outcome.values else outcome


def turned_if(wanted: Callable[[Outcome], bool], way: Direction) -> Callable[[Outcome, OpenRequest], Outcome]:
    def change(outcome: Outcome, request: OpenRequest) -> Outcome:
        return negated(outcome) if wanted(outcome) and request.directions[0] is way else outcome

    return change


def beyond_as_good(outcome: Outcome, request: OpenRequest) -> Outcome:
    """Take a trial beyond its limits for the best of all."""
    best = -request.directions[0].sign * 1e9
    return replace(outcome, values=(best,)) if outcome.is_beyond else outcome


def failures_as(value: float) -> Callable[[Outcome, OpenRequest], Outcome]:
    def change(outcome: Outcome, request: OpenRequest) -> Outcome:
        return replace(outcome, values=(value,)) if outcome.state is FAILED else outcome

    return change


def crooked(change: Callable[[Outcome, OpenRequest], Any], **able: bool) -> Backend:
    return proposer("crooked", partial(Crooked, change=change), **able)


def run(claim: str, backend: Backend, direction: Direction, n_learning: int | None = None) -> None:
    """Run one test of the suite over a backend."""
    contract = BackendContract()
    contract.n_learning = n_learning or contract.n_learning
    test = getattr(contract, claim)
    given = {"chosen": backend, "eager": backend, "shapes": shapes(backend), "direction": direction}
    test(**{name: given[name] for name in inspect.signature(test).parameters})


FAULTS: dict[str, tuple[str, Direction, Backend]] = {
    **{
        f"the wrong way when told to {way}": (OWN, way, crooked(wrong_way(way), learns=True))
        for way in Direction
    },
    "the wrong way in both": (OWN, MINIMIZE, crooked(wrong_way(*Direction), learns=True)),
    "the wrong way, and does not say that it learns": (OWN, MAXIMIZE, crooked(wrong_way(*Direction))),
    "the wrong way in the second value": (SEVERAL, MINIMIZE, crooked(second_value_turned, **ALL)),
    **{
        f"the wrong way from foreign trials, to {way}": (
            FOREIGN,
            way,
            crooked(turned_if(lambda outcome: outcome.suggestion_id is None, way), **ALL),
        )
        for way in Direction
    },
    **{
        f"the wrong way from reports, to {way}": (
            PRUNING,
            way,
            crooked(turned_if(lambda outcome: outcome.state is PRUNED, way), **ALL),
        )
        for way in Direction
    },
    "foreign trials unseen": (FOREIGN, MINIMIZE, crooked(wrong_way(), **ALL)),
    "foreign trials seen and not declared": (FOREIGN, MINIMIZE, proposer("climber", Climber, learns=True)),
    "reports unseen": (PRUNING, MINIMIZE, crooked(wrong_way(), **ALL)),
    "reports seen and not declared": (PRUNING, MINIMIZE, proposer("climber", Climber, learns=True)),
    "failures as zero, which is good": (FAILURES, MINIMIZE, crooked(failures_as(0.0), **ALL)),
    "failures as a large loss, which is good": (FAILURES, MAXIMIZE, crooked(failures_as(1e9), **ALL)),
    **{
        f"draws, and claims to learn: {claim}": (claim, MINIMIZE, proposer("draws", Drawing, **ALL))
        for claim in (OWN, SEVERAL, FOREIGN, PRUNING)
    },
    "limits unseen, and declared": (
        LIMITS,
        MINIMIZE,
        crooked(lambda outcome, request: outcome, limits=True, **ALL),
    ),
    "limits as good": (LIMITS, MINIMIZE, crooked(beyond_as_good, limits=True, **ALL)),
    "is moved, and goes nowhere": (OWN, MINIMIZE, proposer("scatter", Scatter, learns=True)),
}
"""Which test has to fail, in which direction, for which faulty backend."""


@pytest.mark.parametrize("fault", FAULTS)
def test_who_learns_the_wrong_way_or_nothing_fails(fault: str) -> None:
    claim, direction, backend = FAULTS[fault]
    with pytest.raises(AssertionError, match="its proposals"):
        run(claim, backend, direction)


@pytest.mark.parametrize("way", Direction)
def test_a_wrong_way_in_one_direction_is_seen_in_that_one_alone(way: Direction) -> None:
    (other,) = set(Direction) - {way}
    run(OWN, crooked(wrong_way(way), learns=True), other)


def test_the_symmetric_test_alone_lets_a_wrong_way_in_both_directions_pass() -> None:
    run(SYMMETRIC, crooked(wrong_way(*Direction), learns=True), MINIMIZE)


@pytest.mark.parametrize("n_learning", [16, 64])
@pytest.mark.parametrize("curiosity", [0.05, 0.2, 0.6])
@pytest.mark.parametrize("direction", Direction)
def test_fast_and_slow_learners_pass_with_few_proposals_and_with_many(
    direction: Direction, curiosity: float, n_learning: int
) -> None:
    learner = proposer("learner", partial(Climber, curiosity=curiosity), **ALL)
    for claim in (OWN, FAILURES, PRUNING):
        run(claim, learner, direction, n_learning)


@pytest.mark.parametrize("n_learning", [4, 16, 256])
@pytest.mark.parametrize("idle", [Drawing, Scatter])
def test_whoever_learns_nothing_fails_with_few_proposals_and_with_many(
    idle: Callable[[OpenRequest], tb.Session], n_learning: int
) -> None:
    with pytest.raises(AssertionError, match="do not go to where"):
        run(OWN, proposer("idle", idle, learns=True), MINIMIZE, n_learning)


@pytest.mark.parametrize("backend", [CLIMBER, RANDOM], ids=lambda backend: backend.spec.name)
@pytest.mark.parametrize("claim", [OWN, SEVERAL, FAILURES, FOREIGN, PRUNING, LIMITS])
@pytest.mark.parametrize("direction", Direction)
def test_the_backends_of_the_suite_keep_what_they_promise(
    backend: Backend, claim: str, direction: Direction
) -> None:
    run(claim, backend, direction)


def test_false_alarms_are_as_rare_as_stated() -> None:
    rng = random.Random(0)
    n_games = 4000
    alarms = sum(is_shown(rng.choice([-1.0, 1.0]) for _ in count()) for _ in range(n_games))
    assert 0 < alarms <= FALSE_ALARM * n_games


def test_evidence_takes_no_more_seeds_than_it_needs() -> None:
    taken: list[float] = []

    def differences(signs: Iterator[float]) -> Iterator[float]:
        for sign in signs:
            taken.append(sign)
            yield sign

    assert is_shown(differences(iter([1.0] * MAX_SEEDS)))
    assert len(taken) == 7
    taken.clear()
    assert not is_shown(differences(iter([-1.0] * MAX_SEEDS)))
    assert len(taken) < MAX_SEEDS / 2
    assert not is_shown([0.0] * MAX_SEEDS)
    assert not is_shown([])
    assert is_shown([-1.0, 1.0] * 4 + [1.0] * 24)


class Failing(Climber):
    """Knows no failed trials, and so tells the worst value so far."""

    def __init__(self, request: OpenRequest) -> None:
        super().__init__(request)
        self.penalty = tb.Penalty(request.directions)

    def tell(self, outcome: Outcome) -> str:
        if outcome.state is PRUNED and outcome.reports:
            return super().tell(outcome)
        due = self.penalty.due(outcome)
        for one, values in due:
            super().tell(replace(one, state=COMPLETE, values=values))
        return "its value, or the worst so far" if due else "waits for the first value"


@pytest.mark.parametrize("direction", Direction)
def test_a_library_without_failed_trials_keeps_all_promises_with_a_penalty(direction: Direction) -> None:
    backend = proposer("failing", Failing, **ALL)
    for claim in (OWN, FAILURES, PRUNING, FOREIGN):
        run(claim, backend, direction)
