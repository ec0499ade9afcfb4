"""Costly members propose by themselves while trials run side by side, and take up what they made ahead."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.study import keepsakes
from tunebridge_auto.member import Member
from tunebridge_auto.session import AutoSession

pytestmark = pytest.mark.usefixtures("short")

SPACE = tb.Space(x=tb.Float(0, 1), n=tb.Int(1, 5))
FEW = tb.Space(n=tb.Int(1, 6), k=tb.Categorical(["a", "b", "c"]))
RULED = tb.Space(SPACE, constraints=[tb.Constraint(lambda params: params["n"] != 3, "n is not 3")])
MEMBERS: Mapping[str, Mapping[str, Any]] = {"hyperopt:tpe": {}, "optuna:tpe": {"lookahead": 1}}
BESIDE: dict[str, Any] = {"executor": "threads", "n_jobs": 2}


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the names of members that are asked ahead."""
    names: list[str] = []
    is_ahead: list[bool] = []
    ask, prepare = Member.ask, AutoSession.prepare

    def noted(self: Member) -> Any:
        names.extend([self.spec.name] * len(is_ahead))
        return ask(self)

    def prepared(self: AutoSession) -> bool:
        is_ahead.append(True)
        try:
            return prepare(self)
        finally:
            is_ahead.clear()

    monkeypatch.setattr(Member, "ask", noted)
    monkeypatch.setattr(AutoSession, "prepare", prepared)
    return names


def value(trial: tb.Trial) -> float:
    return float(abs(trial.get("x", 0.5) - 0.3) + abs(trial["n"] - 2) / 9)


def run(space: tb.Space = SPACE, *, n_trials: int = 20, members: Any = MEMBERS, **more: Any) -> tb.Result:
    options = more.pop("options", {})
    chosen = tb.backend("auto", members=members, share=None, **options)
    fixed = {"backend": chosen, "n_trials": n_trials, "seed": 3, "study": "s"}
    return tb.tune(tb.Problem(value, space), **{**fixed, **more})


def test_who_looks_ahead_proposes_so_when_its_turn_comes_and_others_do_not(ahead: list[str]) -> None:
    run(**BESIDE)
    assert len(ahead) > 5
    assert {*ahead} == {"optuna:tpe"}


@pytest.mark.parametrize(
    ("where", "options"),
    [
        ({"executor": "threads", "n_jobs": 1}, {}),
        ({**BESIDE, "deterministic": True}, {}),
        ({}, {}),
        (BESIDE, {"lookahead": 0}),
    ],
    ids=str,
)
def test_nobody_does_alone_in_a_fixed_order_inline_or_where_it_is_switched_off(
    where: Mapping[str, Any], options: Mapping[str, Any], ahead: list[str]
) -> None:
    run(options=options, **where)
    assert ahead == []


def test_the_turns_are_those_without_it() -> None:
    whole = run()
    beside = run(**BESIDE)
    assert [one.proposer for one in beside.trials] == [one.proposer for one in whole.trials]


@pytest.mark.parametrize("space", [SPACE, RULED, FEW], ids=["free", "ruled", "few points"])
@pytest.mark.parametrize("n_before", [7, 13])
@pytest.mark.usefixtures("quiet_libraries")
def test_by_its_state_a_study_goes_on_as_one_whose_members_are_asked_again(
    space: tb.Space, n_before: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(space, n_trials=n_before, storage=f"sqlite:///{tmp_path}/one.db", **BESIDE)
    shutil.copy(tmp_path / "one.db", tmp_path / "other.db")
    asks: list[str] = []
    ask = Member.ask

    def noted(self: Member) -> Any:
        asks.append(self.spec.name)
        return ask(self)

    monkeypatch.setattr(Member, "ask", noted)
    restored = run(space, n_trials=n_before + 6, storage=f"sqlite:///{tmp_path}/one.db")
    n_restored = len(asks)
    monkeypatch.setattr(keepsakes.Keepsakes, "restore", _refuse)
    asked = run(space, n_trials=n_before + 6, storage=f"sqlite:///{tmp_path}/other.db")
    for one in (restored, asked):
        assert one.carried is not None
        assert one.carried.exact
    assert [dict(one.params) for one in restored.trials] == [dict(one.params) for one in asked.trials]
    assert n_restored < len(asks) - n_restored


def _refuse(self: keepsakes.Keepsakes, calls: int, state: Mapping[str, Any]) -> None:
    raise ValueError("not this time")


def test_what_came_out_says_who_looks_ahead(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/s.db"
    said = "optuna:tpe proposes ahead where trials run side by side in no fixed order: it knows one outcome"
    assert said in run(n_trials=3, storage=url).why
    assert said in tb.load_study(url, "s").why


def test_the_gaussian_process_that_auto_chooses_itself_looks_ahead(ahead: list[str]) -> None:
    chosen = tb.backend("auto", share=None)
    tb.tune(tb.Problem(value, SPACE), backend=chosen, n_trials=6, seed=0, **BESIDE)
    assert {*ahead} == {"optuna:gp"}
