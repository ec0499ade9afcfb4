"""The schedule of a trial goes through JSON unchanged, copies of donors in other branches too."""

import json

import tunebridge as tb
from tunebridge.stores import schedules

SPACE = tb.Space(
    rate=tb.Float(0, 1),
    kind=tb.Categorical({"sgd": tb.Space(momentum=tb.Ordinal([0.0, 0.9])), "adam": tb.Space()}),
)
ADAM = {"rate": 0.5, "kind": "adam"}
SGD = {"rate": 0.25, "kind": "sgd", "momentum": 0.9}


def test_changes_and_copies_come_back_in_their_order() -> None:
    stretch = tb.Stretch(member=2, seed=7, first=0, last=4, params=SGD)
    copy = tb.Copy(step=4, donor=2, donor_step=4, params=SGD, lineage=(stretch,))
    again = tb.Copy(step=9, donor=1, donor_step=9, params=ADAM, lineage=())
    given: list[tb.Change | tb.Copy] = [
        tb.Change(1, "rate", 0.125),
        tb.Change(4, "rate", 0.0, "clipped from -1"),
        copy,
        tb.Change(4, "momentum", 0.0, "explored"),
        again,
    ]
    notes = json.loads(json.dumps(schedules.written(SPACE, ADAM, given)))
    assert schedules.read(SPACE, ADAM, notes) == given


def test_a_schedule_without_copies_is_written_as_before() -> None:
    notes = schedules.written(SPACE, ADAM, [tb.Change(1, "rate", 0.125)])
    assert notes == {"schedule": [[1, "rate", 0.125, ""]]}
    assert schedules.read(SPACE, ADAM, {}) == []
