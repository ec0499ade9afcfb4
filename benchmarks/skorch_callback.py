"""What watching a fit of skorch's costs where nothing is pruned.

python -m benchmarks.skorch_callback
"""

from __future__ import annotations

import sys
import warnings
from functools import partial
from time import process_time
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from skorch import NeuralNetClassifier
from torch import nn

from benchmarks.watching import show
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


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    show(partial(skorch_callback, metric="valid_loss"), fit, *map(int, sys.argv[1:]))
