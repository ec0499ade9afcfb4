"""One history for all members: no point twice, everything told, and the same again under the same seed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.stores.memory import MemoryStore
from tunebridge_auto import costs, rule, session

NAMES = ["hyperopt:tpe", "optuna:tpe"]
AUTO = tb.backend("auto", members=NAMES, share=None)
SPACE = tb.Space(x=tb.Float(0.0, 1.0), n=tb.Int(1, 9), k=tb.Categorical(["a", "b"]))
SMALL = tb.Space(n=tb.Int(1, 6), k=tb.Categorical(["a", "b", "c"]))


def value(trial: Mapping[str, Any]) -> float:
    return float(abs(trial.get("x", 0.5) - 0.3) + abs(trial["n"] - 4) / 9 + (trial["k"] == "a"))


PROBLEM = tb.Problem(value, SPACE)


def tune(n_trials: int, problem: tb.Problem = PROBLEM, backend: Any = AUTO, **more: Any) -> tb.Result:
    return tb.tune(problem, backend=backend, n_trials=n_trials, **{"seed": 3, **more})


def course(result: tb.Result) -> list[tuple[str, Mapping[str, Any]]]:
    return [(trial.proposer, trial.params) for trial in result.trials]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the start be over soon, so that all members propose."""
    monkeypatch.setattr(rule, "START", 4)


def test_the_bare_name_is_enough() -> None:
    assert tb.backend("auto").spec.name == "auto:credit"
    result = tune(2, backend="auto")
    assert result.backend == "auto:credit"
    assert {trial.proposer for trial in result.trials} == {"optuna:tpe"}  # nothing is known of the time yet


def test_after_the_start_all_members_propose_and_every_trial_is_told_to_all() -> None:
    result = tune(40)
    assert {trial.proposer for trial in result.trials[: rule.START]} == {"optuna:tpe"}
    counts = Counter(trial.proposer for trial in result.trials)
    assert counts == {"optuna:tpe": 33, "hyperopt:tpe": 7}
    (first, *_), last = result.trials, result.trials[26]
    assert first.told == "optuna:tpe: COMPLETE; hyperopt:tpe: before they propose"
    assert last.told == "hyperopt:tpe: status ok with its loss; optuna:tpe: before they propose"


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("pending", [0, 1])
@pytest.mark.parametrize("scheme", ["memory", "sqlite"])
def test_a_killed_study_goes_on_exactly(scheme: str, pending: int, tmp_path: Path) -> None:
    whole = tune(24)
    store = MemoryStore() if scheme == "memory" else f"sqlite:///{tmp_path}/studies.db"
    study = tb.open_study(PROBLEM, backend=AUTO, n_trials=24, seed=3, storage=store, study="s")
    for number in range(15 + pending):
        trial = study.ask()
        assert trial is not None
        if number < 15:
            study.tell(trial, value(trial))
    study.close()
    resumed = tune(24, storage=store, study="s")
    assert resumed.carried is not None
    assert resumed.carried.exact
    assert course(resumed) == course(whole)
    assert len({name for name, _ in course(whole)}) == 2


@pytest.mark.usefixtures("short")
def test_what_a_clock_decided_is_stored_with_the_trial_and_decided_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def decisions() -> Iterator[str]:
        while True:
            yield from ("", "without optuna:tpe", "", "without hyperopt:tpe", "without optuna:tpe")

    def patched(source: Iterator[str]) -> None:
        monkeypatch.setattr(costs.Costs, "decide", lambda self, names: next(source))

    patched(decisions())
    whole = tune(20)
    store, source = MemoryStore(), decisions()
    patched(source)
    tune(12, storage=store, study="s")
    resumed = tune(20, storage=store, study="s")
    assert resumed.carried is not None
    assert resumed.carried.exact
    assert course(resumed) == course(whole)


@pytest.mark.usefixtures("short")
def test_several_objectives_are_optimised_by_those_who_can_and_the_study_goes_on_exactly() -> None:
    problem = tb.Problem(lambda trial: (trial["x"], -trial["x"] * trial["n"]), SPACE, ["minimize"] * 2)
    members: dict[str, Any] = {"hyperopt:tpe": {}, "optuna:nsga2": {}, "optuna:tpe": {}}
    chosen = tb.backend("auto", members=members, share=None)
    whole, store = tune(16, problem, chosen), MemoryStore()
    assert {trial.proposer for trial in whole.trials} == {"optuna:tpe", "optuna:nsga2"}
    assert "hyperopt:tpe was not asked: optimises one objective only" in whole.why.splitlines()
    assert len(whole.best_trials) > 1
    tune(9, problem, chosen, storage=store, study="s")
    resumed = tune(16, problem, chosen, storage=store, study="s")
    assert resumed.carried is not None
    assert resumed.carried.exact
    assert course(resumed) == course(whole)


def test_the_clock_is_off_in_a_deterministic_study(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "EXPECTED", {"optuna:tpe": 1e9})
    timed = tb.backend("auto", members=NAMES)
    assert tune(2, backend=timed).trials[0].proposer == "hyperopt:tpe"
    assert tune(2, backend=timed, deterministic=True).trials[0].proposer == "optuna:tpe"


@pytest.mark.usefixtures("short")
def test_no_point_is_proposed_twice_until_all_were() -> None:
    result = tune(25, tb.Problem(value, SMALL))
    points = [str(trial.params) for trial in result.trials]
    assert len(set(points[:18])) == 18 == SMALL.size
    assert len(points) == 25


def test_points_that_wait_for_their_value_are_not_proposed_again() -> None:
    study = tb.open_study(tb.Problem(value, SMALL), backend=AUTO, n_trials=18, seed=3)
    asked = [study.ask() for _ in range(18)]
    assert len({str(trial) for trial in asked}) == 18
    for trial in reversed(asked):
        assert trial is not None
        assert study.tell(trial, value(trial)).told
    study.close()


def test_where_no_member_knows_a_new_point_one_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    result = tune(18, tb.Problem(value, SMALL))
    drawn = [trial for trial in result.trials if trial.proposer == session.DRAWN]
    assert drawn
    assert {trial.backend for trial in result.trials} == {"auto:credit"}
    assert {trial.told for trial in drawn} == {"hyperopt:tpe, optuna:tpe: before they propose"}


def test_points_of_a_history_and_given_ones_are_known() -> None:
    given = [{"n": n, "k": k} for n in range(1, 7) for k in "abc"]
    result = tune(18, tb.Problem(value, SMALL), initial=given[:9])
    assert len({str(trial.params) for trial in result.trials}) == 18
    later = tune(9, tb.Problem(value, SMALL), history=tune(9, tb.Problem(value, SMALL), initial=given[:9]))
    assert {str(trial.params) for trial in later.trials} == {str(params) for params in given[9:]}


def test_what_violates_a_constraint_is_met_by_each_member_itself() -> None:
    space = tb.Space(
        n=tb.Int(1, 6), k=tb.Int(1, 6), constraints=[tb.Constraint(lambda t: t["n"] <= t["k"], "n")]
    )
    result = tune(21, tb.Problem(lambda trial: float(trial["n"] * trial["k"]), space))
    assert len({str(trial.params) for trial in result.trials}) == 21
    assert all(trial.params["n"] <= trial.params["k"] for trial in result.trials)


def test_a_study_repeats_with_several_trials_at_a_time_and_pruned_and_failed_ones() -> None:
    def train(trial: tb.Trial) -> float:
        for step in range(3):
            trial.report(value(trial) + step, step)
        if trial.number % 7 == 3:
            raise ValueError("by hand")
        return value(trial)

    problem = tb.Problem(train, SPACE)
    how: dict[str, Any] = {"deterministic": True, "n_jobs": 3, "executor": "threads", "pruner": "median"}
    one, other = (tune(40, problem, **how) for _ in range(2))
    assert course(one) == course(other)
    assert {trial.state.name for trial in one.trials} == {"COMPLETE", "PRUNED", "FAILED"}
    assert {trial.proposer for trial in one.trials} == set(NAMES)


def test_members_have_seeds_of_their_own_whoever_the_others_are() -> None:
    other = tune(6, backend=tb.backend("auto", members=["hyperopt:anneal", "optuna:tpe"], share=None))
    assert [trial.params for trial in other.trials] == [trial.params for trial in tune(6).trials]
    assert [trial.params for trial in other.trials] != [
        trial.params for trial in tune(6, backend="optuna:tpe").trials
    ]


def test_one_that_never_proposes_is_never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    spec = tb.backend("hyperopt:tpe").spec
    monkeypatch.setattr(type(spec), "open_member", _noting(opened, type(spec).open_member))
    tune(10)
    assert opened == ["optuna:tpe"]


def _noting(opened: list[str], open_member: Any) -> Any:
    def noted(self: tb.BackendSpec, *arguments: Any, **more: Any) -> tb.Session:
        opened.append(self.name)
        made: tb.Session = open_member(self, *arguments, **more)
        return made

    return noted


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_option_of_any_member_is_refused_before_the_first_trial(name: str) -> None:
    begun: list[int] = []

    def objective(trial: tb.Trial) -> float:
        begun.append(trial.number)
        return 0.0

    chosen = tb.backend(
        "auto", members={**{one: {} for one in NAMES}, name: {"tell_failures": "nativ"}}, share=None
    )
    with pytest.raises(tb.OptionError, match="tell_failures") as caught:
        tb.tune(tb.Problem(objective, SPACE), backend=chosen, n_trials=2, seed=0)
    assert str(caught.value.hint).startswith("Did you mean 'native'?")
    assert begun == []
