"""What runs in other processes of a shared study is pending for a session that heeds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.testing.proposers import Climber, proposer

PROBLEM = tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Float(0.0, 1.0)))


class Noting(Climber):
    """Notes what it is told of; the sessions of one test in the order in which they were opened."""

    opened: list[Noting]

    def __init__(self, request: tb.OpenRequest) -> None:
        super().__init__(request)
        self.elsewhere: dict[int, float] = {}
        self.told: list[tuple[int | None, float, tb.OutcomeState]] = []
        type(self).opened.append(self)

    def heed(self, params: Mapping[str, Any]) -> int:
        number = 100 + len(self.elsewhere)
        self.elsewhere[number] = params["x"]
        return number

    def tell(self, outcome: tb.Outcome) -> str:
        self.told.append((outcome.suggestion_id, outcome.params["x"], outcome.state))
        return super().tell(outcome)


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> tb.Backend:
    """Return a backend whose sessions note what they are told of."""
    monkeypatch.setattr(Noting, "opened", [], raising=False)
    able = {"learns": True, "observes_foreign_trials": True, "heeds_pending": True}
    return proposer("noting", Noting, **able)


def test_it_is_heeded_once_and_its_end_is_told_under_that_number(
    backend: tb.Backend, new_store: Callable[[str], str]
) -> None:
    where: dict[str, Any] = {"backend": backend, "storage": new_store("sqlite"), "study": "s", "seed": 0}
    complete = tb.OutcomeState.COMPLETE
    with ExitStack() as last:
        one, other = (
            last.enter_context(tb.open_study(PROBLEM, n_trials=9, join=True, **where)) for _ in range(2)
        )
        _, heard = Noting.opened
        first = one.ask()
        assert first is not None
        own = other.ask()
        assert own is not None
        assert heard.elsewhere == {100: first["x"]}
        one.tell(first, 2.0)
        other.tell(own, 1.0)
        second = other.ask()
        assert second is not None
        assert heard.told == [(1, own["x"], complete), (100, first["x"], complete)]
        third = last.enter_context(tb.open_study(PROBLEM, n_trials=9, join=True, **where))
        assert third.ask() is not None
        late = Noting.opened[-1]
        assert late.elsewhere == {100: second["x"]}, "it ran when the process joined"
        assert sorted(told[0] is None for told in late.told) == [True, True]


def test_what_a_process_has_left_stays_pending_until_it_ends_in_another(
    backend: tb.Backend, new_store: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunebridge.study.others.LOOK_SECONDS", 0.0)
    where: dict[str, Any] = {"backend": backend, "storage": new_store("sqlite"), "study": "s", "seed": 0}
    one = tb.open_study(PROBLEM, n_trials=3, join=True, **where)
    left = one.ask()
    assert left is not None
    with tb.open_study(PROBLEM, n_trials=3, join=True, **where) as other:
        assert other.ask() is not None
        one.close()
        again = other.ask()
        assert again is not None
        assert (again.number, again.attempt) == (left.number, 1)
        other.tell(again, 1.0)
        heard = Noting.opened[-1]
        assert heard.elsewhere == {100: left["x"]}
        assert heard.told == [(100, left["x"], tb.OutcomeState.COMPLETE)]
