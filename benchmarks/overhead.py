"""What the bridge costs: every backend against the native loop written by hand, side by side in one run.

    python benchmarks/overhead.py
    python benchmarks/overhead.py --backends optuna:tpe,hyperopt:tpe --n-trials 100,1000 --repeats 5

The objective is trivial, so that a trial costs what the library and the loop cost. Bridge and native take
turns, the time is that of the processor, and figures are medians over the repeats.
"""

from __future__ import annotations

import argparse
import json
import platform
import warnings
from collections.abc import Callable, Mapping
from statistics import median
from time import process_time
from typing import Any

import hyperopt
import numpy as np
import optuna
from hyperopt import anneal, fmin, rand, tpe
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
from rich.console import Console
from rich.table import Table
from sklearn.model_selection import ParameterGrid, ParameterSampler

import tunebridge as tb
from tunebridge.dependencies import installed_version

SPACE = tb.Space(
    x=tb.Float(-5.0, 5.0),
    lr=tb.Float(1e-5, 1e-1, log=True),
    layers=tb.Int(1, 10),
    activation=tb.Categorical(["relu", "tanh", "gelu"]),
)
"""What samplers draw from."""

FINITE = tb.Space(
    x=tb.Ordinal([-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]),
    lr=tb.Ordinal([1e-4, 1e-3, 1e-2, 1e-1, 1.0]),
    layers=tb.Int(1, 12),
    activation=tb.Categorical(["relu", "tanh", "gelu"]),
)
"""What grids visit: 1,080 points."""

GRIDS = {"optuna:grid", "optuna:brute-force", "sklearn:grid"}
SLOW = {"optuna:gp": 60, "optuna:grid": 200, "optuna:brute-force": 200}
"""Backends whose native cost per trial is so high that they run no more than so many trials."""

SAMPLERS: dict[str, Callable[..., BaseSampler]] = {
    "tpe": TPESampler,
    "random": RandomSampler,
    "gp": GPSampler,
    "cmaes": CmaEsSampler,
    "nsga2": NSGAIISampler,
    "nsga3": NSGAIIISampler,
    "qmc": QMCSampler,
    "brute-force": BruteForceSampler,
}
SUGGEST = {"tpe": tpe.suggest, "anneal": anneal.suggest, "random": rand.suggest}


def value(params: Mapping[str, Any]) -> float:
    """Return the trivial objective's value."""
    return float(params["x"] ** 2 + params["lr"] + params["layers"] + (params["activation"] == "relu"))


def bridge(backend: str, n_trials: int, seed: int) -> None:
    """Tune through tunebridge."""
    space = FINITE if backend in GRIDS else SPACE
    tb.tune(tb.Problem(value, space), backend=backend, n_trials=n_trials, seed=seed)


def native_optuna(sampler: str, n_trials: int, seed: int) -> None:
    """Run Optuna's own loop on its own suggestions."""

    def objective(trial: optuna.Trial) -> float:
        return value(
            {
                "x": trial.suggest_float("x", -5.0, 5.0),
                "lr": trial.suggest_float("lr", 1e-5, 1e-1, log=True),
                "layers": trial.suggest_int("layers", 1, 10),
                "activation": trial.suggest_categorical("activation", ["relu", "tanh", "gelu"]),
            }
        )

    optuna.create_study(sampler=SAMPLERS[sampler](seed=seed)).optimize(objective, n_trials=n_trials)


def native_optuna_finite(sampler: str, n_trials: int, seed: int) -> None:
    """Run Optuna's own loop over the finite space."""
    xs, lrs = [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0], [1e-4, 1e-3, 1e-2, 1e-1, 1.0]
    layers, activations = list(range(1, 13)), ["relu", "tanh", "gelu"]

    def objective(trial: optuna.Trial) -> float:
        return value(
            {
                "x": trial.suggest_categorical("x", xs),
                "lr": trial.suggest_categorical("lr", lrs),
                "layers": trial.suggest_categorical("layers", layers),
                "activation": trial.suggest_categorical("activation", activations),
            }
        )

    grid = {"x": xs, "lr": lrs, "layers": layers, "activation": activations}
    made = GridSampler(grid, seed=seed) if sampler == "grid" else BruteForceSampler(seed=seed)  # type: ignore[arg-type]
    optuna.create_study(sampler=made).optimize(objective, n_trials=n_trials)


def native_hyperopt(sampler: str, n_trials: int, seed: int) -> None:
    """Run hyperopt's own loop."""
    fmin(
        value,
        tb.to_native(SPACE, f"hyperopt:{sampler}"),
        algo=SUGGEST[sampler],
        max_evals=n_trials,
        trials=hyperopt.Trials(),
        rstate=np.random.default_rng(seed),
        verbose=False,
        show_progressbar=False,
    )


def native_sklearn(sampler: str, n_trials: int, seed: int) -> None:
    """Evaluate what scikit-learn lists, and keep the values."""
    if sampler == "grid":
        points = iter(ParameterGrid(tb.to_native(FINITE, "sklearn:grid")))
    else:
        points = iter(ParameterSampler(tb.to_native(SPACE, "sklearn:random"), n_trials, random_state=seed))
    results = []
    for _ in range(n_trials):
        params = next(points)
        results.append((params, value(params)))


def native(backend: str) -> Callable[[str, int, int], None]:
    """Return the hand-written loop of a backend."""
    library, _, sampler = backend.partition(":")
    if library == "optuna":
        return native_optuna_finite if sampler in {"grid", "brute-force"} else native_optuna
    return {"hyperopt": native_hyperopt, "sklearn": native_sklearn}[library]


def measure(backend: str, n_trials: int, repeats: int) -> dict[str, Any]:
    """Time bridge and native in turn, each first in every other pair, after a warm-up of both."""
    loop, sampler = native(backend), backend.partition(":")[2]
    bridge(backend, 25, 0)
    loop(sampler, 25, 0)
    pairs = []
    for seed in range(repeats):
        calls = [(bridge, backend, n_trials, seed), (loop, sampler, n_trials, seed)]
        times = [timed(*call) for call in (calls if seed % 2 else reversed(calls))]
        pairs.append(times if seed % 2 else times[::-1])
    ours, theirs = (median(side) for side in zip(*pairs, strict=True))
    return {
        "backend": backend,
        "n_trials": n_trials,
        "bridge_ms_per_trial": 1000 * ours / n_trials,
        "native_ms_per_trial": 1000 * theirs / n_trials,
        "ratio": median(mine / other for mine, other in pairs),
        "extra_ms_per_trial": 1000 * median(mine - other for mine, other in pairs) / n_trials,
    }


def timed(function: Callable[..., None], *arguments: Any) -> float:
    """Return the processor's seconds of one call."""
    begun = process_time()
    function(*arguments)
    return process_time() - begun


def growth(backend: str, n_trials: int = 10_000, window: int = 1000) -> dict[str, Any]:
    """Return how the cost of a trial grows: the last `window` trials against the first."""
    moments: list[float] = []

    def clocked(params: Mapping[str, Any]) -> float:
        moments.append(process_time())
        return value(params)

    tb.tune(tb.Problem(clocked, SPACE), backend=backend, n_trials=n_trials, seed=0)
    first, last = moments[window] - moments[0], moments[-1] - moments[-1 - window]
    return {
        "backend": backend,
        "first_ms": 1000 * first / window,
        "last_ms": 1000 * last / window,
        "ratio": last / first,
    }


def main() -> None:
    """Measure, print two tables, and write JSON if asked to."""
    names = [f"optuna:{name}" for name in (*SAMPLERS, "grid")] + [f"hyperopt:{name}" for name in SUGGEST]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backends", default=",".join([*names, "sklearn:random", "sklearn:grid"]))
    parser.add_argument("--n-trials", default="100,1000")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--growth", default="sklearn:random,hyperopt:random,optuna:random")
    parser.add_argument("--json", help="file to write the figures to")
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)

    console = Console()
    sizes = [int(size) for size in arguments.n_trials.split(",")]
    table = Table("backend", "trials", "bridge ms/trial", "native ms/trial", "ratio", "extra ms/trial")
    rows = []
    for backend in arguments.backends.split(","):
        for n_trials in dict.fromkeys(min(size, SLOW.get(backend, size)) for size in sizes):
            row = measure(backend, n_trials, arguments.repeats)
            rows.append(row)
            table.add_row(backend, str(n_trials), *(f"{row[key]:.3f}" for key in list(row)[2:]))
            console.print(f"{backend} {n_trials}: ratio {row['ratio']:.3f}")
    console.print(table)

    grown = Table("backend", "first 1,000: ms/trial", "last 1,000 of 10,000: ms/trial", "ratio")
    growths = [growth(backend) for backend in filter(None, arguments.growth.split(","))]
    for row in growths:
        grown.add_row(row["backend"], *(f"{row[key]:.3f}" for key in ("first_ms", "last_ms", "ratio")))
    console.print(grown)
    if arguments.json:
        versions = {name: installed_version(name) for name in ("optuna", "hyperopt", "scikit-learn")}
        with open(arguments.json, "w", encoding="utf-8") as file:
            figures = {
                "python": platform.python_version(),
                "versions": versions,
                "overhead": rows,
                "growth": growths,
            }
            json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
