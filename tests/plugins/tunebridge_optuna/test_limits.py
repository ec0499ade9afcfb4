"""Limits of trials are Optuna's own constraints: the trajectory of `constraints_func`, value for value.

The native script is what a user of Optuna writes: nothing of tunebridge is in it but the name of the study.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import optuna
import pytest
from optuna.pruners import MedianPruner, NopPruner
from optuna.samplers import BaseSampler, GPSampler, NSGAIIISampler, NSGAIISampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

import tunebridge as tb
from tests.plugins.tunebridge_optuna.test_statements import native as native_storage
from tests.stores.ways import database_of
from tunebridge.stores.memory import MemoryStore
from tunebridge_optuna import to_study

pytestmark = [
    pytest.mark.usefixtures("quiet_libraries"),
    pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning"),
    pytest.mark.filterwarnings("ignore:.*constraints_func:FutureWarning"),
]

Params = Mapping[str, Any]

FLAT = tb.Space(x=tb.Float(0, 1), n=tb.Int(1, 8), kind=tb.Categorical(["a", "b"]))
BRANCHED = tb.Space(x=tb.Float(0, 1), kind=tb.Categorical({"a": tb.Space(n=tb.Int(1, 8)), "b": tb.Space()}))
SPACES = {"flat": FLAT, "branched": BRANCHED}

SAMPLERS: dict[str, Callable[..., BaseSampler]] = {
    "tpe": TPESampler,
    "gp": GPSampler,
    "nsga2": NSGAIISampler,
    "nsga3": NSGAIIISampler,
}
OPTIONS: dict[str, dict[str, Any]] = {
    "gp": {"n_startup_trials": 5, "warn_independent_sampling": False},
    "nsga2": {"population_size": 8},
    "nsga3": {"population_size": 8},
}
N_TRIALS = {"gp": 10}
SEEDS = pytest.mark.parametrize("seed", range(3))


def value_of(point: Params) -> float:
    return float(math.sin(5 * point["x"]) + 0.2 * point.get("n", 3) + (point["kind"] == "a"))


def size_of(point: Params) -> float:
    return float(3 * point["x"] + 0.5 * point.get("n", 2))


def speed_of(point: Params) -> float:
    return float(2 + point["x"] - 0.1 * point.get("n", 1))


def native(
    name: str, seed: int, space: str, *, several: bool = False, pruned: bool = False
) -> list[tuple[Params, str]]:
    """Run `study.optimize` with `constraints_func` as one does by hand."""
    points: list[Params] = []

    def objective(trial: optuna.Trial) -> Any:
        point: dict[str, Any] = {"x": trial.suggest_float("x", 0.0, 1.0)}
        if space == "flat":
            point["n"] = trial.suggest_int("n", 1, 8)
        point["kind"] = trial.suggest_categorical("kind", ["'a'", "'b'"] if space == "flat" else ["a", "b"])
        point["kind"] = point["kind"].strip("'")
        if space == "branched" and point["kind"] == "a":
            point["n"] = trial.suggest_int("kind.a.n", 1, 8)
        points.append(point)
        trial.set_user_attr("c", [size_of(point) - 3.5, 2.2 - speed_of(point)])
        for step in range(3 * pruned):
            trial.report(value_of(point) + 1 / (1 + step), step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return (value_of(point), point["x"]) if several else value_of(point)

    options = {**OPTIONS.get(name, {}), "constraints_func": lambda trial: trial.user_attrs["c"]}
    study = optuna.create_study(
        study_name=f"tunebridge-{seed}",
        sampler=SAMPLERS[name](seed=seed, **options),
        pruner=MedianPruner(n_startup_trials=4) if pruned else NopPruner(),
        directions=["maximize", "minimize"] if several else ["maximize"],
    )
    study.optimize(objective, n_trials=N_TRIALS.get(name, 40))
    return [(point, trial.state.name) for point, trial in zip(points, study.trials, strict=True)]


def objective_of(*, several: bool = False, pruned: bool = False) -> Any:
    def objective(trial: tb.Trial) -> Any:
        trial.limit("size", size_of(trial), at_most=3.5)
        trial.limit("speed", speed_of(trial), at_least=2.2)
        for step in range(3 * pruned):
            trial.report(value_of(trial) + 1 / (1 + step), step)
        return (value_of(trial), trial["x"]) if several else value_of(trial)

    return objective


def bridged(name: str, seed: int, space: str, **how: bool) -> tb.Result:
    ways = ["maximize", "minimize"] if how.get("several") else "maximize"
    options = {key: one for key, one in OPTIONS.get(name, {}).items() if key != "warn_independent_sampling"}
    pruner = tb.pruner("median", n_startup_trials=4) if how.get("pruned") else None
    return tb.tune(
        tb.Problem(objective_of(**how), SPACES[space], ways),
        backend=tb.backend(f"optuna:{name}", **options),
        pruner=pruner,
        n_trials=N_TRIALS.get(name, 40),
        seed=seed,
    )


def trajectory(result: tb.Result) -> list[tuple[Params, str]]:
    return [(dict(trial.params), trial.state.name) for trial in result.trials]


@pytest.mark.parametrize(
    ("name", "seed"), [(name, seed) for name in SAMPLERS for seed in range(1 if name == "gp" else 3)]
)
@pytest.mark.parametrize("space", SPACES)
def test_limits_give_the_trajectory_of_constraints_func(name: str, space: str, seed: int) -> None:
    ours = bridged(name, seed, space)
    assert repr(trajectory(ours)) == repr(native(name, seed, space))
    assert {bool(trial.violations) for trial in ours.trials} == {True, False}
    assert ours.best_trial.value == max(trial.value or 0.0 for trial in ours.trials if not trial.violations)


@pytest.mark.parametrize("name", ["tpe", "nsga2", "nsga3"])
def test_limits_give_the_trajectory_of_constraints_func_for_several_objectives(name: str) -> None:
    assert repr(trajectory(bridged(name, 1, "flat", several=True))) == repr(
        native(name, 1, "flat", several=True)
    )


@SEEDS
@pytest.mark.parametrize("name", ["tpe", "nsga2"])
def test_limits_of_pruned_trials_are_told_as_constraints_func_tells_them(name: str, seed: int) -> None:
    ours = bridged(name, seed, "flat", pruned=True)
    assert repr(trajectory(ours)) == repr(native(name, seed, "flat", pruned=True))
    assert any(trial.violations for trial in ours.trials if trial.state is tb.TrialState.PRUNED)


@pytest.mark.parametrize("name", SAMPLERS)
def test_limits_move_the_proposals(name: str) -> None:
    free = tb.tune(
        tb.Problem(value_of, FLAT, "maximize"),
        backend=tb.backend(
            f"optuna:{name}", **{k: v for k, v in OPTIONS.get(name, {}).items() if "warn" not in k}
        ),
        n_trials=N_TRIALS.get(name, 40),
        seed=0,
    )
    assert trajectory(free) != trajectory(bridged(name, 0, "flat"))


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_killed_study_with_limits_goes_on_exactly(name: str) -> None:
    n_trials = N_TRIALS.get(name, 40)
    options = {key: one for key, one in OPTIONS.get(name, {}).items() if key != "warn_independent_sampling"}
    chosen, store = tb.backend(f"optuna:{name}", **options), MemoryStore()
    problem = tb.Problem(objective_of(), FLAT, "maximize")
    study = tb.open_study(problem, backend=chosen, storage=store, study="s", seed=0, n_trials=n_trials)
    for _ in range(n_trials // 2):
        trial = study.ask()
        assert trial is not None
        study.tell(trial, problem.objective(trial))
    store.close()
    whole = tb.tune(problem, backend=chosen, storage=store, study="s", seed=0, n_trials=n_trials)
    assert whole.carried is not None
    assert whole.carried.exact
    assert trajectory(whole) == trajectory(bridged(name, 0, "flat"))
    assert all(set(trial.limits) == {"size", "speed"} for trial in whole.trials)


def test_a_limit_that_only_some_trials_have_is_kept_by_the_others_in_a_gaussian_process() -> None:
    def objective(trial: tb.Trial) -> float:
        if trial.number % 3:
            trial.limit("speed", speed_of(trial), at_least=2.2)
        if trial["kind"] == "a":
            trial.limit("size", size_of(trial), at_most=3.5)
        return value_of(trial)

    result = tb.tune(
        tb.Problem(objective, FLAT, "maximize"),
        backend=tb.backend("optuna:gp", n_startup_trials=4),
        n_trials=12,
        seed=0,
    )
    assert [trial.state for trial in result.trials] == [tb.TrialState.COMPLETE] * 12
    assert "COMPLETE with a violated constraint" in {trial.told for trial in result.trials}


@pytest.mark.parametrize("name", SAMPLERS)
def test_constraints_of_the_space_stand_beside_limits(name: str) -> None:
    space = tb.Space(
        x=tb.Float(0, 1),
        y=tb.Float(0, 1),
        constraints=[tb.Constraint(lambda p: p["x"] < p["y"] + 0.3, "order")],
    )

    def objective(trial: tb.Trial) -> float:
        trial.limit("sum", trial["x"] + trial["y"], at_most=1.0)
        return float(trial["x"])

    options = {key: one for key, one in OPTIONS.get(name, {}).items() if key != "warn_independent_sampling"}
    result = tb.tune(
        tb.Problem(objective, space, "maximize"),
        backend=tb.backend(f"optuna:{name}", **options),
        n_trials=N_TRIALS.get(name, 16),
        seed=0,
    )
    assert len(result.complete_trials) == N_TRIALS.get(name, 16)
    assert result.best_params["x"] + result.best_params["y"] <= 1.0


def limited_by_notes(trial: tb.Trial) -> float:
    trial.note("size", size_of(trial))
    return value_of(trial)


def test_an_exported_study_has_limits_as_constraints_and_brings_them_back_as_a_history() -> None:
    result = tb.tune(
        tb.Problem(objective_of(), FLAT, "maximize"), backend="optuna:random", n_trials=40, seed=0
    )
    study = to_study(result)
    assert study.best_trial.number == result.best_trial.number
    for ours, theirs in zip(result.trials, study.trials, strict=True):
        assert theirs.constraints == {name: one.excess for name, one in ours.limits.items()}
    for trial in study.trials:
        trial.user_attrs.clear()
    told = tb.tune(
        tb.Problem(limited_by_notes, FLAT, "maximize", limits={"size": tb.Limit(at_most=3.5)}),
        backend="optuna:tpe",
        history=study,
        n_trials=1,
        seed=0,
    ).carried
    assert told is not None
    n_beyond = sum(bool(trial.violations) for trial in result.trials)
    assert {how: n for (_, _, how), n in told.told.items()} == {
        "COMPLETE, added with a violated constraint": n_beyond,
        "COMPLETE, added": 40 - n_beyond,
    }


@pytest.mark.parametrize("scheme", ["sqlite", "journal", "postgresql", "mysql", "sqlite by calls"])
def test_optuna_sees_limits_of_a_stored_study_as_constraints(
    scheme: str, new_store: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_store(database_of(scheme, monkeypatch))
    problem = tb.Problem(objective_of(), FLAT, "maximize")
    settings: dict[str, Any] = {"backend": "optuna:random", "storage": url, "seed": 0, "n_trials": 25}
    result = tb.tune(problem, study="study", **settings)
    assert 0 < len(result.eligible_trials) < 25
    with ExitStack() as opened:
        if scheme == "journal":
            storage: Any = JournalStorage(JournalFileBackend(url.partition(":///")[2]))
        else:
            storage = opened.enter_context(native_storage(url))
        study = optuna.load_study(study_name="study", storage=storage)
        for ours, theirs in zip(result.trials, study.trials, strict=True):
            assert theirs.constraints == {name: one.excess for name, one in ours.limits.items()}
        assert study.best_trial.number == result.best_trial.number
        assert study.best_trial.value != max(one.value or 0.0 for one in result.trials)
        tb.tune(problem, study="heir", history=study, **{**settings, "n_trials": 1})
        heir = optuna.load_study(study_name="heir", storage=storage)
        assert [one.constraints for one in heir.trials[:25]] == [one.constraints for one in study.trials]
    assert tb.load_study(url, "study").trials == result.trials


@pytest.mark.parametrize("scheme", ["sqlite", "postgresql", "mysql"])
@pytest.mark.parametrize("names", [("size", "Size"), ("groß", "gros"), ("m" * 600, "n")], ids=["a", "b", "c"])
def test_limits_whose_names_a_database_would_not_take_as_constraints_are_kept_and_seen(
    scheme: str, names: tuple[str, str], new_store: Callable[[str], str]
) -> None:
    def objective(trial: tb.Trial) -> float:
        for name, most in zip(names, (0.0, 1.0), strict=True):
            trial.limit(name, 0.5, at_most=most)
        return float(trial["x"])

    url = new_store(scheme)
    problem = tb.Problem(objective, tb.Space(x=tb.Float(0, 1)))
    result = tb.tune(problem, backend="optuna:random", n_trials=1, seed=0, storage=url, study="study")
    assert tb.load_study(url, "study").trials == result.trials
    with native_storage(url) as storage:
        (trial,) = optuna.load_study(study_name="study", storage=storage).trials
    assert sorted(trial.constraints.values()) == [-0.5, 0.5]
