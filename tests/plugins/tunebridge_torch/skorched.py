"""A small net of skorch's on a part of the digits, and objectives that train it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback, EarlyStopping, EpochScoring, LRScheduler
from skorch.dataset import ValidSplit
from torch import nn
from torch.optim import lr_scheduler

import tunebridge as tb
from tests.plugins.tunebridge_torch.kills import begin_batch
from tunebridge_torch import skorch_callback

INPUTS, TARGETS = load_digits(return_X_y=True)
X, Y = (INPUTS[:120] / 16).astype(np.float32), TARGETS[:120]

RATES: list[float] = []
"""The rates of all steps of all nets."""


class Small(nn.Module):
    """A small network with dropout, which notes the rate of each step."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(64, width), nn.ReLU(), nn.BatchNorm1d(width), nn.Dropout(0.2), nn.Linear(width, 10)
        )

    def forward(self, X: Any) -> Any:
        return self.layers(X)


class Steps(Callback):  # type: ignore[misc]  # skorch has no types
    """Notes the rate of each step, and kills the process, or presses Ctrl-C, in a batch."""

    def on_batch_begin(self, net: Any, batch: Any = None, training: Any = None, **_: Any) -> None:
        if not training:
            return
        RATES.append(net.optimizer_.param_groups[0]["lr"])
        begin_batch()


def schedule(name: str) -> LRScheduler:
    return {
        "step": lambda: LRScheduler(lr_scheduler.StepLR, step_size=2, gamma=0.5),
        "one cycle": lambda: LRScheduler(
            lr_scheduler.OneCycleLR, max_lr=0.1, total_steps=40, cycle_momentum=False, step_every="batch"
        ),
        "plateau": lambda: LRScheduler(
            lr_scheduler.ReduceLROnPlateau, monitor="valid_loss", patience=0, threshold=1.0
        ),
    }[name]()


def net_of(callback: Any, lr: float, case: str = "", **settings: Any) -> NeuralNetClassifier:
    """Return a net of one case."""
    given: dict[str, Any] = {"max_epochs": 4, "batch_size": 32, "verbose": 0, "iterator_train__shuffle": True}
    before: list[Any] = []
    after: list[Any] = [Steps()]
    match case.partition(" ")[0]:
        case "schedule":
            (before if case.endswith("before") else after).append(
                schedule(case.removeprefix("schedule ").removesuffix(" before"))
            )
        case "adam":
            given["optimizer"] = torch.optim.Adam
        case "momentum":
            given["optimizer__momentum"] = 0.9
        case "stopping":
            stopping = EarlyStopping(patience=1, threshold=0.2, load_best=True)
            (before if case.endswith("before") else after).append(stopping)
            given["max_epochs"] = 8
        case "split":
            given["train_split"] = ValidSplit(0.25, stratified=False)
        case "scored":
            before.append(EpochScoring("f1_macro", name="f1", lower_is_better=False))
        case "generator":
            given["iterator_train__generator"] = torch.Generator().manual_seed(3)
        case "whole":
            given["train_split"] = None
        case _:
            pass
    callbacks = [*before, callback, *after]
    return NeuralNetClassifier(
        Small, criterion=nn.CrossEntropyLoss, lr=lr, callbacks=callbacks, **{**given, **settings}
    )


METRICS = {"scored": "f1", "whole": "train_loss"}
"""What is reported, where it is not the loss of the rows that are held out."""


def trained(trial: tb.Trial, case: str = "", **settings: Any) -> tuple[NeuralNetClassifier, Any]:
    """Return the net and the callback of one trial."""
    torch.manual_seed(trial.seed)
    np.random.seed(trial.seed % 2**31)  # noqa: NPY002  # what splits of rows draw from
    callback = skorch_callback(trial, METRICS.get(case, "valid_loss"))
    net = net_of(callback, trial["lr"], case, **settings)
    net.fit(X, Y)
    return net, callback


def objective(trial: tb.Trial) -> float | None:
    """Train one net, if nobody presses Ctrl-C."""
    value: float | None = trained(trial)[1].value
    return value
