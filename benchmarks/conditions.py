"""How many trials find the optimum of a space with conditions: hyperopt's TPE beside its random search.

    python benchmarks/conditions.py
    python benchmarks/conditions.py --seeds 20 --most 5000 --backends hyperopt:tpe hyperopt:random

The depth of a net decides which of its layers have a size. The space has a single best point, a study ends
at the trial that proposes it, and seeds are paired. Whether the first backend needs fewer trials is an exact
sign test over the seeds, and an exact signed-rank test beside it; a study that has not found the point counts
with `--most` trials.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.stats import binomtest, wilcoxon

import tunebridge as tb

SPACE = tb.Space(
    n_layers=tb.Int(1, 3),
    n_units_l1=tb.Int(32, 128, step=32),
    n_units_l2=tb.Int(32, 128, step=32, when={"n_layers": tb.Between(2, None)}),
    n_units_l3=tb.Int(32, 128, step=32, when={"n_layers": tb.Between(3, None)}),
    optimizer=tb.Categorical(["sgd", "nesterov", "adam"]),
    momentum=tb.Float(0.0, 0.9, step=0.15, when={"optimizer": ["sgd", "nesterov"]}),
)
"""One gate that is a number, and one that is two of three labels."""

BEST = {"n_layers": 2, "n_units_l1": 96, "n_units_l2": 32, "optimizer": "nesterov", "momentum": 0.75}
"""The best point."""

DEPTHS = {1: 0.4, 2: 0.0, 3: 0.2}
OPTIMIZERS = {"sgd": 0.1, "nesterov": 0.0, "adam": 0.3}
SIZES = {"n_units_l1": 96, "n_units_l2": 32, "n_units_l3": 64}


def loss(params: Mapping[str, Any]) -> float:
    """Return a loss that is 0 at the best point; what is inactive adds nothing."""
    sizes = sum(((params[name] - best) / 96) ** 2 for name, best in SIZES.items() if name in params)
    momentum = (params["momentum"] - BEST["momentum"]) ** 2 if "momentum" in params else 0.0
    return float(DEPTHS[params["n_layers"]] + OPTIMIZERS[params["optimizer"]] + sizes + momentum)


def trials_to_optimum(backend: str, seed: int, most: int) -> int:
    """Return the number of the trial, counted from 1, that proposes the best point, or `most`."""
    problem = tb.Problem(loss, SPACE)
    result = tb.tune(problem, backend=backend, n_trials=most, seed=seed, stop=[tb.Target(1e-9)])
    return len(result.trials)


def main() -> None:
    """Run every backend with every seed, and compare the first with each of the others."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--backends", nargs="+", default=["hyperopt:tpe", "hyperopt:random"])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--most", type=int, default=5000)
    settings = parser.parse_args()
    needed = {
        backend: [
            trials_to_optimum(backend, seed, settings.most)
            for seed in track(range(settings.seeds), description=backend)
        ]
        for backend in settings.backends
    }
    first = needed[settings.backends[0]]
    table = Table(
        "backend", "median trials", "fewest", "most", "fewer than it", "p, signs", "p, signed ranks"
    )
    for backend, counts in needed.items():
        table.add_row(
            backend, f"{median(counts):g}", *map(str, (min(counts), max(counts))), *_tests(first, counts)
        )
    Console().print(table)


def _tests(first: list[int], other: list[int]) -> tuple[str, str, str]:
    """Return in how many pairs the first needs fewer trials, and the exact p values of that."""
    gains = [there - here for here, there in zip(first, other, strict=True) if here != there]
    if not gains:
        return "-", "-", "-"
    won = sum(gain > 0 for gain in gains)
    signs = binomtest(won, len(gains), alternative="greater").pvalue
    ranks = wilcoxon(gains, alternative="greater", method="exact").pvalue
    return f"{won} of {len(first)}", f"{signs:.2g}", f"{ranks:.2g}"


if __name__ == "__main__":
    main()
