"""What a candidate costs in `TuneSearchCV` and in the searches of others: a part of `searchcv.py`."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import loguniform, randint, uniform
from sklearn.base import BaseEstimator
from sklearn.model_selection import RandomizedSearchCV

import tunebridge as tb
from benchmarks.searchcv_others import hyperopt_search, optuna_search, silence
from tunebridge_sklearn import TuneSearchCV


class Nothing(BaseEstimator):  # type: ignore[misc]
    """An estimator that learns nothing, whose score is a bowl of its params."""

    def __init__(self, x: float = 0.0, lr: float = 0.1, layers: int = 1) -> None:
        """Keep the params."""
        self.x, self.lr, self.layers = x, lr, layers

    def fit(self, X: Any, y: Any) -> Nothing:
        self.fitted_ = True
        return self

    def score(self, X: Any, y: Any) -> float:
        return -float(self.x**2 + self.lr + self.layers)


BOWL = tb.Space(x=tb.Float(-5.0, 5.0), lr=tb.Float(1e-5, 1e-1, log=True), layers=tb.Int(1, 10))
DISTRIBUTIONS = {"x": uniform(-5, 10), "lr": loguniform(1e-5, 1e-1), "layers": randint(1, 11)}
"""The same in scikit-learn's words."""
ROWS = np.zeros((20, 2)), np.arange(20) % 2
CV = 5

Make = Callable[[int, int], BaseEstimator]
"""Makes a search of the bowl, from a number of candidates and a seed."""


def ours(space: Any, backend: str, **given: Any) -> Make:
    """Return what makes our search."""
    return lambda n, seed: TuneSearchCV(
        Nothing(), space, backend=backend, n_trials=n, cv=CV, random_state=seed, **given
    )


def random_search(n_trials: int, seed: int) -> BaseEstimator:
    return RandomizedSearchCV(Nothing(), DISTRIBUTIONS, n_iter=n_trials, cv=CV, random_state=seed)


PAIRS: list[tuple[str, str, Make, Make]] = [
    ("sklearn:random", "RandomizedSearchCV", ours(DISTRIBUTIONS, "sklearn:random"), random_search),
    ("sklearn:random, tb.Space", "RandomizedSearchCV", ours(BOWL, "sklearn:random"), random_search),
    (
        "sklearn:random, max_seconds",
        "RandomizedSearchCV",
        ours(DISTRIBUTIONS, "sklearn:random", max_seconds=1e9),
        random_search,
    ),
    (
        "optuna:tpe",
        "OptunaSearchCV",
        ours(BOWL, "optuna:tpe"),
        lambda n, seed: optuna_search(
            Nothing(), tb.to_native(BOWL, "optuna:tpe"), n, cv=CV, random_state=seed
        ),
    ),
    (
        "hyperopt:tpe",
        "HyperoptSearchCV",
        ours(BOWL, "hyperopt:tpe"),
        lambda n, seed: hyperopt_search(
            Nothing(), tb.to_native(BOWL, "hyperopt:tpe"), n, cv=CV, random_state=seed
        ),
    ),
]
"""Our search, and the one that it is measured against."""


def overhead(n_trials: int, repeats: int, console: Console) -> list[dict[str, Any]]:
    """Measure and print what a candidate costs in our search and in the library's."""
    table = Table("TuneSearchCV", "beside", "ms per candidate", "its own", "ratio")
    rows = []
    for name, beside, make, native in PAIRS:
        timed(make, 20, 0), timed(native, 20, 0)
        pairs = []
        for seed in range(repeats):
            times = [timed(one, n_trials, seed) for one in ((make, native) if seed % 2 else (native, make))]
            pairs.append(times if seed % 2 else times[::-1])
        mine, other = (1000 * median(side) / n_trials for side in zip(*pairs, strict=True))
        ratio = median(one / another for one, another in pairs)
        rows.append({"search": name, "beside": beside, "ms": mine, "native_ms": other, "ratio": ratio})
        table.add_row(name, beside, f"{mine:.2f}", f"{other:.2f}", f"{ratio:.2f}")
    console.print(table)
    return rows


def timed(make: Make, n_trials: int, seed: int) -> float:
    """Return the processor's seconds of one search."""
    with silence():
        search = make(n_trials, seed)
        begun = process_time()
        search.fit(*ROWS)
    return process_time() - begun


class Clock:
    """Observes when candidates end, and how long the sampler took for each."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.ended: list[tuple[float, float]] = []

    @tb.hookimpl
    def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
        """Note the moment."""
        self.ended.append((perf_counter(), trial.sampler_seconds))


def growth(n_trials: int, repeats: int, console: Console, window: int = 50) -> list[dict[str, Any]]:
    """Measure and print how the cost of a candidate outside the sampler grows."""
    table = Table("backend", "first 50: ms", "last 50: ms", "ratio", "sampler, last 50: ms", "at the end: ms")
    rows = []
    for backend in ("optuna:tpe", "hyperopt:random", "sklearn:random"):
        make = ours(BOWL, backend, max_seconds=1e9)
        found = [grown(make, n_trials, seed, window) for seed in range(repeats)]
        figures = {name: median(one[name] for one in found) for name in found[0]}
        rows.append({"backend": backend, "n_trials": n_trials, **figures})
        table.add_row(backend, *(f"{figure:.2f}" for figure in figures.values()))
    console.print(table)
    return rows


def grown(make: Make, n_trials: int, seed: int, window: int) -> dict[str, float]:
    """Run one search under the clock."""
    clock, manager = Clock(), tb.registry.plugins.registry().manager
    manager.register(clock)
    try:
        with silence():
            make(n_trials, seed).fit(*ROWS)
    finally:
        manager.unregister(clock)
    over = perf_counter()
    moments, sampler = (np.array(side) for side in zip(*clock.ended, strict=True))
    outside = 1000 * (np.diff(moments) - sampler[1:])
    first, last = (float(np.median(part)) for part in (outside[:window], outside[-window:]))
    return {
        "first_ms": first,
        "last_ms": last,
        "ratio": last / first,
        "sampler_ms": 1000 * float(np.median(sampler[-window:])),
        "end_ms": 1000 * (over - moments[-1]) / n_trials,
    }
