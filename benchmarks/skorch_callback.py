"""What watching a fit of skorch's costs where nothing is pruned: fits in pairs, one with the callback."""

from __future__ import annotations

import sys
import warnings
from functools import partial
from statistics import median
from time import process_time
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from skorch import NeuralNetClassifier
from torch import nn

import tunebridge as tb
from tunebridge_torch import skorch_callback

INPUTS, TARGETS = load_digits(return_X_y=True)
ROWS = (INPUTS / 16).astype(np.float32)


def fit(n_epochs: int, callbacks: list[Any]) -> float:
    """Return the processor time of one fit."""
    torch.manual_seed(0)
    net = NeuralNetClassifier(
        nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)),
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=0.001,
        batch_size=64,
        max_epochs=n_epochs,
        iterator_train__shuffle=True,
        callbacks=callbacks,
        verbose=0,
    )
    begun = process_time()
    net.fit(ROWS, TARGETS)
    return process_time() - begun


def pair(trial: tb.Trial, n_epochs: int) -> float:
    """Fit with and without, in turn, and note both times."""
    callback = skorch_callback(trial, "valid_loss")
    ways = {"with": [callback], "without": []}
    order = sorted(ways, reverse=bool(trial.number % 2))
    trial.note("seconds", {way: fit(n_epochs, ways[way]) for way in order})
    return float(callback.value)


def main(n_pairs: int = 15, n_epochs: int = 20) -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    problem = tb.Problem(partial(pair, n_epochs=n_epochs), tb.Space(x=tb.Float(0, 1)))
    pruner = tb.pruner("asha", min_resource=10**6)
    result = tb.tune(
        problem, backend="sklearn:random", pruner=pruner, n_trials=n_pairs, seed=0, progress=False
    )
    seconds = [trial.notes["seconds"] for trial in result.trials]
    for way in ("without", "with"):
        print(f"{way}: {median(one[way] for one in seconds):.3f} s")
    ratio = median(one["with"] / one["without"] for one in seconds)
    print(f"median of the ratios over {n_pairs} pairs of {n_epochs} epochs: {ratio:.3f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
