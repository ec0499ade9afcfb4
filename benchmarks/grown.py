"""What backends make of a space that grows in the middle of a study.

    python benchmarks/grown.py
    python benchmarks/grown.py --backends optuna:tpe,optuna:gp --seeds 3 --after 30

A study of `--before` trials grows by a choice, by a range twice as wide and by a parameter; the values are
best in what is new. Each is run `--seeds` times, beside a study that begins anew in the larger space with as
many trials as the other one has after it has grown. "within" is the median number of trials until the first
that has something new; the share is that of all trials after.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

import tunebridge as tb
from tunebridge.testing import MemoryStore

SMALL = tb.Space(
    x=tb.Float(0, 1), rate=tb.Float(1e-3, 1e-1, log=True), kind=tb.Categorical(["a", "b"]), n=tb.Int(1, 8)
)
LARGE = tb.Space(
    {**SMALL, "x": tb.Float(0, 2), "kind": tb.Categorical(["a", "b", "c"]), "mix": tb.Float(0, 1)}
)
HAD = {"mix": 0.25}

NEW: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "choice": lambda params: params["kind"] == "c",
    "range": lambda params: params["x"] > 1,
    "parameter": lambda params: abs(params["mix"] - HAD["mix"]) > 1e-9,
}
"""How a trial is told that has something new."""

SLOW = {"optuna:gp", "smac:rf", "auto:credit"}
"""Backends that are run by fewer seeds."""


def bowl(params: Mapping[str, Any]) -> float:
    """Return a value that is least where all is new: at x = 1.6, kind = c, mix = 0.8."""
    gaps = [params["x"] - 1.6, params.get("mix", HAD["mix"]) - 0.8, (params["n"] - 5) / 8]
    return float(sum(gap**2 for gap in gaps)) + {"a": 0.5, "b": 0.4, "c": 0.0}[params["kind"]]


def grown(backend: str, seed: int, before: int, after: int) -> tb.Result:
    """Return a study that has grown."""
    store = MemoryStore()
    more: dict[str, Any] = {"backend": backend, "study": "s", "seed": seed, "on_lossy": "warn"}
    tb.tune(tb.Problem(bowl, SMALL), storage=store, n_trials=before, **more)
    return tb.tune(tb.Problem(bowl, LARGE), storage=store, n_trials=before + after, grow=HAD, **more)


def first(trials: list[tb.TrialRecord], is_new: Callable[[Mapping[str, Any]], bool]) -> float:
    """Return after how many trials there was something new; infinity for never."""
    return next((float(place) for place, one in enumerate(trials, 1) if is_new(one.params)), float("inf"))


def row(backend: str, seeds: int, before: int, after: int) -> list[str]:
    """Return the row of a backend."""
    cells: dict[str, list[tuple[float, float]]] = {name: [] for name in NEW}
    best, anew, told = [], [], 0
    for seed in range(seeds):
        result = grown(backend, seed, before, after)
        trials = result.trials[before:]
        for name, is_new in NEW.items():
            share = sum(is_new(one.params) for one in trials) / len(trials)
            cells[name].append((first(trials, is_new), share))
        best.append(result.best_value)
        fresh = tb.tune(tb.Problem(bowl, LARGE), backend=backend, n_trials=after, seed=seed, on_lossy="warn")
        anew.append(fresh.best_value)
        told = result.carried.n_told if result.carried else 0
    shown = [
        f"{median(one for one, _ in pairs):.0f}, {median(share for _, share in pairs):.0%}"
        for pairs in cells.values()
    ]
    return [backend, f"{told} of {before}", *shown, f"{median(best):.3f}", f"{median(anew):.3f}"]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backends", default="", help="names, comma-separated; all that can by default")
    parser.add_argument("--before", type=int, default=20, help="trials before it grows")
    parser.add_argument("--after", type=int, default=60, help="trials after")
    parser.add_argument("--seeds", type=int, default=10, help="studies of each backend")
    options = parser.parse_args()
    logging.getLogger("tunebridge").setLevel(logging.ERROR)
    names = options.backends.split(",") if options.backends else [one.name for one in tb.backends()]
    table = Table("backend", "told", *(f"new {name}: within, share" for name in NEW), "best", "best anew")
    for name in names:
        seeds = min(options.seeds, 3) if name in SLOW else options.seeds
        try:
            table.add_row(*row(name, seeds, options.before, options.after))
        except (tb.TranslationError, tb.UnsupportedError) as error:
            table.add_row(name, error.message.splitlines()[0][:60])
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
