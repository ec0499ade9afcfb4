"""Loops of a user's own, each cut in two by a checkpoint; the second half runs in this process.

Called with a folder that holds a checkpoint of each loop by its name, and a file for what comes of them.
"""

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn, optim
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

from tunebridge_torch import apply, load, save

N_EPOCHS = 10
CUT = 4
"""The epoch after which a loop is cut."""

RATES = {2: 0.5, 6: 2.0}
"""What a rule makes of the rate, after which epoch; the second half has to know of the first change."""

OPTIMIZERS: dict[str, Callable[..., optim.Optimizer]] = {
    "sgd": optim.SGD,
    "momentum": lambda parameters, lr: optim.SGD(parameters, lr, momentum=0.9, nesterov=True),
    "adam": lambda parameters, lr: optim.Adam(parameters, lr, amsgrad=True),
    "adamw": optim.AdamW,
    "rmsprop": lambda parameters, lr: optim.RMSprop(parameters, lr, momentum=0.5, centered=True),
    "adagrad": lambda parameters, lr: optim.Adagrad(parameters, lr, lr_decay=0.01),
}
SCHEDULERS: dict[str, Callable[[Any], lr_scheduler.LRScheduler]] = {
    "one cycle": lambda sgd: lr_scheduler.OneCycleLR(sgd, max_lr=0.1, total_steps=20),
    "warm restarts": lambda sgd: lr_scheduler.CosineAnnealingWarmRestarts(sgd, T_0=3, T_mult=2),
    "plateau": lambda sgd: lr_scheduler.ReduceLROnPlateau(sgd, patience=1, cooldown=1),
    "cyclic": lambda sgd: lr_scheduler.CyclicLR(sgd, 0.01, 0.1, step_size_up=3),
    "lambda": lambda sgd: lr_scheduler.LambdaLR(sgd, lambda epoch: 0.9**epoch),
    "multiplicative": lambda sgd: lr_scheduler.MultiplicativeLR(sgd, lambda epoch: 0.9),
    "step": lambda sgd: lr_scheduler.StepLR(sgd, 3),
    "milestones": lambda sgd: lr_scheduler.MultiStepLR(sgd, [3, 5, 5]),
    "constant": lambda sgd: lr_scheduler.ConstantLR(sgd, total_iters=5),
    "linear": lambda sgd: lr_scheduler.LinearLR(sgd, total_iters=6),
    "exponential": lambda sgd: lr_scheduler.ExponentialLR(sgd, 0.9),
    "polynomial": lambda sgd: lr_scheduler.PolynomialLR(sgd, total_iters=8, power=2.0),
    "cosine": lambda sgd: lr_scheduler.CosineAnnealingLR(sgd, T_max=8, eta_min=1e-4),
    "sequence": lambda sgd: lr_scheduler.SequentialLR(
        sgd, [lr_scheduler.LinearLR(sgd, total_iters=3), lr_scheduler.ExponentialLR(sgd, 0.8)], [5]
    ),
    "chain": lambda sgd: lr_scheduler.ChainedScheduler(
        [lr_scheduler.StepLR(sgd, 3), lr_scheduler.ExponentialLR(sgd, 0.9)]
    ),
}
CASES = [*OPTIMIZERS, *SCHEDULERS]


class Loop:
    """A training as one would write it: it draws from all that a process draws from."""

    def __init__(self, case: str) -> None:
        torch.manual_seed(1)
        np.random.seed(2)  # noqa: NPY002  # the loops of users do
        random.seed(3)
        self.drawn = torch.Generator().manual_seed(0)
        targets = torch.arange(60) % 3
        inputs = torch.randn(60, 2, generator=self.drawn) + targets[:, None]
        self.model = nn.Sequential(
            nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3)
        )
        self.optimizer = OPTIMIZERS.get(case, OPTIMIZERS["momentum"])(self.model.parameters(), lr=0.05)
        self.scheduler = SCHEDULERS[case](self.optimizer) if case in SCHEDULERS else None
        self.average = optim.swa_utils.AveragedModel(self.model)
        self.augment = np.random.default_rng(4)
        self.loaders = [
            DataLoader(TensorDataset(inputs, targets), batch_size=16, shuffle=True, generator=generator)
            for generator in (None, self.drawn)
        ]
        self.losses: list[float] = []

    @property
    def parts(self) -> dict[str, Any]:
        parts = {
            "model": self.model,
            "optimizer": self.optimizer,
            "average": self.average,
            "order": self.drawn,
            "augment": self.augment,
        }
        return parts if self.scheduler is None else {**parts, "scheduler": self.scheduler}

    def run(self, begin: int, end: int) -> None:
        for epoch in range(begin, end):
            self.losses.append(self.epoch())
            if self.scheduler is not None:
                self.schedule(self.scheduler)
            if epoch in RATES:
                apply(self.optimizer, {"lr": 0.05 * RATES[epoch]}, self.scheduler)

    def schedule(self, scheduler: Any) -> None:
        plateau = isinstance(scheduler, lr_scheduler.ReduceLROnPlateau)
        scheduler.step(*([np.float64(self.losses[-1])] if plateau else []))

    def epoch(self) -> float:
        self.model.train()
        total = 0.0
        for inputs, targets in self.loaders[len(self.losses) % 2]:
            noise = self.augment.normal() + np.random.normal() + random.gauss(0.0, 1.0)  # noqa: NPY002
            loss = nn.functional.cross_entropy(self.model(inputs + 0.1 * noise), targets)
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has not annotated it
            self.optimizer.step()
            self.average.update_parameters(self.model)
            total += loss.item()
        return total

    def outcome(self) -> dict[str, Any]:
        weights = {
            **self.model.state_dict(),
            **{f"{n} mean": w for n, w in self.average.state_dict().items()},
        }
        return {"losses": self.losses, **weights}

    def save(self, folder: Path) -> None:
        folder.mkdir()
        save(folder, **self.parts, losses=self.losses)

    def load(self, folder: Path) -> None:
        self.losses = load(folder, **self.parts)["losses"]


def first_half(case: str, folder: Path) -> None:
    loop = Loop(case)
    loop.run(0, CUT)
    loop.save(folder)


def second_half(case: str, folder: Path) -> dict[str, Any]:
    loop = Loop(case)
    loop.load(folder)
    loop.run(CUT, N_EPOCHS)
    return loop.outcome()


def whole(case: str) -> dict[str, Any]:
    loop = Loop(case)
    loop.run(0, N_EPOCHS)
    return loop.outcome()


def equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether all weights and losses are equal to the last bit."""
    return one.keys() == other.keys() and all(
        torch.equal(value, other[name]) if isinstance(value, Tensor) else value == other[name]
        for name, value in one.items()
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    found = {case: second_half(case, Path(sys.argv[1]) / case) for case in CASES}
    torch.save(found, sys.argv[2])
