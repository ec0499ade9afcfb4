"""A session's own storage gives samplers what Optuna's storage in memory gives them, without the copies."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import optuna
import pytest
from optuna.samplers import (
    BaseSampler,
    CmaEsSampler,
    NSGAIIISampler,
    NSGAIISampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import TrialState

from tunebridge_optuna.memory import SessionStorage

pytestmark = [
    pytest.mark.usefixtures("quiet_libraries"),
    pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning"),
]

SAMPLERS: dict[str, Callable[[int], BaseSampler]] = {
    "tpe": lambda seed: TPESampler(seed=seed),
    "random": lambda seed: RandomSampler(seed=seed),
    "nsga2": lambda seed: NSGAIISampler(seed=seed, population_size=8),
    "nsga3": lambda seed: NSGAIIISampler(seed=seed, population_size=8),
    "qmc": lambda seed: QMCSampler(seed=seed, warn_independent_sampling=False),
    "cmaes": lambda seed: CmaEsSampler(seed=seed, warn_independent_sampling=False),
}


def flat(trial: optuna.Trial) -> float:
    x, lr = trial.suggest_float("x", -5, 5), trial.suggest_float("lr", 1e-5, 0.1, log=True)
    return float(x**2 + lr + trial.suggest_int("n", 1, 9, step=2)) + len(
        trial.suggest_categorical("a", ["r", "tt", "ggg"])
    )


def tree(trial: optuna.Trial) -> float:
    if trial.suggest_categorical("kind", ["a", "b"]) == "a":
        return trial.suggest_float("u", 0, 1) + trial.suggest_int("one", 3, 3)
    return trial.suggest_float("v", 1e-3, 1, log=True) * trial.suggest_int("m", 1, 9)


def wide(trial: optuna.Trial) -> float:
    return sum(trial.suggest_float(f"x{place}", -1, 1) ** 2 for place in range(20))


def told(storage: BaseStorage, sampler: BaseSampler, seed: int, objective: Any, n_trials: int) -> list[Any]:
    """Return all trials of a study in which some fail, some are pruned and some are told late."""
    study = optuna.create_study(storage=storage, sampler=sampler, study_name="s")
    draw, pending = random.Random(seed), list[Any]()
    for _ in range(n_trials):
        trial = study.ask()
        pending.append((trial, objective(trial)))
        while len(pending) > draw.randint(0, 2):
            (trial, value), fate = pending.pop(draw.randrange(len(pending))), draw.random()
            if fate < 0.1:
                study.tell(trial, state=TrialState.FAIL)
            elif fate < 0.3:
                for step in range(draw.randint(0, 2)):
                    trial.report(value / (1 + step), step)
                study.tell(trial, state=TrialState.PRUNED)
            else:
                study.tell(trial, value)
    found = study.get_trials(deepcopy=False)
    return [(one.number, one.state, one.params, one.values, one.intermediate_values) for one in found]


@pytest.mark.parametrize("objective", [flat, tree, wide])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_sampler_draws_the_same_from_either_storage(sampler: str, objective: Any) -> None:
    n_trials = 20 if objective is wide else 30
    for seed in range(3):
        native, own = (
            told(storage, SAMPLERS[sampler](seed), seed, objective, n_trials)
            for storage in (InMemoryStorage(), SessionStorage())
        )
        assert own == native
        assert {state for _, state, *_ in own} >= {TrialState.COMPLETE, TrialState.PRUNED}


def test_a_finished_trial_is_its_own_copy_and_a_running_one_is_not() -> None:
    storage = SessionStorage()
    study = optuna.create_study(storage=storage)
    running = study.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
    [before] = study.get_trials(deepcopy=False)
    running.report(1.0, 0)
    assert before.intermediate_values == {}
    study.tell(running, 2.0)
    [after] = study.get_trials(deepcopy=False)
    assert study.best_trial is after
    assert study.trials[0] is after
    assert copy.deepcopy(after) is after
    assert before.state is TrialState.RUNNING
    with pytest.raises(optuna.exceptions.UpdateFinishedTrialError):
        storage.set_trial_user_attr(0, "late", 1)
    with pytest.raises(KeyError):
        storage.get_trial(1)


def test_a_trial_that_waits_is_asked_first() -> None:
    study = optuna.create_study(storage=SessionStorage(), sampler=RandomSampler(seed=0))
    study.enqueue_trial({"x": 0.5})
    trials = [study.ask({"x": optuna.distributions.FloatDistribution(0, 1)}) for _ in range(2)]
    assert trials[0].params == {"x": 0.5}
    assert [trial.number for trial in trials] == [0, 1]
    assert len(study.get_trials(states=(TrialState.WAITING,))) == 0


def test_constraints_are_looked_up_once_and_again_when_a_sampler_gets_back_what_it_had_noted() -> None:
    storage = SessionStorage()
    study = optuna.create_study(storage=storage)
    trial = study.ask()
    assert storage.get_trial(0).constraints == {}
    trial.set_constraint("late", -1.0)
    assert storage.get_trial(0).constraints == {"late": -1.0}
    study.tell(trial, 1.0)
    over = storage.get_trial(0)
    assert over.constraints == {"late": -1.0}
    assert over.constraints is over.constraints
    storage.put_back(0, {"constraints:put back": 2.0})
    assert over.constraints == {"late": -1.0, "put back": 2.0}
    assert not {"_attributes", "_constraints"} & vars(over).keys()  # by which Optuna compares trials


def test_complete_trials_are_listed_by_number_whatever_ends_first_and_without_those_forgotten() -> None:
    storage = SessionStorage()
    study = optuna.create_study(storage=storage)
    trials = [study.ask() for _ in range(5)]
    for number in (3, 0, 4, 1):
        study.tell(trials[number], float(number))
    study.add_trial(optuna.trial.create_trial(value=5.0))
    states = (TrialState.COMPLETE,)
    assert [one.number for one in study.get_trials(deepcopy=False, states=states)] == [0, 1, 3, 4, 5]
    storage.forget({0, 4})
    assert [one.number for one in study.get_trials(deepcopy=False, states=states)] == [1, 3, 5]
