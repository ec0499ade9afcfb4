"""One seed gives one trajectory, bit for bit: each test holds the script that a user would write by hand.

The native scripts read the values themselves. The space that `tb.to_native` gives is compared with the one
written by hand wherever the library's objects can be compared.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import optuna
import pytest
from hyperopt import Trials, anneal, fmin, hp, rand, tpe
from hyperopt.pyll import as_apply, scope
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import (
    BaseSampler,
    BruteForceSampler,
    CmaEsSampler,
    GPSampler,
    GridSampler,
    NSGAIIISampler,
    NSGAIISampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV, ParameterGrid, ParameterSampler, RandomizedSearchCV

import tunebridge as tb

pytestmark = pytest.mark.usefixtures("quiet_libraries")

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

Params = dict[str, Any]
Trajectory = list[tuple[Params, float | None]]

N_TRIALS = 60
SEEDS = pytest.mark.parametrize("seed", [0, 1, 2])

FLAT = tb.Space(
    x=tb.Float(-5, 5),
    lr=tb.Float(1e-4, 1e-1, log=True),
    layers=tb.Int(1, 8),
    activation=tb.Categorical({"relu": "relu", "tanh": "tanh", "none": None}),
)
BRANCHED = tb.Space(
    lr=tb.Float(1e-4, 1e-1, log=True),
    batch=tb.Ordinal([16, 32, 64]),
    optimizer=tb.Categorical(
        {
            "sgd": tb.Space(momentum=tb.Float(0.0, 0.99), nesterov=tb.Categorical([True, False])),
            "adam": tb.Space(warmup=tb.Int(0, 5)),
            "none": tb.Space(),
        }
    ),
)
FINITE = tb.Space(i=tb.Int(1, 4), stepped=tb.Int(0, 9, step=3), activation=FLAT["activation"])

ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "none": None}
NESTEROVS = {"True": True, "False": False}
BATCHES = [16, 32, 64]


def flat_value(point: Params) -> float:
    penalty = {"relu": 0.0, "tanh": 1.0, None: 2.5}[point["activation"]]
    distance = (point["x"] - 1) ** 2 + (math.log10(point["lr"]) + 2) ** 2 + 0.3 * abs(point["layers"] - 5)
    return float(distance + penalty)


def branched_value(point: Params) -> float:
    value = (math.log10(point["lr"]) + 3) ** 2 + point["batch"] / 32
    match point["optimizer"]:
        case "sgd":
            return float(value + (point["momentum"] - 0.9) ** 2 + point["nesterov"])
        case "adam":
            return float(value + 0.2 * point["warmup"])
        case _:
            return float(value + 2.0)


def finite_value(point: Params) -> float:
    return float(point["i"] * 1.5 + point["stepped"] / 7 + (point["activation"] is None))


def bridged(
    value: Callable[[Params], Any],
    space: tb.Space,
    backend: str | tb.Backend,
    seed: int,
    n_trials: int | None,
    **way: Any,
) -> Trajectory:
    result = tb.tune(tb.Problem(value, space, **way), backend=backend, n_trials=n_trials, seed=seed)
    return [(dict(trial.params), trial.value) for trial in result.trials]


def assert_same(ours: Trajectory, native: Trajectory) -> None:
    """Compare by `repr`: it shows every bit of a float, and tells 1, 1.0, True and np.float64(1) apart."""
    assert list(map(repr, ours)) == list(map(repr, native))


# Optuna


def optuna_flat(trial: optuna.Trial) -> Params:
    return {
        "x": trial.suggest_float("x", -5.0, 5.0),
        "lr": trial.suggest_float("lr", 1e-4, 1e-1, log=True),
        "layers": trial.suggest_int("layers", 1, 8),
        "activation": ACTIVATIONS[trial.suggest_categorical("activation", ["relu", "tanh", "none"])],
    }


def optuna_branched(trial: optuna.Trial) -> Params:
    point: Params = {
        "lr": trial.suggest_float("lr", 1e-4, 1e-1, log=True),
        "batch": BATCHES[trial.suggest_int("batch", 0, 2)],
        "optimizer": trial.suggest_categorical("optimizer", ["sgd", "adam", "none"]),
    }
    if point["optimizer"] == "sgd":
        point["momentum"] = trial.suggest_float("optimizer.sgd.momentum", 0.0, 0.99)
        point["nesterov"] = NESTEROVS[trial.suggest_categorical("optimizer.sgd.nesterov", ["True", "False"])]
    elif point["optimizer"] == "adam":
        point["warmup"] = trial.suggest_int("optimizer.adam.warmup", 0, 5)
    return point


def optimize(
    suggest: Callable[[optuna.Trial], Params],
    value: Callable[[Params], Any],
    sampler: BaseSampler,
    n_trials: int | None,
    **settings: Any,
) -> Trajectory:
    """Run `study.optimize` as one does by hand."""
    points = []

    def objective(trial: optuna.Trial) -> Any:
        points.append(suggest(trial))
        return value(points[-1])

    study = optuna.create_study(sampler=sampler, **settings)
    study.optimize(objective, n_trials=n_trials)
    values = [trial.values[0] if trial.values else None for trial in study.trials]
    return list(zip(points, values, strict=True))


OPTUNA = pytest.mark.parametrize(
    ("backend", "sampler"),
    [
        ("optuna:tpe", TPESampler),
        ("optuna:random", RandomSampler),
        ("optuna:gp", GPSampler),
        ("optuna:cmaes", CmaEsSampler),
        ("optuna:qmc", QMCSampler),
        ("optuna:nsga2", NSGAIISampler),
        ("optuna:nsga3", NSGAIIISampler),
    ],
)


def n_trials_of(backend: str) -> int:
    return 25 if backend == "optuna:gp" else N_TRIALS


@SEEDS
@OPTUNA
def test_optuna_on_a_flat_space_repeats_study_optimize(
    backend: str, sampler: Callable[..., BaseSampler], seed: int
) -> None:
    distributions = tb.to_native(FLAT, backend)
    assert list(distributions.items()) == [
        ("x", FloatDistribution(-5.0, 5.0)),
        ("lr", FloatDistribution(1e-4, 1e-1, log=True)),
        ("layers", IntDistribution(1, 8)),
        ("activation", CategoricalDistribution(["relu", "tanh", "none"])),
    ]
    n_trials = n_trials_of(backend)
    native = optimize(optuna_flat, flat_value, sampler(seed=seed), n_trials)
    assert_same(bridged(flat_value, FLAT, backend, seed, n_trials), native)


@SEEDS
@OPTUNA
def test_optuna_on_a_branched_space_repeats_study_optimize(
    backend: str, sampler: Callable[..., BaseSampler], seed: int
) -> None:
    define = tb.to_native(BRANCHED, backend)

    def suggest(trial: optuna.Trial) -> Params:
        by_hand = optuna_branched(trial)
        drawn = dict(trial.params)
        again = define(trial)  # Optuna repeats a value; it warns, so fails here, if the bounds differ
        assert list(again.items()) == list(drawn.items()) == list(trial.params.items())
        assert tb.decode(BRANCHED, backend, again) == by_hand
        return by_hand

    n_trials = n_trials_of(backend)
    native = optimize(suggest, branched_value, sampler(seed=seed), n_trials)
    assert_same(bridged(branched_value, BRANCHED, backend, seed, n_trials), native)


@SEEDS
def test_optuna_grid_repeats_study_optimize(seed: int) -> None:
    points = {"x": 3, "lr": 2}
    grid = {
        "x": [-5.0, 0.0, 5.0],
        "lr": tb.to_native(FLAT, tb.backend("optuna:grid", points=points))["lr"],
        "layers": [1, 2, 3, 4, 5, 6, 7, 8],
        "activation": ["relu", "tanh", "none"],
    }
    backend = tb.backend("optuna:grid", points=points)
    assert list(tb.to_native(FLAT, backend).items()) == list(grid.items())
    assert grid["lr"] == pytest.approx([1e-4, 1e-1], rel=1e-14)
    native = optimize(optuna_flat, flat_value, GridSampler(grid, seed=seed), None)
    assert len(native) == 3 * 2 * 8 * 3
    assert_same(bridged(flat_value, FLAT, backend, seed, None), native)


@SEEDS
def test_optuna_brute_force_repeats_study_optimize(seed: int) -> None:
    def suggest(trial: optuna.Trial) -> Params:
        return {
            "i": trial.suggest_int("i", 1, 4),
            "stepped": trial.suggest_int("stepped", 0, 9, step=3),
            "activation": ACTIVATIONS[trial.suggest_categorical("activation", ["relu", "tanh", "none"])],
        }

    native = optimize(suggest, finite_value, BruteForceSampler(seed=seed), None)
    assert len(native) == 4 * 4 * 3
    assert_same(bridged(finite_value, FINITE, "optuna:brute-force", seed, None), native)


def test_optuna_maximising_repeats_study_optimize() -> None:
    native = optimize(optuna_flat, flat_value, TPESampler(seed=3), N_TRIALS, direction="maximize")
    assert_same(bridged(flat_value, FLAT, "optuna:tpe", 3, N_TRIALS, direction="maximize"), native)
    assert native != optimize(optuna_flat, flat_value, TPESampler(seed=3), N_TRIALS)


@pytest.mark.parametrize("backend", ["optuna:tpe", "optuna:nsga2"])
def test_optuna_with_two_objectives_repeats_study_optimize(backend: str) -> None:
    def values(point: Params) -> tuple[float, float]:
        return flat_value(point), -point["x"]

    sampler = {"optuna:tpe": TPESampler, "optuna:nsga2": NSGAIISampler}[backend]
    directions = ["minimize", "maximize"]
    native = optimize(optuna_flat, values, sampler(seed=1), N_TRIALS, directions=directions)
    result = tb.tune(tb.Problem(values, FLAT, directions), backend=backend, n_trials=N_TRIALS, seed=1)
    ours: Trajectory = [(dict(trial.params), (trial.values or (None,))[0]) for trial in result.trials]
    assert_same(ours, native)


# hyperopt

HYPEROPT_FLAT = {
    "x": hp.uniform("x", -5.0, 5.0),
    "lr": hp.loguniform("lr", math.log(1e-4), math.log(1e-1)),
    "layers": scope.int(hp.quniform("layers", 0.5, 8.5, 1)),
    "activation": hp.choice("activation", ["relu", "tanh", "none"]),
}
HYPEROPT_BRANCHED = {
    "lr": hp.loguniform("lr", math.log(1e-4), math.log(1e-1)),
    "batch": scope.int(hp.quniform("batch", -0.5, 2.5, 1)),
    "optimizer": hp.choice(
        "optimizer",
        [
            {
                "optimizer": "sgd",
                "optimizer.sgd.momentum": hp.uniform("optimizer.sgd.momentum", 0.0, 0.99),
                "optimizer.sgd.nesterov": hp.choice("optimizer.sgd.nesterov", ["True", "False"]),
            },
            {
                "optimizer": "adam",
                "optimizer.adam.warmup": scope.int(hp.quniform("optimizer.adam.warmup", -0.5, 5.5, 1)),
            },
            {"optimizer": "none"},
        ],
    ),
}


def hyperopt_flat(point: Params) -> Params:
    return {name: ACTIVATIONS[point[name]] if name == "activation" else point[name] for name in FLAT}


def hyperopt_branched(point: Params) -> Params:
    branch = point["optimizer"]
    read = {"lr": point["lr"], "batch": BATCHES[point["batch"]], "optimizer": branch["optimizer"]}
    if branch["optimizer"] == "sgd":
        read["momentum"] = branch["optimizer.sgd.momentum"]
        read["nesterov"] = NESTEROVS[branch["optimizer.sgd.nesterov"]]
    elif branch["optimizer"] == "adam":
        read["warmup"] = branch["optimizer.adam.warmup"]
    return read


def minimise(
    space: Any, read: Callable[[Params], Params], value: Callable[[Params], Any], suggest: Any, seed: int
) -> tuple[Trajectory, Trials]:
    """Run `fmin` as one does by hand."""
    points: list[Params] = []

    def objective(point: Params) -> Any:
        points.append(read(point))
        return value(points[-1])

    trials = Trials()
    settings = {"trials": trials, "rstate": np.random.default_rng(seed), "show_progressbar": False}
    fmin(objective, space, algo=suggest, max_evals=N_TRIALS, verbose=False, **settings)
    return list(zip(points, trials.losses(), strict=True)), trials


HYPEROPT = pytest.mark.parametrize(
    ("backend", "suggest"),
    [("hyperopt:tpe", tpe.suggest), ("hyperopt:anneal", anneal.suggest), ("hyperopt:random", rand.suggest)],
)


@SEEDS
@HYPEROPT
def test_hyperopt_on_a_flat_space_repeats_fmin(backend: str, suggest: Any, seed: int) -> None:
    space = tb.to_native(FLAT, backend)
    assert str(as_apply(space)) == str(as_apply(HYPEROPT_FLAT))

    def read(point: Params) -> Params:
        assert tb.decode(FLAT, backend, point) == hyperopt_flat(point)
        return hyperopt_flat(point)

    native, trials = minimise(space, read, flat_value, suggest, seed)
    ours = bridged(flat_value, FLAT, backend, seed, N_TRIALS)
    assert_same(ours, native)
    for name in ("x", "lr", "layers"):
        assert [params[name] for params, _ in ours] == trials.vals[name]


@SEEDS
@HYPEROPT
def test_hyperopt_on_a_branched_space_repeats_fmin(backend: str, suggest: Any, seed: int) -> None:
    space = tb.to_native(BRANCHED, backend)
    assert str(as_apply(space)) == str(as_apply(HYPEROPT_BRANCHED))

    def read(point: Params) -> Params:
        assert tb.decode(BRANCHED, backend, point) == hyperopt_branched(point)
        return hyperopt_branched(point)

    native, trials = minimise(space, read, branched_value, suggest, seed)
    ours = bridged(branched_value, BRANCHED, backend, seed, N_TRIALS)
    assert_same(ours, native)
    raw = trials.vals["optimizer.sgd.momentum"]
    assert [params["momentum"] for params, _ in ours if "momentum" in params] == raw
    assert 0 < len(raw) < N_TRIALS


def test_hyperopt_maximising_repeats_fmin_of_the_negated_value() -> None:
    native, _ = minimise(HYPEROPT_FLAT, hyperopt_flat, lambda point: -flat_value(point), tpe.suggest, 3)
    ours = bridged(flat_value, FLAT, "hyperopt:tpe", 3, N_TRIALS, direction="maximize")
    assert_same(ours, [(params, -(loss or 0.0)) for params, loss in native])
    assert native != minimise(HYPEROPT_FLAT, hyperopt_flat, flat_value, tpe.suggest, 3)[0]


# scikit-learn

SKLEARN_FLAT = {
    "x": stats.uniform(loc=-5.0, scale=10.0),
    "lr": stats.loguniform(1e-4, 1e-1),
    "layers": stats.randint(1, 9),
    "activation": ["relu", "tanh", None],
}


def sklearn_flat(point: Params) -> Params:
    numbers = {"x": float(point["x"]), "lr": float(point["lr"]), "layers": int(point["layers"])}
    return {**numbers, "activation": point["activation"]}


def sklearn_branched(point: Params) -> Params:
    read = {"lr": float(point["lr"]), "batch": point["batch"], "optimizer": point["optimizer"]}
    if point["optimizer"] == "sgd":
        read["momentum"] = float(point["optimizer.sgd.momentum"])
        read["nesterov"] = point["optimizer.sgd.nesterov"]
    elif point["optimizer"] == "adam":
        read["warmup"] = int(point["optimizer.adam.warmup"])
    return read


def evaluated(points: list[Params], value: Callable[[Params], float]) -> Trajectory:
    return [(point, value(point)) for point in points]


class Anything(BaseEstimator):  # type: ignore[misc]
    """An estimator of the flat params, whose score is 0."""

    def __init__(self, x: Any = 0.0, lr: Any = 0.1, layers: Any = 1, activation: Any = None) -> None:
        self.x, self.lr, self.layers, self.activation = x, lr, layers, activation

    def fit(self, data: Any, target: Any = None) -> "Anything":
        return self

    def score(self, data: Any, target: Any = None) -> float:
        return 0.0


@SEEDS
def test_sklearn_random_on_a_flat_space_repeats_parameter_sampler(seed: int) -> None:
    native = list(ParameterSampler(tb.to_native(FLAT, "sklearn:random"), N_TRIALS, random_state=seed))
    assert native == list(ParameterSampler(SKLEARN_FLAT, N_TRIALS, random_state=seed))
    assert [tb.decode(FLAT, "sklearn:random", point) for point in native] == [*map(sklearn_flat, native)]
    ours = bridged(flat_value, FLAT, "sklearn:random", seed, N_TRIALS)
    assert_same(ours, evaluated([*map(sklearn_flat, native)], flat_value))


@SEEDS
def test_sklearn_random_on_a_branched_space_repeats_parameter_sampler(seed: int) -> None:
    native = list(ParameterSampler(tb.to_native(BRANCHED, "sklearn:random"), N_TRIALS, random_state=seed))
    ours = bridged(branched_value, BRANCHED, "sklearn:random", seed, N_TRIALS)
    assert_same(ours, evaluated([*map(sklearn_branched, native)], branched_value))
    assert {params["optimizer"] for params, _ in ours} == {"sgd", "adam", "none"}


@SEEDS
def test_sklearn_random_on_lists_alone_repeats_parameter_sampler(seed: int) -> None:
    space = {"i": stats.randint(1, 5), "stepped": [0, 3, 6, 9], "activation": ["relu", "tanh", None]}
    native = list(ParameterSampler(space, 20, random_state=seed))
    ours = bridged(finite_value, FINITE, "sklearn:random", seed, 20)
    assert [params for params, _ in ours] == native

    lists = tb.Space(stepped=FINITE["stepped"], activation=FINITE["activation"])
    native = list(ParameterSampler({name: space[name] for name in lists}, 7, random_state=seed))
    ours = bridged(lambda point: 0.0, lists, "sklearn:random", seed, 7)
    assert [params for params, _ in ours] == native


def test_sklearn_random_evaluates_what_randomized_search_cv_does() -> None:
    search = RandomizedSearchCV(Anything(), SKLEARN_FLAT, n_iter=N_TRIALS, cv=2, refit=False, random_state=5)
    search.fit(np.zeros((4, 1)), [0, 1, 0, 1])
    ours = bridged(flat_value, FLAT, "sklearn:random", 5, N_TRIALS)
    assert [params for params, _ in ours] == [*map(sklearn_flat, search.cv_results_["params"])]


def test_sklearn_grid_evaluates_what_grid_search_cv_does() -> None:
    backend = tb.backend("sklearn:grid", points=3)
    grid = tb.to_native(FLAT, backend)
    assert grid["x"] == [-5.0, 0.0, 5.0]
    assert grid["lr"] == pytest.approx([1e-4, 10**-2.5, 1e-1], rel=1e-14)
    assert (grid["layers"], grid["activation"]) == ([1, 2, 3, 4, 5, 6, 7, 8], ["relu", "tanh", None])

    search = GridSearchCV(Anything(), grid, cv=2, refit=False).fit(np.zeros((4, 1)), [0, 1, 0, 1])
    native = evaluated(
        [{name: point[name] for name in FLAT} for point in search.cv_results_["params"]], flat_value
    )
    assert len(native) == 3 * 3 * 8 * 3
    assert_same(bridged(flat_value, FLAT, backend, 0, None), native)


def test_sklearn_grid_on_a_branched_space_repeats_parameter_grid() -> None:
    backend = tb.backend("sklearn:grid", points=2)
    grids = tb.to_native(BRANCHED, backend)
    shared = {"lr": grids[0]["lr"], "batch": [16, 32, 64]}
    sgd = {"optimizer.sgd.momentum": [0.0, 0.99], "optimizer.sgd.nesterov": [True, False]}
    assert grids == [
        {**shared, "optimizer": ["sgd"], **sgd},
        {**shared, "optimizer": ["adam"], "optimizer.adam.warmup": [0, 1, 2, 3, 4, 5]},
        {**shared, "optimizer": ["none"]},
    ]
    assert shared["lr"] == pytest.approx([1e-4, 1e-1], rel=1e-14)
    native = evaluated([*map(sklearn_branched, ParameterGrid(grids))], branched_value)
    assert len(native) == 2 * 3 * (4 + 6 + 1)
    assert_same(bridged(branched_value, BRANCHED, backend, 0, None), native)


@pytest.mark.parametrize(
    "backend",
    [f"optuna:{sampler}" for sampler in ("tpe", "random", "gp", "cmaes", "qmc", "nsga2", "nsga3")]
    + [f"hyperopt:{sampler}" for sampler in ("tpe", "anneal", "random")]
    + ["sklearn:random"],
)
def test_another_seed_gives_another_trajectory(backend: str) -> None:
    assert bridged(flat_value, FLAT, backend, 0, 8) != bridged(flat_value, FLAT, backend, 1, 8)
