"""Sessions that own those of others: whose proposal a trial is, and what was decided."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tunebridge_turns import TurnsSession

import tunebridge as tb
from tunebridge.registry.choice import Backend
from tunebridge.stores.memory import MemoryStore
from tunebridge.study import keepsakes
from tunebridge.testing import CLIMBER, RANDOM
from tunebridge.testing.proposers import Climber, Drawing, proposer

SPACE = tb.Space(x=tb.Float(0.0, 1.0), n=tb.Int(1, 40))
PROBLEM = tb.Problem(lambda trial: abs(float(trial["x"]) - 0.3) + trial["n"] / 40, SPACE)
TURNS = "turns:two"


class Clocked:
    """Asks one of two members as a clock says, which nobody can turn back."""

    clock: list[str] = []  # noqa: RUF012 - set by a fixture
    repeated: list[str] = []  # noqa: RUF012 - set by a fixture

    def __init__(self, request: tb.OpenRequest) -> None:
        self._members = {"drawing": Drawing(request), "climbing": Climber(request)}
        self._is_fixed = False
        self._asked: list[tuple[str, int]] = []

    def ask(self) -> tb.Suggestion:
        return self._ask("" if self._is_fixed else self.clock.pop(0))

    def ask_again(self, decided: str) -> tb.Suggestion:
        self.repeated.append(decided)
        return self._ask(decided)

    def decide_nothing(self) -> None:
        self._is_fixed = True

    def _ask(self, decided: str) -> tb.Suggestion:
        by = decided or "climbing"
        suggestion = self._members[by].ask()
        self._asked.append((by, suggestion.id))
        return tb.Suggestion(len(self._asked) - 1, suggestion.params, by=by, decided=decided)

    def tell(self, outcome: tb.Outcome) -> str:
        return self._members["climbing"].tell(outcome)

    def close(self) -> None:
        self._asked.clear()


CLOCKED = proposer("clocked", Clocked, learns=True, observes_foreign_trials=True)


@pytest.fixture(autouse=True)
def clock() -> None:
    Clocked.clock[:] = ["drawing", "climbing", "", "drawing", "climbing", "drawing", "", "climbing"] * 3
    Clocked.repeated.clear()


def tune(backend: Any, n_trials: int, store: Any, **more: Any) -> tb.Result:
    return tb.tune(PROBLEM, backend=backend, n_trials=n_trials, seed=3, storage=store, study="s", **more)


def params(result: tb.Result) -> list[Mapping[str, Any]]:
    return [trial.params for trial in result.trials]


@pytest.mark.parametrize("scheme", ["memory", "sqlite", "journal", "jsonlines"])
def test_every_store_keeps_whose_proposal_a_trial_is(scheme: str, tmp_path: Path) -> None:
    store = MemoryStore() if scheme == "memory" else f"{scheme}:///{tmp_path}/studies"
    result = tune(TURNS, 3, store)
    assert [trial.proposer for trial in result.trials] == ["optuna:tpe", "hyperopt:tpe", "optuna:tpe"]
    assert {trial.backend for trial in result.trials} == {TURNS}
    loaded = tb.load_study(store, "s")
    assert [trial.member for trial in loaded.trials] == [trial.member for trial in result.trials]


def test_the_proposer_is_the_backend_where_it_has_no_members() -> None:
    result = tune(RANDOM, 2, MemoryStore(), initial=[{"x": 0.5, "n": 1}])
    assert [trial.proposer for trial in result.trials] == ["initial", RANDOM.spec.name]
    assert {trial.member for trial in result.trials} == {""}


@pytest.mark.parametrize(
    ("members", "is_able"),
    [(["optuna:tpe", "hyperopt:tpe"], True), (["optuna:tpe", "nevergrad:de"], False)],
    ids=["all", "one of two"],
)
def test_a_portfolio_has_a_power_where_all_its_members_have_it(
    members: list[str], is_able: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keepsakes, "MIN_SECONDS", 0.0)
    made, restored = list[bool](), list[Any]()
    prepare, restore = TurnsSession.prepare, TurnsSession.restore

    def prepared(self: TurnsSession) -> bool:
        made.append(prepare(self))
        return made[-1]

    def noted(self: TurnsSession, state: Any) -> None:
        restored.append(state)
        restore(self, state)

    monkeypatch.setattr(TurnsSession, "prepare", prepared)
    monkeypatch.setattr(TurnsSession, "restore", noted)
    chosen = tb.backend(TURNS, members={name: {} for name in members}, lookahead=1)
    store = MemoryStore()
    tune(chosen, 8, store, executor="threads", n_jobs=1)
    resumed = tune(chosen, 10, store, executor="threads", n_jobs=1)
    assert resumed.carried is not None
    assert resumed.carried.exact
    assert (any(made), bool(restored)) == (is_able, is_able)


def test_what_a_trial_says_of_its_telling_names_each_member() -> None:
    first, second = tune(TURNS, 2, MemoryStore()).trials
    assert first.told == "optuna:tpe: COMPLETE; hyperopt:tpe: status ok with its loss, injected"
    assert second.told == "optuna:tpe: COMPLETE, added; hyperopt:tpe: status ok with its loss"


def test_a_trial_that_is_tried_again_is_still_the_members() -> None:
    store = MemoryStore()
    study = tb.open_study(PROBLEM, backend=TURNS, n_trials=2, seed=3, storage=store, study="s")
    begun = study.ask()
    assert begun is not None
    store.close()
    again = tune(TURNS, 2, store).trials[0]
    assert (again.attempt, again.proposer, again.params) == (1, "optuna:tpe", dict(begun))


@pytest.mark.parametrize("scheme", ["memory", "sqlite"])
def test_decisions_by_a_clock_are_repeated_as_a_study_goes_on(scheme: str, tmp_path: Path) -> None:
    whole = tune(CLOCKED, 8, MemoryStore())
    Clocked.clock[:] = ["drawing", "climbing", "", "drawing", "climbing"]
    store = MemoryStore() if scheme == "memory" else f"{scheme}:///{tmp_path}/studies.db"
    tune(CLOCKED, 5, store)
    Clocked.clock[:] = ["drawing", "", "climbing"]
    resumed = tune(CLOCKED, 8, store)
    assert Clocked.repeated == ["drawing", "climbing", "", "drawing", "climbing"]
    assert resumed.carried is not None
    assert resumed.carried.exact
    assert params(resumed) == params(whole)
    assert [trial.proposer for trial in resumed.trials] == [trial.proposer for trial in whole.trials]


def test_rejected_suggestions_are_asked_for_again_under_the_same_decision() -> None:
    class Bound:
        def __call__(self, trial: Mapping[str, Any]) -> bool:
            return bool(trial["n"] > 20)

    space = tb.Space(x=tb.Float(0.0, 1.0), n=tb.Int(1, 40), constraints=[tb.Constraint(Bound(), "n > 20")])
    problem = tb.Problem(PROBLEM.objective, space)

    def run(n_trials: int, store: Any) -> tb.Result:
        return tb.tune(problem, backend=CLOCKED, n_trials=n_trials, seed=3, storage=store, study="s")

    Clocked.clock[:] = ["drawing"] * 100
    whole, store = run(6, MemoryStore()), MemoryStore()
    run(4, store)
    resumed = run(6, store)
    assert len(Clocked.repeated) > 4
    assert resumed.carried is not None
    assert resumed.carried.exact
    assert params(resumed) == params(whole)


def test_nothing_is_decided_by_a_clock_where_a_fixed_order_is_wanted() -> None:
    Clocked.clock.clear()
    result = tune(CLOCKED, 3, MemoryStore(), deterministic=True)
    assert [trial.proposer for trial in result.trials] == ["climbing"] * 3


def test_the_members_of_a_stored_study_stay_whoever_is_installed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = f"sqlite:///{tmp_path}/studies.db"
    only = {"optuna:tpe": {"n_startup_trials": 3}}
    tune(tb.backend(TURNS, members=only), 2, store)
    assert tb.default_backend(store, "s").options == {"members": only}
    result = tune(TURNS, 4, store)
    assert result.carried is not None
    assert result.carried.exact
    assert {trial.proposer for trial in result.trials} == {"optuna:tpe"}


def test_a_machine_without_a_member_of_a_stored_study_is_told_and_nobody_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = f"sqlite:///{tmp_path}/studies.db"
    tune(TURNS, 2, store)
    monkeypatch.setattr(
        "tunebridge.dependencies.installed_version", lambda name: None if name == "hyperopt" else "1"
    )
    for backend in (TURNS, None):
        with pytest.raises(tb.MissingLibraryError, match="'turns:two' needs hyperopt") as caught:
            tune(backend, 3, store)
        assert 'pip install "tunebridge[hyperopt]"' in caught.value.hint
        assert caught.value.hint.endswith("choose optuna:tpe itself")
    assert len(tb.load_study(store, "s").trials) == 2


def test_other_members_are_another_session() -> None:
    store = MemoryStore()
    tune(TURNS, 2, store)
    result = tune(tb.backend(TURNS, members={"optuna:tpe": {}}), 3, store)
    assert result.carried is not None
    assert not result.carried.exact
    assert "members was" in result.carried.reason


def test_a_backend_of_others_needs_what_its_members_need() -> None:
    chosen = tb.backend(TURNS, members={"hyperopt:tpe": {}, "sklearn:random": {}})
    assert chosen.requires == ("hyperopt", "scikit-learn", "scipy")
    assert [member.spec.name for member in chosen.members] == ["hyperopt:tpe", "sklearn:random"]
    assert tb.backend("hyperopt:tpe").members == []


def test_members_that_cannot_take_the_problem_are_left_out_as_a_study_begins() -> None:
    problem = tb.Problem(lambda trial: (trial["x"], -trial["x"]), SPACE, ["minimize", "minimize"])
    study = tb.open_study(problem, backend=TURNS, n_trials=2, seed=0)
    assert study.result.backend == TURNS
    study.close()
    settled = tb.backend(TURNS).settled(SPACE, problem.directions)
    assert list(settled.options["members"]) == ["optuna:tpe"]


def test_a_member_is_opened_with_a_translation_options_and_a_seed_of_its_own() -> None:
    got: list[tb.OpenRequest] = []

    class Listening(Drawing):
        def __init__(self, request: tb.OpenRequest) -> None:
            super().__init__(request)
            got.append(request)

    member = proposer("listening", Listening).spec
    translation = tb.explain(SPACE, Backend(member, {}))
    outer = tb.OpenRequest(
        space=SPACE,
        translation=tb.Translation.of_members(SPACE, backend="a:b", members={member.name: translation}),
        options={"mine": 1},
        directions=(tb.Direction.MAXIMIZE,),
        seed=1,
        n_trials=7,
        study_name="s",
    )
    member.open_member(outer, {"its": 2}, seed=5)
    assert got == [replace(outer, translation=translation, options={"its": 2}, seed=5)]
    member.open_member(replace(outer, translation=tb.explain(SPACE, CLIMBER)), {}, seed=6)
    assert got[1].translation.backend == member.name


def test_the_rows_of_a_translation_over_members_are_the_worst_of_theirs() -> None:
    space = tb.Space(
        w=tb.Categorical(["a", "b"], [1, 3]), z=tb.Normal(0, 1), c=tb.Constant(3), x=tb.Float(0, 1)
    )
    names = ("optuna:tpe", "hyperopt:tpe")
    members = {name: tb.explain(space, name) for name in names}
    made = tb.Translation.of_members(space, backend="a:b", members=members, left_out={"c:d": "why not"})
    assert [str(row.fidelity) for row in made.parameters] == ["lossy", "emulated", "exact", "exact"]
    assert all(f"{name}: " in row.native for name in names for row in made.parameters if row.path != "c")
    assert "without c:d: why not" in " ".join(str(made).split())
    params = space.sample(0)
    assert made.decode(made.encode(params)) == params
    assert made.decode({"hyperopt:tpe": members["hyperopt:tpe"].encode(params)}) == params


def test_sessions_for_loops_of_ones_own_have_members_too() -> None:
    session = tb.open_session(SPACE, TURNS, seed=0)
    suggestion = session.ask()
    assert suggestion is not None
    assert suggestion.by == "optuna:tpe"
    session.close()
