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
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
from rich.console import Console

sys.path.append(str(Path(__file__).resolve().parent.parent))

from benchmarks.searchcv_costs import growth, overhead
from benchmarks.searchcv_savings import TASKS, savings


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
