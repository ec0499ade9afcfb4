"""What is done on a study is what Optuna does, whoever proposes; the backend is told what really happened."""

from __future__ import annotations

import copy
import math
import pickle
from pathlib import Path
from typing import Any

import optuna as plain
import pytest
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.trial import TrialState

import tunebridge as tb
import tunebridge_optuna as optuna
from tunebridge import Outcome, OutcomeState
from tunebridge_optuna.facade import opening

SPACE = tb.Space(x=tb.Float(-5, 5), n=tb.Int(1, 4))
POINTS = tb.Space(x=tb.Ordinal([1, 2, 3]), c=tb.Categorical(["a", "b"]))


def objective(trial: plain.Trial) -> float:
    return trial.suggest_float("x", -5, 5) ** 2 + trial.suggest_int("n", 1, 4)


class Listening:
    """A session that keeps what it is told."""

    heard: list[Outcome]

    def __init__(self, session: tb.Session) -> None:
        self._session = session

    def ask(self) -> tb.Suggestion | None:
        return self._session.ask()

    def tell(self, outcome: Outcome) -> str:
        self.heard.append(outcome)
        return self._session.tell(outcome)

    def close(self) -> None:
        self._session.close()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Outcome]:
    """All that the sessions of a test are told, in order."""
    real, told = tb.open_session, list[Outcome]()
    Listening.heard = told
    monkeypatch.setattr(opening, "open_session", lambda *a, **k: Listening(real(*a, **k)))
    return told


def study_of(**more: Any) -> plain.Study:
    return optuna.create_study(**{"backend": "hyperopt:tpe", "space": SPACE, "seed": 0, **more})


def test_each_end_is_told_as_it_was(heard: list[Outcome]) -> None:
    def ends(trial: plain.Trial) -> float:
        trial.suggest_float("x", -5, 5)
        for step, value in enumerate([0.5, math.nan, 0.25]):
            trial.report(value, step)
        if trial.number == 1:
            raise optuna.TrialPruned
        if trial.number == 2:
            raise RuntimeError("no memory")
        return [1.0, 0.0, 0.0, math.nan, math.inf, -math.inf, 3.0][trial.number]

    study = study_of(pruner=plain.pruners.NopPruner())
    study.optimize(ends, n_trials=7, catch=(RuntimeError,))
    assert [trial.state.name for trial in study.trials] == [
        "COMPLETE", "PRUNED", "FAIL", "FAIL", "COMPLETE", "COMPLETE", "COMPLETE",
    ]  # fmt: skip
    assert study.best_value == -math.inf
    kinds = [OutcomeState.COMPLETE, OutcomeState.PRUNED, OutcomeState.FAILED, OutcomeState.FAILED]
    assert [outcome.state for outcome in heard[:4]] == kinds
    assert [outcome.values for outcome in heard] == [(1.0,), None, None, None, (1.0,), (1.0,), (3.0,)]
    assert [(report.step, report.value) for report in heard[1].reports] == [(0, 0.5), (2, 0.25)]
    assert all(outcome.suggestion_id is not None for outcome in heard)


def test_a_queue_is_told_with_the_values_that_were_used(heard: list[Outcome]) -> None:
    study = study_of()
    study.enqueue_trial({"x": 1.5, "n": 3})
    study.enqueue_trial({"x": -2.0})
    study.optimize(objective, n_trials=5)
    assert study.trials[0].params == {"x": 1.5, "n": 3}
    assert study.trials[1].params["x"] == -2.0
    assert [outcome.suggestion_id is None for outcome in heard] == [True, True, False, False, False]
    assert [dict(outcome.params) for outcome in heard] == [trial.params for trial in study.trials]
    assert study.trials[3].params["n"] == study.trials[1].params["n"], "what was proposed is not lost"


def test_a_sampler_that_fixes_params_gets_new_values_for_the_others() -> None:
    own = optuna.sampler("hyperopt:tpe", space=SPACE, seed=0)
    with pytest.warns(plain.exceptions.ExperimentalWarning):
        partial = plain.samplers.PartialFixedSampler({"n": 2}, own)
    study = plain.create_study(sampler=partial)
    study.optimize(objective, n_trials=12)
    assert {trial.params["n"] for trial in study.trials} == {2}
    assert len({trial.params["x"] for trial in study.trials}) == 12


def test_a_study_of_several_objectives_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'o.db'}"
    plain.create_study(storage=url, study_name="s", directions=["minimize", "maximize"])
    with pytest.raises(tb.UnsupportedError, match="multi_objective"):
        optuna.load_study(study_name="s", storage=url, backend="hyperopt:tpe")


def test_a_queue_may_leave_the_branch_that_was_proposed() -> None:
    space = tb.Space(kind=tb.Categorical({"a": tb.Space(p=tb.Float(0, 1)), "b": tb.Space(q=tb.Float(0, 1))}))

    def branches(trial: plain.Trial) -> float:
        kind = trial.suggest_categorical("kind", ["a", "b"])
        return trial.suggest_float("p" if kind == "a" else "q", 0, 1)

    study = study_of(space=space)
    for kind in "abab":
        study.enqueue_trial({"kind": kind})
    study.optimize(branches, n_trials=8)
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 8


def test_trials_of_others_are_told_before_the_next_ask(heard: list[Outcome]) -> None:
    study = study_of()
    study.optimize(objective, n_trials=2)
    ranges = {
        "x": FloatDistribution(-5, 5),
        "n": IntDistribution(1, 4),
    }
    theirs = plain.trial.create_trial(params={"x": 0.5, "n": 2}, distributions=ranges, value=-7.0)
    study.add_trials([theirs, theirs])
    study.optimize(objective, n_trials=1)
    assert [outcome.suggestion_id is None for outcome in heard] == [False, False, True, True, False]
    assert heard[2].values == (-7.0,)
    assert dict(heard[2].params) == {"x": 0.5, "n": 2}


def test_another_process_goes_on_told_of_all_that_is_stored(tmp_path: Path, heard: list[Outcome]) -> None:
    url = f"sqlite:///{tmp_path / 'o.db'}"
    kept = {"storage": url, "study_name": "s", "load_if_exists": True}
    study_of(**kept).optimize(objective, n_trials=3)
    heard.clear()
    study = study_of(**kept)
    study.optimize(objective, n_trials=2)
    assert [outcome.suggestion_id is None for outcome in heard] == [True] * 3 + [False] * 2
    assert len({trial.params["x"] for trial in study.trials}) == 5, "no point is proposed twice"
    loaded = optuna.load_study(study_name="s", storage=url, backend="hyperopt:tpe", space=SPACE)
    loaded.optimize(objective, n_trials=1)
    assert len(loaded.trials) == 6


def test_a_copy_and_a_pickle_go_on() -> None:
    study = study_of()
    study.optimize(objective, n_trials=3)
    for copied in (copy.deepcopy(study), pickle.loads(pickle.dumps(study))):
        copied.optimize(objective, n_trials=3)
        assert len(copied.trials) == 6
    study.optimize(objective, n_trials=1)
    assert len({trial.params["x"] for trial in study.trials}) == 4
    name = study.study_name
    plain.copy_study(from_study_name=name, from_storage=study._storage, to_storage="sqlite://")  # noqa: SLF001


def test_one_sampler_serves_two_studies() -> None:
    sampler = optuna.sampler("hyperopt:tpe", space=SPACE, seed=4)
    both = [plain.create_study(sampler=sampler) for _ in range(2)]
    for study in both:
        study.optimize(objective, n_trials=5)
    assert [trial.params for trial in both[0].trials] == [trial.params for trial in both[1].trials]
    assert str(sampler) == "tunebridge_optuna.sampler('hyperopt:tpe')"


def test_threads_share_one_session(heard: list[Outcome]) -> None:
    study = study_of()
    study.optimize(objective, n_trials=24, n_jobs=4)
    assert len(study.trials) == 24
    assert len({trial.params["x"] for trial in study.trials}) == 24
    assert len({outcome.suggestion_id for outcome in heard}) == 24


def test_ask_and_tell_work() -> None:
    study = study_of()
    for _ in range(4):
        trial = study.ask()
        study.tell(trial, objective(trial))
    trial = study.ask({"x": FloatDistribution(-5, 5)})
    assert set(trial.params) == {"x"}
    study.tell(trial, state=TrialState.FAIL)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 4 + ["FAIL"]


def points(trial: plain.Trial) -> float:
    return float(trial.suggest_categorical("x", [1, 2, 3]) + len(trial.suggest_categorical("c", ["a", "b"])))


@pytest.mark.parametrize("backend", ["sklearn:grid", "optuna:grid"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_study_stops_when_every_point_was_visited(backend: str, n_jobs: int) -> None:
    study = study_of(backend=backend, space=POINTS)
    study.optimize(points, n_trials=50, n_jobs=n_jobs)
    assert {tuple(trial.params.items()) for trial in study.trials} == {
        (("x", x), ("c", c)) for x in (1, 2, 3) for c in "ab"
    }
    assert len(study.trials) == 6 if n_jobs == 1 else len(study.trials) <= 8


def test_constraints_of_optunas_are_noted_and_told(heard: list[Outcome]) -> None:
    def constraint(trial: plain.trial.FrozenTrial) -> tuple[float]:
        return (trial.params["n"] - 2.5,)

    with pytest.warns(FutureWarning, match="constraints_func"):
        theirs = plain.samplers.NSGAIISampler(constraints_func=constraint)
    with pytest.warns(UserWarning, match=r"sampler=NSGAIISampler.* constraints_func is kept") as caught:
        study = study_of(sampler=theirs)
    assert len(caught) == 1
    study.optimize(objective, n_trials=12)
    broken = [trial.params["n"] > 2.5 for trial in study.trials]
    assert set(broken) == {True, False}
    assert [outcome.is_beyond for outcome in heard] == broken
    assert [any(value > 0 for value in trial.constraints.values()) for trial in study.trials] == broken
    assert study.best_trial.params["n"] <= 2


def test_set_constraint_is_told(heard: list[Outcome]) -> None:
    def limited(trial: plain.Trial) -> float:
        value = objective(trial)
        trial.set_constraint("small", trial.params["n"] - 2.5)
        return value

    study = study_of()
    study.optimize(limited, n_trials=10)
    assert [outcome.is_beyond for outcome in heard] == [trial.params["n"] > 2.5 for trial in study.trials]


def test_hyperband_shows_the_backend_all_of_its_own_trials(heard: list[Outcome]) -> None:
    def trained(trial: plain.Trial) -> float:
        x = trial.suggest_float("x", -5, 5)
        for step in range(9):
            trial.report(x * x / (step + 1), step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return x * x

    study = study_of(pruner=plain.pruners.HyperbandPruner(max_resource=9))
    study.optimize(trained, n_trials=30)
    assert len(heard) == 30
    assert TrialState.PRUNED in {trial.state for trial in study.trials}


def test_the_default_pruner_is_optunas() -> None:
    assert type(study_of().pruner) is type(plain.create_study().pruner)
