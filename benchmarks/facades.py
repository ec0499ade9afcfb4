"""What a facade costs beside the loop that it stands for, side by side in one run.

    python benchmarks/facades.py
    python benchmarks/facades.py --parts hyperopt --n-trials 1000 --repeats 3

The objective is trivial: a trial costs what the sampler and the loop cost. Both sides take turns, each
first in every other pair; figures are medians over the pairs, of processor time, and the spread is from the
least ratio to the greatest.
"""

from __future__ import annotations

import argparse
import logging
import math
import warnings
from collections.abc import Callable, Mapping
from statistics import median
from time import process_time
from typing import Any

import hyperopt
import numpy as np
import optuna
from hyperopt import hp, tpe
from rich.console import Console
from rich.table import Table

import tunebridge as tb
import tunebridge_hyperopt
import tunebridge_optuna

Run = Callable[[int, int], object]
"""Takes a number of trials and a seed."""

SPACE = {
    "x": hp.uniform("x", -5.0, 5.0),
    "lr": hp.loguniform("lr", math.log(1e-5), math.log(1e-1)),
    "layers": hp.quniform("layers", 0.5, 10.5, 1),
    "activation": hp.choice("activation", ["relu", "tanh", "gelu"]),
}


def value(point: Mapping[str, Any]) -> float:
    """Return something that costs nothing."""
    return float((point["x"] - 1) ** 2 + abs(math.log10(point["lr"]) + 3) + point["layers"])


def minimised(fmin: Callable[..., Any], algo: Any) -> Run:
    """Return a call of an `fmin`."""

    def run(n_trials: int, seed: int) -> None:
        fmin(
            value,
            SPACE,
            algo,
            n_trials,
            trials=hyperopt.Trials(),
            rstate=np.random.default_rng(seed),
            verbose=False,
            show_progressbar=False,
        )

    return run


def suggested(trial: Any) -> float:
    """Suggest the same space by Optuna's trial, and return what costs nothing."""
    return value(
        {
            "x": trial.suggest_float("x", -5.0, 5.0),
            "lr": trial.suggest_float("lr", 1e-5, 1e-1, log=True),
            "layers": trial.suggest_int("layers", 1, 10),
            "activation": trial.suggest_categorical("activation", ["relu", "tanh", "gelu"]),
        }
    )


def optimized(backend: str, space: tb.Space | None = None) -> Run:
    """Return a study of the facade."""

    def run(n_trials: int, seed: int) -> None:
        study = tunebridge_optuna.create_study(backend=backend, space=space, seed=seed)
        study.optimize(suggested, n_trials=n_trials)

    return run


def optimized_by(sampler: Callable[..., optuna.samplers.BaseSampler]) -> Run:
    """Return a study of Optuna's."""

    def run(n_trials: int, seed: int) -> None:
        optuna.create_study(sampler=sampler(seed=seed)).optimize(suggested, n_trials=n_trials)

    return run


DECLARED = tb.Space(
    x=tb.Float(-5.0, 5.0),
    lr=tb.Float(1e-5, 1e-1, log=True),
    layers=tb.Int(1, 10),
    activation=tb.Categorical(["relu", "tanh", "gelu"]),
)
"""The same space as tunebridge has it."""

PARTS: dict[str, dict[str, tuple[Run, Run]]] = {
    "hyperopt": {
        f"fmin, {name}": (minimised(tunebridge_hyperopt.fmin, name), minimised(hyperopt.fmin, tpe.suggest))
        for name in ("hyperopt:tpe", "optuna:tpe")
    },
    "optuna": {
        "optimize, optuna:tpe": (optimized("optuna:tpe"), optimized_by(optuna.samplers.TPESampler)),
        "optimize, optuna:tpe, space declared": (
            optimized("optuna:tpe", DECLARED),
            optimized_by(optuna.samplers.TPESampler),
        ),
        "optimize, hyperopt:random, space found": (
            optimized("hyperopt:random"),
            optimized_by(optuna.samplers.RandomSampler),
        ),
    },
}
"""The facade and what it stands for, by name, in each part."""


def measure(facade: Run, original: Run, n_trials: int, repeats: int) -> tuple[float, float, list[float]]:
    """Return milliseconds a trial of both sides, and the ratio of each pair, after a warm-up of both."""
    for run in (facade, original):
        run(25, 0)
    pairs = []
    for seed in range(repeats):
        sides = [facade, original] if seed % 2 else [original, facade]
        times = {run: timed(run, n_trials, seed) for run in sides}
        pairs.append((times[facade], times[original]))
    ours, theirs = (1000 * median(side) / n_trials for side in zip(*pairs, strict=True))
    return ours, theirs, [mine / other for mine, other in pairs]


def timed(run: Run, n_trials: int, seed: int) -> float:
    """Return the seconds of processor time of one run."""
    begun = process_time()
    run(n_trials, seed)
    return process_time() - begun


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--n-trials", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    logging.getLogger("hyperopt").setLevel(logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    console = Console()
    table = Table("facade", "trials", "ms/trial", "original ms/trial", "ratio", "spread")
    for part in arguments.parts.split(","):
        for name, (facade, original) in PARTS[part].items():
            ours, theirs, ratios = measure(facade, original, arguments.n_trials, arguments.repeats)
            spread = f"{min(ratios):.3f}-{max(ratios):.3f}"
            figures = (f"{figure:.3f}" for figure in (ours, theirs, median(ratios)))
            table.add_row(name, str(arguments.n_trials), *figures, spread)
            console.print(f"{name}: ratio {median(ratios):.3f} ({spread})")
    console.print(table)


if __name__ == "__main__":
    main()
