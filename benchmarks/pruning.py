"""What pruning saves on real learning curves: TaskSet, 12 text tasks, 1,000 Adam settings, 51 points each.

    python benchmarks/pruning.py TASKSET.npz
    python benchmarks/pruning.py TASKSET.npz --seeds 3 --json pruning.json
    python benchmarks/pruning.py --reports

Every study has the budget of 40 full trainings, and every (task, seed) has a target: the best
validation loss that random search reports with all of that budget. A study's speed-up is the budget
over the points it needed to report a loss as good, 1 if it never did; figures are geometric means
and medians over tasks and seeds, and the share of studies that reached the target stands beside
them. Points count from 1, so that a pruner "from point 1" looks at the loss before any training.
Samplers that learn propose settings in the box of the table, which are snapped to the nearest
tabulated one; a diverged setting fails.

With `--reports`, the time of one report and its decision in one process, at 1,000 trials of 27 steps.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from math import exp, log
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

import tunebridge as tb

TRAININGS = 40
"""Budget of a study, in full trainings."""

ASHA = tb.pruner("asha", min_resource=3, reduction_factor=3)
PRUNERS: dict[str, Any] = {
    "none": None,
    "median": "median",
    "hyperband": tb.pruner("hyperband", min_resource=1, reduction_factor=3),
    "asha from point 1": tb.pruner("asha", min_resource=1, reduction_factor=3),
    "asha from point 3": ASHA,
}
"""What random candidates are tried with."""


class Curves:
    """The tabulated learning curves.

    Args:
        path: The npz file: `hp` (1000, 8), `valid` (12, 1000, 51).
    """

    def __init__(self, path: str) -> None:
        """Load the table; the settings are compared by logarithm, as they were drawn."""
        with np.load(path) as table:
            self.valid = table["valid"].astype(float)
            self.names = [str(name) for name in table["hp_names"]]
            self.tasks = [str(name) for name in table["task"]]
            settings = table["hp"]
        self.settings = np.log(np.where(np.arange(8) == 1, 1 - settings, settings))
        self.settings[:, 2] = np.log(1 - settings[:, 2])
        self.low, self.high = self.settings.min(axis=0), self.settings.max(axis=0)

    def random_space(self) -> tb.Space:
        """Return a space of the tabulated settings themselves, drawn without replacement."""
        return tb.Space(row=tb.Ordinal(range(self.valid.shape[1])))

    def box(self) -> tb.Space:
        """Return the box of all eight hyperparameters, each in [0, 1] of its logarithm's range."""
        return tb.Space({name: tb.Float(0.0, 1.0) for name in self.names})

    def row(self, params: Any) -> int:
        """Return the tabulated setting that params mean, or are nearest to."""
        if "row" in params:
            return int(params["row"])
        scaled = (self.settings - self.low) / (self.high - self.low)
        wanted = np.array([params[name] for name in self.names])
        return int(np.argmin(((scaled - wanted) ** 2).sum(axis=1)))


class Run:
    """One study on one task: which loss it had reached after how many points.

    Args:
        curves: The table.
        task: Which task.
    """

    def __init__(self, curves: Curves, task: int) -> None:
        """Start with nothing spent."""
        self.curves, self.task = curves, task
        self.budget = TRAININGS * curves.valid.shape[2]
        self.spent = 0
        self.best: list[tuple[int, float]] = []

    def train(self, trial: tb.Trial) -> Iterator[float]:
        """Report the curve of the proposed setting, point by point."""
        for loss in self.curves.valid[self.task, self.curves.row(trial)]:
            if self.spent >= self.budget:
                raise Spent
            self.spent += 1
            if not self.best or loss < self.best[-1][1]:
                self.best.append((self.spent, float(loss)))
            yield float(loss)

    def reached(self, target: float) -> int | None:
        """Return the points spent when the target was reached, or None."""
        return next((spent for spent, loss in self.best if loss <= target), None)


class Spent(Exception):
    """The budget is used up in the middle of a trial."""


def study(curves: Curves, task: int, seed: int, backend: str, pruner: Any) -> Run:
    """Run one study to the end of its budget; failures of diverged settings do not end it."""
    run = Run(curves, task)
    space = curves.random_space() if backend == "sklearn:random" else curves.box()
    problem = tb.Problem(run.train, space)
    seed += 1000 * task
    with tb.open_study(problem, backend=backend, seed=seed, pruner=pruner) as opened:
        while run.spent < run.budget and (trial := opened.ask()) is not None:
            finish(opened, run, trial)
    return run


def finish(opened: tb.Study, run: Run, trial: tb.Trial) -> None:
    """Train one trial in a loop of our own, so that failures in a row do not end the study."""
    loss = None
    try:
        for point, loss in enumerate(run.train(trial), start=1):
            trial.report(loss, point)
    except (tb.TrialPruned, tb.ReportError, Spent) as error:
        opened.tell(trial, error=error)
    else:
        opened.tell(trial, loss)


def measure(curves: Curves, seeds: int) -> list[dict[str, Any]]:
    """Return one row per backend and pruner."""
    plans = [("sklearn:random", name, pruner) for name, pruner in PRUNERS.items()]
    plans += [
        (backend, name, pruner)
        for backend in ("hyperopt:tpe", "optuna:tpe")
        for name, pruner in (("none", None), ("asha from point 3", ASHA))
    ]
    cells = [(task, seed) for task in range(len(curves.tasks)) for seed in range(seeds)]
    runs = {
        (backend, name): {
            cell: study(curves, *cell, backend, pruner) for cell in track(cells, f"{backend} {name}")
        }
        for backend, name, pruner in plans
    }
    targets = {cell: run.best[-1][1] for cell, run in runs["sklearn:random", "none"].items()}
    return [row(backend, name, found, targets) for (backend, name), found in runs.items()]


def row(
    backend: str, pruner: str, runs: Mapping[tuple[int, int], Run], targets: Mapping[tuple[int, int], float]
) -> dict[str, Any]:
    """Return the speed-up of one plan."""
    reached = [run.reached(targets[cell]) for cell, run in runs.items()]
    budget = next(iter(runs.values())).budget
    logs = [log(budget / (spent or budget)) for spent in reached]
    return {
        "backend": backend,
        "pruner": pruner,
        "speed_up": exp(sum(logs) / len(logs)),
        "median_speed_up": exp(median(logs)),
        "reached": sum(spent is not None for spent in reached) / len(reached),
    }


def reports() -> list[dict[str, Any]]:
    """Return the median time of one report with its decision, per pruner."""
    rows = []
    for name in ("none", "median", "asha", "hyperband"):
        times: list[float] = []
        space = tb.Space(x=tb.Float(0.0, 1.0))
        problem = tb.Problem(timed(times), space)
        tb.tune(
            problem, backend="sklearn:random", n_trials=1000, seed=0, pruner=None if name == "none" else name
        )
        rows.append({"pruner": name, "reports": len(times), "median_ms": 1000 * median(times)})
    return rows


def timed(times: list[float]) -> Callable[[tb.Trial], float]:
    """Return an objective that notes how long each report takes."""

    def train(trial: tb.Trial) -> float:
        value = 1.0
        for step in range(27):
            value = 1.0 / (step + 1) + trial["x"]
            begun = perf_counter()
            try:
                trial.report(value, step)
            finally:
                times.append(perf_counter() - begun)
        return value

    return train


def main() -> None:
    """Measure, print a table, and write JSON if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("curves", nargs="?", help="the npz file of the curves")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--reports", action="store_true", help="time the reports instead")
    parser.add_argument("--json", help="file to write the figures to")
    arguments = parser.parse_args()
    if not arguments.reports and not arguments.curves:
        parser.error("name the file of the curves, or give --reports")
    rows = reports() if arguments.reports else measure(Curves(arguments.curves), arguments.seeds)
    table = Table(*rows[0])
    for one in rows:
        table.add_row(*(f"{value:.3g}" if isinstance(value, float) else str(value) for value in one.values()))
    Console().print(table)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
