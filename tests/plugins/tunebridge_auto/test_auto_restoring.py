"""A stored study of several members goes on from their states, as if it had not stopped; nobody is asked."""

from collections.abc import Iterator
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.stores.memory import MemoryStore
from tunebridge_auto import costs
from tunebridge_auto.member import Member

pytestmark = pytest.mark.usefixtures("short")

NAMES = ["hyperopt:anneal", "hyperopt:tpe", "optuna:tpe"]
SPACE = tb.Space(
    x=tb.Float(0, 1),
    n=tb.Int(1, 5),
    kind=tb.Categorical({"a": tb.Space(m=tb.Normal(0, 1)), "b": None}),
)
RULED = tb.Space(dict(SPACE), constraints=[tb.Constraint(lambda params: params["n"] != 3, "n is not 3")])
FLAT = tb.Space(x=tb.Float(0, 1), n=tb.Int(1, 5))
FEW = tb.Space(n=tb.Int(1, 6), k=tb.Categorical(["a", "b", "c"]))
"""Its 18 points are used up soon, and members propose known ones before that."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the names of members that are asked."""
    names: list[str] = []
    ask = Member.ask

    def noted(self: Member) -> Any:
        names.append(self.spec.name)
        return ask(self)

    monkeypatch.setattr(Member, "ask", noted)
    return names


def value(trial: tb.Trial) -> float:
    return float(abs(trial.get("x", 0.5) - 0.3) + abs(trial["n"] - 2) / 9)


def run(space: tb.Space, n_trials: int, members: Any = NAMES, **more: Any) -> tb.Result:
    chosen = tb.backend("auto", members=members, share=None)
    fixed = {"backend": chosen, "n_trials": n_trials, "seed": 3, "study": "s"}
    return tb.tune(tb.Problem(value, space), **{**fixed, **more})


def course(result: tb.Result) -> list[tuple[Any, ...]]:
    return [(trial.proposer, trial.params, trial.told) for trial in result.trials]


@pytest.mark.parametrize("space", [SPACE, RULED, FEW], ids=["free", "ruled", "few points"])
@pytest.mark.parametrize("n_before", [3, 9, 17, 23])
def test_a_study_goes_on_as_if_it_had_not_stopped_and_its_members_are_not_asked_again(
    space: tb.Space, n_before: int, asked: list[str]
) -> None:
    run(space, n_before - 1)
    n_asks = len(asked)
    asked.clear()
    whole = run(space, 26)
    after = asked[n_asks:]
    assert len({trial.proposer for trial in whole.trials}) > 2
    store = MemoryStore()
    run(space, n_before, storage=store)
    asked.clear()
    resumed = run(space, 26, storage=store)
    assert resumed.carried is not None
    assert resumed.carried.exact
    assert course(resumed) == course(whole)
    assert asked == after, "but for the last trial before it stopped, which is asked for again"


def test_what_a_clock_decided_is_taken_up_too(monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    def decisions() -> Iterator[str]:
        while True:
            yield from ("", "without optuna:tpe", "", "without hyperopt:tpe")

    def patched(source: Iterator[str]) -> None:
        monkeypatch.setattr(costs.Costs, "decide", lambda self, names: next(source))

    patched(decisions())
    whole = run(SPACE, 20)
    store, source = MemoryStore(), decisions()
    patched(source)
    run(SPACE, 12, storage=store)
    asked.clear()
    resumed = run(SPACE, 20, storage=store)
    assert len(asked) <= 9
    assert course(resumed) == course(whole)


def test_members_that_can_neither_be_restored_nor_recalled_are_asked_again(asked: list[str]) -> None:
    members = [*NAMES, "nevergrad:de"]
    whole, store = run(FLAT, 20, members), MemoryStore()
    n_asks = asked.count("nevergrad:de")
    run(FLAT, 12, members, storage=store)
    asked.clear()
    resumed = run(FLAT, 20, members, storage=store)
    assert asked.count("nevergrad:de") == n_asks > 0
    assert course(resumed) == course(whole)


def test_a_study_that_looks_ahead_by_a_clock_goes_on_exactly() -> None:
    chosen = tb.backend("auto", members=NAMES, lookahead=1)
    way = {"backend": chosen, "executor": "threads", "n_jobs": 1}
    store = MemoryStore()
    first = run(SPACE, 12, storage=store, **way)
    resumed = run(SPACE, 14, storage=store, **way)
    assert resumed.carried is not None
    assert resumed.carried.exact
    assert course(resumed)[:12] == course(first)
