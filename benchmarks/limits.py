"""What a limit is worth to a sampler, beside an objective that raises where the limit is violated.

    python benchmarks/limits.py --seeds 20

A support vector machine on digits, whose support vectors are bounded in number: accuracy on 500 images after
training on 400 others. Each backend that learns runs each seed twice: told of the bound by `trial.limit`, and
by failures only. What is compared is the best accuracy of those trials that keep the bound. Fits are looked
up: numbers are rounded to a fifth of a decade before they are used, so that none is made twice.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from statistics import fmean, median
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats
from sklearn.datasets import load_digits
from sklearn.svm import SVC

import tunebridge as tb

SPACE = tb.Space(
    C=tb.Float(1e-2, 1e3, log=True),
    gamma=tb.Float(1e-5, 1e0, log=True),
    coef0=tb.Float(0.0, 2.0),
    kernel=tb.Categorical(["rbf", "sigmoid", "poly"]),
)
BOUND = 210
"""The most support vectors that are allowed, of 400 images: one random point in twenty keeps it."""

OPTIONS = {name: {"population_size": 10} for name in ("optuna:nsga2", "optuna:nsga3")}
"""Generations of 50, the default, would be one alone."""

NATIVE = {True: "native", False: "emulated"}

GUESS = 0.1
"""The accuracy of guessing, for a search that found nothing within the bound."""

X, Y = load_digits(return_X_y=True)
ORDER = np.random.default_rng(0).permutation(len(X))
TRAIN, VALID = ORDER[:400], ORDER[400:900]


@cache
def fitted(kernel: str, c: int, gamma: int, coef0: int) -> tuple[float, int]:
    """Return the accuracy of a machine, and how many support vectors it has."""
    model = SVC(kernel=kernel, C=10 ** (c / 5), gamma=10 ** (gamma / 5), coef0=coef0 / 4, max_iter=20_000)
    model.fit(X[TRAIN] / 16, Y[TRAIN])
    return float(model.score(X[VALID] / 16, Y[VALID])), int(model.n_support_.sum())


def looked_up(params: Any) -> tuple[float, int]:
    """Return the same for params of the space."""
    coef0 = 0 if params["kernel"] == "rbf" else round(4 * params["coef0"])
    c, gamma = (round(5 * math.log10(params[name])) for name in ("C", "gamma"))
    return fitted(params["kernel"], c, gamma + 5, coef0)


def limited(trial: tb.Trial, bound: int = BOUND) -> float:
    """Return the accuracy, and limit the number of support vectors."""
    accuracy, n_support = looked_up(trial)
    trial.limit("support vectors", n_support, at_most=bound)
    return accuracy


def failing(trial: tb.Trial, bound: int = BOUND) -> float:
    """Return the accuracy, or raise where the bound is violated."""
    accuracy, n_support = looked_up(trial)
    if n_support > bound:
        raise ValueError(f"{n_support} support vectors")
    return accuracy


def best(objective: Callable[[Any], float], backend: str, seed: int, n_trials: int) -> tuple[float, int]:
    """Return the best accuracy within the bound, that of a guess if there is none, and how many kept it."""
    problem = tb.Problem(objective, SPACE, direction="maximize")
    chosen = tb.backend(backend, **OPTIONS.get(backend, {}))
    result = tb.tune(problem, backend=chosen, n_trials=n_trials, seed=seed, max_failures=None)
    return (result.best_value if result.eligible_trials else GUESS), len(result.eligible_trials)


def row(name: str, seeds: range, n_trials: int, bound: int) -> Sequence[str]:
    """Return what the table says of a backend."""
    told, failed = (
        [best(partial(objective, bound=bound), name, seed, n_trials) for seed in seeds]
        for objective in (limited, failing)
    )
    gains = [one - other for (one, _), (other, _) in zip(told, failed, strict=True)]
    half = stats.t.ppf(0.975, len(gains) - 1) * stats.sem(gains)
    won, lost = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    p = stats.wilcoxon(gains).pvalue if any(gains) else 1.0
    return (
        name,
        "each member's own"
        if tb.backend(name).members
        else NATIVE[tb.backend(name).spec.capabilities.limits],
        *(f"{median(value for value, _ in some):.3f}" for some in (told, failed)),
        f"{fmean(gains):+.3f} ± {half:.3f}",
        f"{won} / {len(gains) - won - lost} / {lost}",
        f"{p:.3f}",
        ", ".join(f"{median(kept for _, kept in some):g}" for some in (told, failed)),
        ", ".join(str(sum(not kept for _, kept in some)) for some in (told, failed)),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="What a limit is worth to a sampler.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--n-trials", type=int, default=40)
    parser.add_argument("--bound", type=int, default=BOUND)
    learning = [one.name for one in tb.backends() if one.capabilities.learns and one.extra]
    parser.add_argument("--backends", default=",".join(learning))
    args = parser.parse_args()
    table = Table(
        title=f"best accuracy within {args.bound} support vectors, {args.n_trials} trials, {args.seeds} seeds"
    )
    for heading in (
        "backend",
        "limits",
        "limit",
        "failures",
        "mean gain (95 %)",
        "won/even/lost",
        "p",
        "kept",
        "none",
    ):
        table.add_column(heading)
    console = Console(width=120)
    for name in args.backends.split(","):
        told = row(name, range(args.seeds), args.n_trials, args.bound)
        print(*told, sep=" | ", flush=True)
        table.add_row(*told)
    console.print(table)


if __name__ == "__main__":
    main()
