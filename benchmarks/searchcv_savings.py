"""What pruning saves in `TuneSearchCV`, and what all searches find: a part of `searchcv.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
import optuna
import pandas as pd
from rich.console import Console
from rich.table import Table
from scipy.stats import ttest_1samp
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
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
from benchmarks.searchcv_others import hyperopt_search, optuna_search, silence
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
