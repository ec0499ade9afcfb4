"""What `TuneSearchCV` saves and costs, beside the search estimators of others, side by side in one run.

    python benchmarks/searchcv.py
    python benchmarks/searchcv.py --parts overhead,growth --repeats 3

`savings`: digits; per seed one split into training and test rows, one set of folds and the same number of
candidates for every search. Work is counted in the estimators themselves, by rows times epochs (or trees), in
units of a full fit of one fold, the refit included. With and without a pruner models are trained by the same
steps; the other searches call `fit`. Losses of score are paired by seed.

`overhead`: an estimator that does nothing, so that a candidate costs what the search costs. Pairs take turns,
each first in every other one; figures are medians of processor time, which other programs disturb less.

`growth`: seconds between the ends of candidates, without those of the sampler: the last 50 against the first.

Needs optuna-integration beside what the tests need.
"""

from __future__ import annotations

import argparse
import io
import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, process_time
from typing import Any

import hyperopt
import numpy as np
import optuna
import pandas as pd
from hyperopt.sklearn import HyperoptSearchCV
from optuna_integration import OptunaSearchCV
from rich.console import Console
from rich.table import Table
from scipy.stats import loguniform, randint, ttest_1samp, uniform
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - it makes the import below possible
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import (
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    train_test_split,
)
from sklearn.neural_network import MLPClassifier

import tunebridge as tb
from tunebridge_sklearn import TuneSearchCV

BACKENDS = ("optuna:tpe", "hyperopt:tpe")
PRUNED = ", pruned"
EPOCHS, TREES = 20, 10


class Meter:
    """Counts the training that estimators do, in rows times epochs or trees."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.rows = 0


METER = Meter()


class Counted(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """An estimator that counts its work."""

    def fit(self, X: Any, y: Any, **params: Any) -> Counted:
        super().fit(X, y, **params)
        METER.rows += len(X) * getattr(self, "n_iter_", getattr(self, "n_estimators", 1))
        return self


class Epochs(Counted):
    """One that counts its work by epochs, too."""

    def partial_fit(self, X: Any, y: Any, **params: Any) -> Epochs:
        METER.rows += len(X)
        super().partial_fit(X, y, **params)
        return self


class Linear(Epochs, SGDClassifier):  # type: ignore[misc]
    """SGD."""


class Network(Epochs, MLPClassifier):  # type: ignore[misc]
    """A network."""


class Forest(Counted, RandomForestClassifier):  # type: ignore[misc]
    """A forest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is searched, and how."""

    name: str
    make: Callable[[int], BaseEstimator]
    """The estimator of a seed."""
    space: tb.Space
    feedback: str
    n_folds: int
    n_units: int
    """Epochs or trees of a full fit."""
    pruner: tb.ChosenPruner
    halving: Mapping[str, Any] = field(default_factory=dict)
    """Options of `HalvingRandomSearchCV`, its own where nothing stands."""


ASHA = tb.pruner("asha", min_resource=2, reduction_factor=4)
TASKS = (
    Task(
        name="SGD",
        make=lambda seed: Linear(
            "log_loss",
            penalty="elasticnet",
            learning_rate="invscaling",
            tol=None,
            max_iter=EPOCHS,
            random_state=seed,
        ),
        space=tb.Space(
            alpha=tb.Float(1e-6, 1e-1, log=True),
            l1_ratio=tb.Float(0.0, 1.0),
            eta0=tb.Float(1e-4, 1.0, log=True),
            power_t=tb.Float(0.0, 0.9),
        ),
        feedback="epochs",
        n_folds=3,
        n_units=EPOCHS,
        pruner=ASHA,
        halving={"resource": "max_iter", "max_resources": EPOCHS},
    ),
    Task(
        name="MLP",
        make=lambda seed: Network((32,), max_iter=EPOCHS, n_iter_no_change=EPOCHS, random_state=seed),
        space=tb.Space(
            learning_rate_init=tb.Float(1e-4, 1e-1, log=True),
            alpha=tb.Float(1e-6, 1.0, log=True),
            batch_size=tb.Int(32, 256, log=True),
            beta_1=tb.Float(0.5, 0.99),
        ),
        feedback="epochs",
        n_folds=3,
        n_units=EPOCHS,
        pruner=tb.pruner("asha", min_resource=3, reduction_factor=3),
        halving={"resource": "max_iter", "max_resources": EPOCHS},
    ),
    Task(
        name="forest",
        make=lambda seed: Forest(TREES, random_state=seed),
        space=tb.Space(
            max_depth=tb.Int(1, 20),
            min_samples_leaf=tb.Int(1, 50),
            max_features=tb.Float(0.02, 1.0),
            ccp_alpha=tb.Float(1e-6, 1e-1, log=True),
        ),
        feedback="folds",
        n_folds=10,
        n_units=TREES,
        pruner=tb.pruner("wilcoxon", p_threshold=0.3),
    ),
)


def searches(task: Task, seed: int, cv: StratifiedKFold, n_trials: int) -> dict[str, BaseEstimator]:
    """Return all searches of a task by name, over the same space, each in its own words."""
    model = task.make(seed)
    bayes, tree, drawn = (tb.to_native(task.space, name) for name in (*BACKENDS, "sklearn:random"))
    common = {"cv": cv, "random_state": seed}
    found: dict[str, BaseEstimator] = {
        f"{backend}{suffix}": TuneSearchCV(
            model,
            task.space,
            backend=backend,
            n_trials=n_trials,
            pruner=pruner,
            feedback=task.feedback,
            **common,
        )
        for backend in BACKENDS
        for suffix, pruner in (("", None), (PRUNED, task.pruner))
    }
    found["OptunaSearchCV"] = optuna_search(model, bayes, n_trials, **common)
    if task.feedback == "epochs":
        native = optuna.pruners.SuccessiveHalvingPruner(**task.pruner.options)
        found[f"OptunaSearchCV{PRUNED}"] = optuna_search(model, bayes, n_trials, pruner=native, **common)
    found["HyperoptSearchCV"] = hyperopt_search(model, tree, n_trials, **common)
    found["RandomizedSearchCV"] = RandomizedSearchCV(model, drawn, n_iter=n_trials, **common)
    found["HalvingRandomSearchCV"] = HalvingRandomSearchCV(
        model, drawn, n_candidates=n_trials, **task.halving, **common
    )
    return found


def optuna_search(
    model: BaseEstimator,
    space: Any,
    n_trials: int,
    *,
    cv: Any,
    random_state: int,
    pruner: optuna.pruners.BasePruner | None = None,
) -> BaseEstimator:
    """Return Optuna's own search, whose sampler gets the same seed as ours; with a pruner, by epochs."""
    sampler = optuna.samplers.TPESampler(seed=random_state)
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    given = {"enable_pruning": True, "max_iter": model.max_iter} if pruner else {}
    return OptunaSearchCV(model, space, study=study, n_trials=n_trials, cv=cv, **given)


def hyperopt_search(model: BaseEstimator, space: Any, n_trials: int, **common: Any) -> BaseEstimator:
    """Return hyperopt's own search."""
    return HyperoptSearchCV(model, space, max_evals=n_trials, algo=hyperopt.tpe.suggest, **common)


@contextmanager
def silence() -> Iterator[None]:
    """Hide what others say while they search: a progress bar that cannot be turned off, and warnings."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def compared(task: Task, seed: int, n_trials: int) -> Iterator[dict[str, Any]]:
    """Run all searches of a task with one seed; who begins changes from seed to seed."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X / 16, y, test_size=0.3, stratify=y, random_state=seed
    )
    cv = StratifiedKFold(task.n_folds, shuffle=True, random_state=seed)
    full_fit = len(X_train) * (1 - 1 / task.n_folds) * task.n_units
    with silence():
        named = list(searches(task, seed, cv, n_trials).items())
        first = seed % len(named)
        for name, search in named[first:] + named[:first]:
            METER.rows, begun = 0, perf_counter()
            search.fit(X_train, y_train)
            seconds = perf_counter() - begun
            yield {
                "model": task.name,
                "search": name,
                "seed": seed,
                "work": METER.rows / full_fit,
                "seconds": seconds,
                "cv": search.best_score_,
                "test": search.score(X_test, y_test),
            }


def savings(tasks: Sequence[Task], seeds: int, n_trials: int, console: Console) -> list[dict[str, Any]]:
    """Measure and print what pruning saves, and what all searches find."""
    runs: list[dict[str, Any]] = []
    for task in tasks:
        for seed in range(seeds):
            runs += compared(task, seed, n_trials)
            console.print(f"{task.name}, seed {seed}: done")
    frame = pd.DataFrame(runs)
    console.print(saved(frame), found(frame))
    return runs


def saved(frame: pd.DataFrame) -> Table:
    """Return the table of what the pruners save, and of what they cost in score."""
    table = Table("model", "backend", "full fits", "pruned", "saved", "time saved", "CV score", "test score")
    wide = frame.pivot(index=["model", "seed"], columns="search")
    changes = []
    for model in frame["model"].unique():
        for backend in BACKENDS:
            plain, pruned = (
                wide.xs(name, axis=1, level=1).loc[model] for name in (backend, backend + PRUNED)
            )
            ratios = (pruned / plain).median()
            changes.append((pruned - plain)[["cv", "test"]])
            figures = (f"{plain['work'].median():.0f}", f"{pruned['work'].median():.0f}")
            shares = (f"{1 - ratios[name]:.0%}" for name in ("work", "seconds"))
            table.add_row(model, backend, *figures, *shares, *map(change, changes[-1].to_numpy().T))
    together = sum(changes) / len(changes)
    table.add_row("mean", *[""] * 5, *map(change, together.to_numpy().T))
    return table


def change(changes: np.ndarray) -> str:
    """Return the mean change of a score, half of its 95 % confidence interval, and the p of Student's t."""
    if not changes.any():
        return "none"
    tested = ttest_1samp(changes, 0.0)
    interval = tested.confidence_interval(0.95)
    return f"{changes.mean():+.4f} ± {(interval.high - interval.low) / 2:.4f} (p {tested.pvalue:.2f})"


def found(frame: pd.DataFrame) -> Table:
    """Return the table of what all searches find, means over the seeds."""
    table = Table("model", "search", "full fits", "seconds", "best CV score", "test score")
    means = frame.groupby(["model", "search"], sort=False)[["work", "seconds", "cv", "test"]].mean()
    for row in means.reset_index().to_dict("records"):
        spent = (f"{row['work']:.0f}", f"{row['seconds']:.1f}")
        table.add_row(row["model"], row["search"], *spent, f"{row['cv']:.4f}", f"{row['test']:.4f}")
    return table


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


def main() -> None:
    """Measure, print tables, and write JSON if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default="savings,overhead,growth")
    parser.add_argument("--tasks", default=",".join(task.name for task in TASKS))
    parser.add_argument("--seeds", type=int, default=5, help="of savings")
    parser.add_argument("--n-trials", type=int, default=40, help="candidates of savings")
    parser.add_argument("--candidates", type=int, default=200, help="of overhead")
    parser.add_argument("--growth", type=int, default=500, help="candidates of growth")
    parser.add_argument("--repeats", type=int, default=5, help="of overhead and growth")
    parser.add_argument("--json", help="file to write the figures to")
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    console, figures = Console(width=120), {}
    tasks = [task for task in TASKS if task.name in arguments.tasks.split(",")]
    parts: dict[str, Callable[[], Any]] = {
        "savings": lambda: savings(tasks, arguments.seeds, arguments.n_trials, console),
        "overhead": lambda: overhead(arguments.candidates, arguments.repeats, console),
        "growth": lambda: growth(arguments.growth, arguments.repeats, console),
    }
    for part in arguments.parts.split(","):
        figures[part] = parts[part]()
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
