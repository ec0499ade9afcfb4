"""What a callback costs that watches a fit and prunes nothing: fits in pairs, one with it and one without."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import tunebridge as tb

Fit = Callable[[int, list[Any]], float]
"""Fits for so many epochs with some callbacks, and returns the processor time."""


def pair(trial: tb.Trial, watch: Callable[[tb.Trial], Any], fit: Fit, n_epochs: int) -> float:
    """Fit with and without, in turn, and note both times."""
    callback = watch(trial)
    ways = {"with": [callback], "without": []}
    order = sorted(ways, reverse=bool(trial.number % 2))
    trial.note("seconds", {way: fit(n_epochs, ways[way]) for way in order})
    return float(callback.value)


def show(watch: Callable[[tb.Trial], Any], fit: Fit, n_pairs: int = 15, n_epochs: int = 20) -> None:
    """Measure, and print medians."""
    objective = partial(pair, watch=watch, fit=fit, n_epochs=n_epochs)
    result = tb.tune(
        tb.Problem(objective, tb.Space(x=tb.Float(0, 1))),
        backend="sklearn:random",
        pruner=tb.pruner("asha", min_resource=10**6),
        n_trials=n_pairs,
        seed=0,
        progress=False,
    )
    seconds = [trial.notes["seconds"] for trial in result.trials]
    for way in ("without", "with"):
        print(f"{way}: {median(one[way] for one in seconds):.3f} s")
    ratio = median(one["with"] / one["without"] for one in seconds)
    print(f"median of the ratios over {n_pairs} pairs of {n_epochs} epochs: {ratio:.3f}")
