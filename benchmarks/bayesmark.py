"""Bayesmark's real tuning problems through `tb.compare`, and beside it the scripts that one writes by hand.

    pip install -c constraints.txt bayesmark
    python benchmarks/bayesmark.py BASELINE-100-1.json --storage sqlite:///bayesmark.db
    python benchmarks/bayesmark.py BASELINE-100-1.json --storage sqlite:///bayesmark.db --part parity
    python benchmarks/bayesmark.py BASELINE-100-1.json --part parity --seeds 1 --n-trials 20

A problem is a model, a data set and a metric: its loss is what the metric loses on average in five-fold
cross-validation. Scored by Bayesmark's rule, with the published `best` and `clip` of its file of baselines:
100 for the best loss, 0 for the median of random points. With a storage, the same command goes on, and parity
looks at the cells that are there.

A `logit` parameter is declared, here and by hand, as the uniform number that is its logit, which is exact on
every backend; the objective takes the inverse. Bayesmark leaves its trees and the probabilities of its
support vector machines to numpy's global generator and seeds that once per study; here it is seeded for each
trial, so that a loss is the same in whichever process, and by hand.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from hyperopt import Trials, fmin, hp, tpe
from hyperopt.pyll import scope
from optuna.samplers import BaseSampler, GPSampler, TPESampler
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy import special, stats
from sklearn import datasets
from sklearn.model_selection import ParameterSampler, cross_val_score

import tunebridge as tb

sys.path.append(str(Path(__file__).resolve().parent.parent))

from benchmarks.bayesmark_scores import Baseline, Losses, curves, losses_of, read_baselines, score_rows

Params = dict[str, Any]
Trajectory = list[tuple[Params, float]]

PROBLEMS = [
    "DT_digits_acc",
    "DT_breast_nll",
    "DT_diabetes_mae",
    "DT_wine_nll",
    "kNN_wine_acc",
    "kNN_diabetes_mse",
    "SVM_diabetes_mae",
    "SVM_diabetes_mse",
    "SVM_wine_acc",
    "SVM_iris_nll",
]
"""Model, data set and metric."""

DROPPED = {"float_": np.float64, "unicode_": np.str_, "string_": np.bytes_, "NaN": np.nan, "Inf": np.inf}
"""Names that numpy no longer has and Bayesmark 0.0.8 needs."""

N_FOLDS = 5


def load(problem: str) -> Any:
    """Return Bayesmark's own model of a problem, on libraries that are newer than it."""
    for name, value in DROPPED.items():
        setattr(np, name, value)
    datasets.load_boston = None  # named in a table of all data sets
    here = Path(__file__).parent
    sys.path[:] = [path for path in sys.path if Path(path).resolve() != here]  # this file has its name
    from bayesmark.sklearn_funcs import SklearnModel

    return SklearnModel(*problem.split("_"))


class Loss:
    """The objective of a problem; it travels as its name.

    Args:
        problem: Model, data set and metric.
    """

    def __init__(self, problem: str) -> None:
        self.problem = problem
        self._model: Any = None

    def __reduce__(self) -> tuple[type[Loss], tuple[str]]:
        return Loss, (self.problem,)

    @property
    def model(self) -> Any:
        """Bayesmark's own, loaded where it is used."""
        if self._model is None:
            self._model = load(self.problem)
        return self._model

    def __call__(self, trial: tb.Trial) -> float:
        return self.at(trial, trial.seed)

    def at(self, params: Mapping[str, Any], seed: int) -> float:
        """Return the loss as Bayesmark computes it."""
        model = self.model
        estimator = model.base_model(**settings(model.api_config, params), **model.fixed_params)
        np.random.seed(seed)  # noqa: NPY002  # Bayesmark gives its models no generator of their own
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            warnings.simplefilter("ignore", FutureWarning)  # an argument that Bayesmark gives to SVC
            scores = cross_val_score(estimator, model.data_X, model.data_y, scoring=model.scorer, cv=N_FOLDS)
        return -float(np.mean(scores))


@dataclass(frozen=True)
class Dimension:
    """One parameter as it is proposed."""

    name: str
    kind: str
    """`uniform`, `log` or `int`."""
    low: float
    high: float

    def read(self, value: Any) -> float:
        """Return a library's number as a builtin one."""
        return int(value) if self.kind == "int" else float(value)


def dimensions(config: Mapping[str, Any]) -> Iterator[Dimension]:
    """Yield the parameters that Bayesmark has declared; those of the problems here have no other types."""
    for name, entry in config.items():
        low, high = entry["range"]
        match entry["type"], entry["space"]:
            case "real", "linear":
                yield Dimension(name, "uniform", low, high)
            case "real", "logit":
                yield Dimension(name, "uniform", float(special.logit(low)), float(special.logit(high)))
            case "real", "log":
                yield Dimension(name, "log", low, high)
            case "int", "linear":
                yield Dimension(name, "int", low, high)
            case other:
                raise ValueError(f"{name}: no parameter stands for {other}")


def settings(config: Mapping[str, Any], params: Mapping[str, Any]) -> Params:
    """Return params as the model takes them."""
    return {
        name: float(np.clip(special.expit(value), *config[name]["range"]))
        if config[name]["space"] == "logit"
        else value
        for name, value in params.items()
    }


DECLARED: dict[str, Callable[[Any, Any], Any]] = {
    "uniform": tb.Float,
    "log": partial(tb.Float, log=True),
    "int": tb.Int,
}


def problem_of(name: str) -> tb.Problem:
    """Return a problem with its space."""
    loss = Loss(name)
    declared = {one.name: DECLARED[one.kind](one.low, one.high) for one in dimensions(loss.model.api_config)}
    return tb.Problem(loss, tb.Space(declared))


# The scripts that one writes by hand


class Evaluations:
    """What a script by hand minimises, and all that it has evaluated, in order.

    Args:
        problem: Its name.
        seeds: One per evaluation.
    """

    def __init__(self, problem: str, seeds: Sequence[int]) -> None:
        self.loss, self.seeds, self.n_trials = Loss(problem), seeds, len(seeds)
        self.dimensions = list(dimensions(self.loss.model.api_config))
        self.trajectory: Trajectory = []

    def __call__(self, point: Mapping[str, Any]) -> float:
        params = {one.name: one.read(point[one.name]) for one in self.dimensions}
        value = self.loss.at(params, self.seeds[len(self.trajectory)])
        self.trajectory.append((params, value))
        return value


def parameter_sampler(evaluate: Evaluations, seed: int) -> None:
    """Draw as scikit-learn's random search does."""
    draws: dict[str, Callable[..., Any]] = {
        "uniform": lambda low, high: stats.uniform(loc=low, scale=high - low),
        "log": stats.loguniform,
        "int": lambda low, high: stats.randint(low, high + 1),
    }
    space = {one.name: draws[one.kind](one.low, one.high) for one in evaluate.dimensions}
    for point in ParameterSampler(space, evaluate.n_trials, random_state=seed):
        evaluate(point)


def hyperopt_fmin(evaluate: Evaluations, seed: int) -> None:
    """Minimise by hyperopt's own loop; integers have both their ends at full weight."""
    draws: dict[str, Callable[..., Any]] = {
        "uniform": hp.uniform,
        "log": lambda name, low, high: hp.loguniform(name, math.log(low), math.log(high)),
        "int": lambda name, low, high: scope.int(hp.quniform(name, low - 0.5, high + 0.5, 1)),
    }
    space = {one.name: draws[one.kind](one.name, one.low, one.high) for one in evaluate.dimensions}
    way = {"trials": Trials(), "rstate": np.random.default_rng(seed)}
    quiet = {"show_progressbar": False, "verbose": False}
    fmin(evaluate, space, algo=tpe.suggest, max_evals=evaluate.n_trials, **way, **quiet)


def study_optimize(sampler: Callable[..., BaseSampler], evaluate: Evaluations, seed: int) -> None:
    """Minimise by Optuna's own loop."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def suggest(trial: optuna.Trial, one: Dimension) -> float:
        if one.kind == "int":
            return trial.suggest_int(one.name, int(one.low), int(one.high))
        return trial.suggest_float(one.name, one.low, one.high, log=one.kind == "log")

    def objective(trial: optuna.Trial) -> float:
        return evaluate({one.name: suggest(trial, one) for one in evaluate.dimensions})

    optuna.create_study(sampler=sampler(seed=seed)).optimize(objective, n_trials=evaluate.n_trials)


BY_HAND: dict[str, Callable[[Evaluations, int], None]] = {
    "sklearn:random": parameter_sampler,
    "hyperopt:tpe": hyperopt_fmin,
    "optuna:tpe": partial(study_optimize, TPESampler),
    "optuna:gp": partial(study_optimize, GPSampler),
}
"""The script that does by hand what each backend does."""


def by_hand(problem: str, backend: str, seed: int, trial_seeds: Sequence[int]) -> Trajectory:
    """Run one script from its beginning to its end."""
    evaluate = Evaluations(problem, trial_seeds)
    BY_HAND[backend](evaluate, seed)
    return evaluate.trajectory


# Beside the comparison


def parity_rows(
    comparison: tb.Comparison, baselines: Mapping[str, Baseline], n_jobs: int
) -> list[dict[str, Any]]:
    """Run every cell by hand, too, and count the trials that are equal: params and loss, to the last bit."""
    losses: Losses = {problem: {label: [] for label in comparison.labels} for problem in comparison.problems}
    equal: dict[str, list[bool]] = {label: [] for label in comparison.labels}
    for cell, found in zip(comparison.cells, trajectories_by_hand(comparison, n_jobs), strict=True):
        ours = [(dict(one.params), one.value) for one in cell.records]
        equal[cell.line] += [repr(one) == repr(other) for one, other in zip(ours, found, strict=True)]
        losses[cell.problem][cell.line].append([loss for _, loss in found])
    bridge, hand = curves(losses_of(comparison), baselines), curves(losses, baselines)
    return [
        {
            "line": label,
            "trials": len(equal[label]),
            "equal": sum(equal[label]),
            "score": float(bridge[label][-1]),
            "score by hand": float(hand[label][-1]),
        }
        for label in comparison.labels
    ]


def trajectories_by_hand(comparison: tb.Comparison, n_jobs: int) -> list[Trajectory]:
    """Return what the scripts by hand find, in the order of the cells.

    A trial's seed is that of the trial of random search with this number: it is the same on all lines.
    """
    with ProcessPoolExecutor(n_jobs, mp_context=get_context("spawn")) as pool:
        running = []
        for cell in comparison.cells:
            random = comparison.cell(cell.problem, comparison.random, cell.seed)
            seeds = [record.seed for record in random.records]
            running.append(pool.submit(by_hand, cell.problem, cell.line, cell.seed, seeds))
        return [one.result() for one in track(running, "by hand")]


def table_of(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return rows as a table."""
    table = Table(*rows[-1])
    for row in rows:
        table.add_row(*(f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row.values()))
    return table


def compared(arguments: argparse.Namespace) -> tb.Comparison:
    """Run the comparison, or go on with it.

    Raises:
        SystemExit: It was interrupted, or a cell failed.
    """
    os.environ["OMP_NUM_THREADS"] = "1"  # for the processes of both sides: it may change the last bits
    comparison = tb.compare(
        {name: problem_of(name) for name in arguments.problems},
        backends=list(dict.fromkeys(["sklearn:random", *arguments.backends])),
        n_trials=arguments.n_trials,
        seeds=range(arguments.seeds),
        storage=arguments.storage,
        study="bayesmark",
        n_jobs=arguments.n_jobs,
        progress=True,
    )
    if not comparison.is_complete or comparison.failures:
        raise SystemExit(f"{comparison!r}, {len(comparison.failures)} failed")
    return comparison


def check(arguments: argparse.Namespace, baselines: Mapping[str, Baseline]) -> None:
    """Check that there is a baseline of each problem, and for parity a script of each backend.

    Raises:
        SystemExit: There is none.
    """
    unknown = [name for name in arguments.problems if name not in baselines]
    if unknown:
        raise SystemExit(f"no baseline of {', '.join(unknown)}; there are {', '.join(sorted(baselines))}")
    strange = [name for name in arguments.backends if name not in BY_HAND]
    if strange and arguments.part == "parity":
        raise SystemExit(f"no script does by hand what {', '.join(strange)} does")


def main() -> None:
    """Compare, print, and write JSON if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("baselines", help="Bayesmark's file of baselines for the budget: baseline-100-1.json")
    parser.add_argument("--part", choices=["score", "parity"], default="score")
    parser.add_argument("--problems", nargs="+", default=PROBLEMS, help="any that the baselines have")
    parser.add_argument("--backends", nargs="+", default=list(BY_HAND), help="beside random, such as auto")
    parser.add_argument("--n-trials", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=10, help="how many")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--storage", help="URL of a store to keep the comparison in, and to go on from")
    parser.add_argument("--json", help="file to write the figures to")
    arguments = parser.parse_args()
    console = Console()
    baselines = read_baselines(arguments.baselines)
    check(arguments, baselines)
    comparison = compared(arguments)
    if arguments.part == "score":
        rows = score_rows(comparison, baselines)
        console.print(comparison)
    else:
        rows = parity_rows(comparison, baselines, arguments.n_jobs)
    console.print(table_of(rows))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(rows, indent=1), "utf-8")
    if any(row.get("equal") != row.get("trials") for row in rows):
        raise SystemExit("trials differ from those by hand")


if __name__ == "__main__":
    main()
