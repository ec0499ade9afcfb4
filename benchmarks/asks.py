"""What one ask of hyperopt's TPE costs at the end of a long history, beside `tpe.suggest` itself.

    python benchmarks/asks.py
    python benchmarks/asks.py --n-trials 100,1000 --asks 30

Both are asked for the same trial, in turn, and each time one more trial is told between two asks, as in a
run. Figures are medians of processor time; that both propose the same is checked at each ask.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

import numpy as np
from hyperopt import Trials, hp, rand, tpe
from hyperopt.base import JOB_STATE_DONE, Domain
from hyperopt.pyll import scope
from rich.console import Console
from rich.table import Table

from tunebridge_hyperopt.posterior import Tpe

SPACE = {
    "x": hp.uniform("x", -5.0, 5.0),
    "lr": hp.loguniform("lr", math.log(1e-5), math.log(1e-1)),
    "layers": scope.int(hp.quniform("layers", 0.5, 10.5, 1)),
    "units": scope.int(hp.quniform("units", 15.5, 256.5, 1)),
    "depth": scope.int(hp.quniform("depth", 0.5, 12.5, 1)),
    "activation": hp.choice("activation", ["relu", "tanh", "gelu"]),
}


def tell(trials: Trials, document: dict[str, Any]) -> None:
    """Add a trial with its loss."""
    values = document["misc"]["vals"]
    loss = (values["x"][0] - 1) ** 2 + abs(math.log10(values["lr"][0]) + 3) + abs(values["layers"][0] - 4)
    document["result"] = {"status": "ok", "loss": float(loss + abs(values["units"][0] - 100) / 50)}
    document["state"] = JOB_STATE_DONE
    trials.insert_trial_docs([document])
    trials.refresh()


def timed(suggest: Callable[..., Any], *arguments: Any) -> tuple[float, dict[str, Any]]:
    """Return what an ask costs in milliseconds, and its document."""
    begun = process_time()
    (document,) = suggest(*arguments)
    return (process_time() - begun) * 1e3, document


def measured(n_trials: int, n_asks: int) -> tuple[float, float]:
    """Return the medians of ours and of hyperopt's own, in milliseconds an ask."""
    domain, trials, ours = Domain(None, SPACE), Trials(), Tpe()
    seeds = np.random.default_rng(0)
    while len(trials.trials) < n_trials:
        tell(trials, rand.suggest(trials.new_trial_ids(1), domain, trials, int(seeds.integers(2**31 - 1)))[0])
    ours(trials.new_trial_ids(1), domain, trials, 0)
    costs: list[tuple[float, float]] = []
    for _ in range(n_asks):
        arguments = trials.new_trial_ids(1), domain, trials, int(seeds.integers(2**31 - 1))
        mine, made = timed(ours, *arguments)
        theirs, expected = timed(lambda *rest: tpe.suggest(*rest, verbose=False), *arguments)
        if made["misc"] != expected["misc"]:
            raise SystemExit("the two have proposed different points")
        costs.append((mine, theirs))
        tell(trials, made)
    return median(cost for cost, _ in costs), median(cost for _, cost in costs)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-trials", default="100,1000,5000", help="lengths of the history")
    parser.add_argument("--asks", type=int, default=15, help="asks at each length")
    options = parser.parse_args()
    table = Table("trials before", "ours, ms", "tpe.suggest, ms", "ratio")
    for n_trials in map(int, options.n_trials.split(",")):
        ours, theirs = measured(n_trials, options.asks)
        table.add_row(f"{n_trials:,}", f"{ours:.1f}", f"{theirs:.1f}", f"{ours / theirs:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
