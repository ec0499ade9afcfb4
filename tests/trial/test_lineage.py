"""The lineage of a trial follows from its schedule, and its steps have no gap."""

from itertools import pairwise

import tunebridge as tb
from tunebridge.trial.lineage import lineage_of


def stretch(member: int, first: int, last: int, rate: float) -> tb.Stretch:
    return tb.Stretch(member=member, seed=10 + member, first=first, last=last, params={"rate": rate})


def test_a_trial_that_nothing_changed_is_one_stretch() -> None:
    assert lineage_of(3, 13, {"rate": 1.0}, (), 9) == (stretch(3, 0, 9, 1.0),)


def test_a_change_begins_a_new_stretch_and_two_of_one_step_begin_one() -> None:
    changes = [tb.Change(4, "rate", 2.0), tb.Change(4, "rate", 3.0), tb.Change(6, "rate", 4.0)]
    expected = (stretch(0, 0, 4, 1.0), stretch(0, 5, 6, 3.0), stretch(0, 7, 9, 4.0))
    assert lineage_of(0, 10, {"rate": 1.0}, changes, 9) == expected


def test_after_a_copy_the_lineage_is_the_donors_and_goes_on_at_its_step() -> None:
    donor = (stretch(1, 0, 4, 5.0), stretch(2, 5, 14, 6.0))
    copy = tb.Copy(step=9, donor=2, donor_step=14, params={"rate": 7.0}, lineage=donor)
    schedule: list[tb.Change | tb.Copy] = [
        tb.Change(3, "rate", 2.0),
        copy,
        tb.Change(9, "rate", 8.0),
        tb.Change(17, "rate", 9.0),
    ]
    expected = (*donor, stretch(0, 15, 17, 8.0), stretch(0, 18, 19, 9.0))
    found = lineage_of(0, 10, {"rate": 1.0}, schedule, 19)
    assert found == expected
    assert all(after.first == before.last + 1 for before, after in pairwise(found))


def test_a_copy_after_which_nothing_trained_is_a_stretch_of_no_steps() -> None:
    donor = (stretch(1, 0, 9, 5.0),)
    copy = tb.Copy(step=9, donor=1, donor_step=9, params={"rate": 5.0}, lineage=donor)
    assert lineage_of(0, 10, {"rate": 1.0}, [copy], 9)[-1] == stretch(0, 10, 9, 5.0)
