"""What a store has of a member, as the population was told of it while it trained."""

from collections.abc import Sequence
from dataclasses import replace

import tunebridge as tb
from tests.population.training import tune
from tunebridge.stores.timeline import Attempt
from tunebridge.study.past_member import PastMember
from tunebridge.trial.origin import Origin


def member(steps: Sequence[int], copies: Sequence[tuple[int, int]], last: int) -> PastMember:
    """Return a member that reported these steps, and copied checkpoints of a donor's steps."""
    record = tune().trials[0]
    made = [
        tb.Copy(step=step, donor=1, donor_step=donor_step, params=record.params, lineage=())
        for step, donor_step in copies
    ]
    reports = tuple(tb.Report(step=step, value=float(step)) for step in steps)
    record = replace(record, reports=reports, schedule=tuple(made))
    attempt = Attempt(record=record, origin=Origin(backend="optuna:random"), checkpoint=last)
    return PastMember(attempt, tb.Population(size=4, every=2))


def test_an_interval_that_a_donor_has_trained_is_none_of_the_members_own() -> None:
    one = member([0, 1, 4, 5, 6, 7, 10, 11], [(1, 3), (7, 9)], last=10)
    assert {n: report.step for n, report in one.arrivals.items()} == {1: 1, 3: 5, 4: 7, 6: 11}
    assert one.n_intervals == 4
    others = {0: one, 1: member(range(12), [], last=11)}
    gained = one.gained(3, others)
    assert (gained.first, gained.last, gained.before, gained.after) == (4, 5, 3.0, 5.0)


def test_steps_that_are_far_apart_end_several_intervals_at_once() -> None:
    one = member([4, 9, 14], [], last=14)
    assert {n: report.step for n, report in one.arrivals.items()} == {2: 4, 5: 9, 7: 14}
    gained = one.gained(5, {0: one})
    assert (gained.first, gained.last, gained.before) == (5, 9, 4.0)
