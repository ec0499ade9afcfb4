"""What `auto` costs beside `optuna:tpe`, for objectives that take next to no time and for slow ones.

    python benchmarks/auto.py
    python benchmarks/auto.py --seconds 1 --n-trials 100

Each line is run `--repeats` times in turn; shown are medians. "A trial" is the time of samplers alone, and
"share" that time over the objective's own. The first import of each library is left out, unless `--cold` says
that it counts. Targets: for an objective of 1 ms at most 3 times `optuna:tpe`; for one of 1 s a share of at
most 10 %.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from statistics import median
from time import sleep
from typing import Any

from rich.console import Console
from rich.table import Table

import tunebridge as tb

SPACE = tb.Space(
    x=tb.Float(-5.0, 5.0),
    rate=tb.Float(1e-4, 1e-1, log=True),
    n=tb.Int(1, 32),
    k=tb.Categorical(["a", "b", "c"]),
)
LINES = ("optuna:tpe", "auto")


def bowl(params: Mapping[str, Any]) -> float:
    """Return a value that has one best place."""
    return float((params["x"] - 1.0) ** 2 + params["rate"] + params["n"] / 32 + (params["k"] == "a"))


def main() -> None:
    """Run, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=0.001, help="what the objective takes")
    parser.add_argument("--n-trials", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--lines", nargs="+", default=LINES)
    parser.add_argument("--cold", action="store_true", help="let imports count")
    arguments = parser.parse_args()

    def objective(trial: tb.Trial) -> float:
        sleep(arguments.seconds)
        return bowl(trial)

    problem = tb.Problem(objective, SPACE)
    for name in () if arguments.cold else ("optuna:tpe", "optuna:gp", "hyperopt:tpe"):
        tb.tune(tb.Problem(bowl, SPACE), backend=name, n_trials=12, seed=0)  # torch is imported for the 11th
    runs: dict[str, list[tb.Result]] = {name: [] for name in arguments.lines}
    for seed in range(arguments.repeats):
        for name in arguments.lines:
            runs[name].append(tb.tune(problem, backend=name, n_trials=arguments.n_trials, seed=seed))
    Console().print(table_of(runs))


def table_of(runs: Mapping[str, list[tb.Result]]) -> Table:
    """Return the medians, and who proposed in the last run."""
    table = Table("line", "a trial, ms", "share", "best", "who proposed")
    for name, results in runs.items():
        asked = [sum(trial.sampler_seconds for trial in result.trials) for result in results]
        spent = [sum(trial.objective_seconds for trial in result.trials) for result in results]
        shares = [one / other for one, other in zip(asked, spent, strict=True)]
        counts = Counter(trial.proposer for trial in results[-1].trials)
        table.add_row(
            name,
            f"{1000 * median(asked) / len(results[0].trials):.2f}",
            f"{median(shares):.1%}",
            f"{median(result.best_value for result in results):.3g}",
            ", ".join(f"{proposer} {count}" for proposer, count in counts.most_common()),
        )
    return table


if __name__ == "__main__":
    main()
