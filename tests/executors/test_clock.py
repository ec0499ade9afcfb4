"""The clock of a slot: what it shows, to whom, and what it leaves out."""

import os

import pytest

from tunebridge.executors import clock as module
from tunebridge.executors.clock import Clock


class Moments:
    """A time that moves when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> Moments:
    moments = Moments()
    monkeypatch.setattr(module, "monotonic", moments)
    return moments


def test_it_counts_what_lies_outside_its_pauses(moments: Moments) -> None:
    clock = Clock()
    assert (clock.attempt, clock.seconds) == (None, 0.0)
    clock.begin(7)
    moments.now += 2.0
    assert (clock.attempt, clock.seconds) == (7, 2.0)
    for _ in range(3):
        clock.pause()
        moments.now += 100.0
        assert clock.seconds == pytest.approx(2.0)
        clock.go_on()
    moments.now += 0.5
    assert clock.seconds == pytest.approx(2.5)
    clock.end()
    moments.now += 1.0
    assert (clock.attempt, clock.seconds) == (7, 0.0)
    clock.begin(8)
    assert (clock.attempt, clock.seconds) == (8, 0.0)


def test_pauses_of_several_threads_are_one(moments: Moments) -> None:
    clock = Clock()
    clock.begin(7)
    moments.now += 2.0
    for change in (clock.pause, clock.pause, clock.go_on, clock.go_on):
        change()
        moments.now += 1.0
    assert clock.seconds == pytest.approx(4.0)


def test_the_time_of_turns_before_is_used_already(moments: Moments) -> None:
    clock = Clock()
    clock.begin(7, 3.0)
    moments.now += 2.0
    assert (clock.seconds, clock.used) == (2.0, 5.0)
    clock.end()
    assert clock.used == 0.0
    clock.begin(8)
    moments.now += 1.0
    assert clock.used == 1.0


def test_the_first_attempt_of_a_study_is_one() -> None:
    clock = Clock()
    clock.begin(0)
    assert clock.attempt == 0


@pytest.mark.parametrize("forgets", [False, True])
def test_a_forked_child_writes_it_unless_it_forgets_it(forgets: bool) -> None:
    clock = Clock()
    child = os.fork()
    if child == 0:
        if forgets:
            clock.forget()
        clock.begin(3)
        os._exit(0)
    os.waitpid(child, 0)
    assert clock.attempt == (None if forgets else 3)
