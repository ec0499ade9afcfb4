"""A small Lightning module on a part of the digits, and objectives that train it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback, LightningModule, Trainer, seed_everything
from lightning.pytorch.callbacks import EarlyStopping
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

import tunebridge as tb
from tests.plugins.tunebridge_torch.kills import begin_batch
from tunebridge_torch import lightning_callback

INPUTS, TARGETS = (torch.from_numpy(part) for part in load_digits(return_X_y=True))
ROWS = TensorDataset(INPUTS[:96].float() / 16, TARGETS[:96])
VALID = TensorDataset(INPUTS[96:160].float() / 16, TARGETS[96:160])

MARKS = [
    pytest.mark.filterwarnings("ignore:.*LeafSpec"),
    pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*to log .*batches:UserWarning"),
]
"""What Lightning warns of in each fit."""

QUIET: dict[str, Any] = {
    "accelerator": "cpu",
    "enable_checkpointing": False,
    "enable_model_summary": False,
    "enable_progress_bar": False,
    "logger": False,
}
"""What a test of a trainer needs nothing of."""

RATES: list[float] = []
"""The rates of all steps of all nets."""

SCHEDULERS: dict[str, Callable[[Any], Any]] = {
    "step": lambda optimizer: lr_scheduler.StepLR(optimizer, 2, gamma=0.5),
    "one cycle": lambda optimizer: {
        "scheduler": lr_scheduler.OneCycleLR(
            optimizer, max_lr=optimizer.param_groups[0]["lr"], total_steps=40, cycle_momentum=False
        ),
        "interval": "step",
    },
    "plateau": lambda optimizer: {
        "scheduler": lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, threshold=1.0),
        "monitor": "val_loss",
    },
}


class Net(LightningModule):
    """A small network with dropout, which logs losses of both kinds."""

    def __init__(self, lr: float = 0.1, *, optimizer: str = "sgd", scheduler: str = "") -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 10))
        self.lr, self.kind, self.scheduler = lr, optimizer, scheduler
        self.rates: list[float] = []
        self.losses: list[float] = []

    def training_step(self, batch: Any, batch_index: int) -> Tensor:
        loss = nn.functional.cross_entropy(self.layers(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        self.log("each step", loss)
        self.losses.append(loss.item())
        self.rates.append(self.trainer.optimizers[0].param_groups[0]["lr"])
        RATES.append(self.rates[-1])
        return loss

    def validation_step(self, batch: Any, batch_index: int) -> None:
        self.log("val_loss", nn.functional.cross_entropy(self.layers(batch[0]), batch[1]))

        if self.current_epoch % 2 and self.losses:
            self.log("every second", self.losses[-1])

    def on_train_epoch_end(self) -> None:
        self.log("late", self.losses[-1])

    def configure_optimizers(self) -> Any:
        make: Any = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[self.kind]
        optimizer = make(self.parameters(), lr=self.lr)
        if not self.scheduler:
            return optimizer
        return {"optimizer": optimizer, "lr_scheduler": SCHEDULERS[self.scheduler](optimizer)}


class WithData(Net):
    """A module that makes its own loaders."""

    def train_dataloader(self) -> Any:
        return loader()

    def val_dataloader(self) -> Any:
        return loader(VALID)


class Two(Net):
    """A module with two optimizers."""

    automatic_optimization = False

    def training_step(self, batch: Any, batch_index: int) -> None:  # type: ignore[override]
        loss = nn.functional.cross_entropy(self.layers(batch[0]), batch[1])
        optimizers: Any = self.optimizers()
        for optimizer in optimizers:
            optimizer.zero_grad()
        self.manual_backward(loss)
        for optimizer in optimizers:
            optimizer.step()

    def configure_optimizers(self) -> Any:
        return [torch.optim.SGD(self.layers[place].parameters(), lr=self.lr) for place in (0, 3)]


class Chained(Net):
    """A module with two schedulers of one optimizer."""

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.SGD(self.parameters(), lr=self.lr)
        return [optimizer], [lr_scheduler.StepLR(optimizer, 2), lr_scheduler.StepLR(optimizer, 3)]


def loader(data: Any = ROWS, **settings: Any) -> DataLoader[Any]:
    return DataLoader(data, **{"batch_size": 32, "shuffle": data is ROWS, **settings})


def trainer_of(callbacks: Sequence[Callback], **settings: Any) -> Trainer:
    return Trainer(callbacks=list(callbacks), **{**QUIET, "max_epochs": 4, **settings})


def objective(trial: tb.Trial, **settings: Any) -> float | None:
    """Train one net; `settings` are the trainer's."""
    value: float | None = trained(trial, **settings)[1].value
    return value


def interrupted(trial: tb.Trial) -> float | None:
    """Train one net, if nobody presses Ctrl-C."""
    return objective(trial, callbacks=[Killed()])


def trained(trial: tb.Trial, metric: str = "val_loss", **settings: Any) -> tuple[Net, Any, Trainer, str]:
    """Return the net, the callback, the trainer of one trial, and the metric."""
    seed_everything(trial.seed, verbose=False)
    own = {name: settings.pop(name) for name in ("optimizer", "scheduler") if name in settings}
    train = settings.pop("train", None) or loader()
    net = settings.pop("net", Net)(trial["lr"], **own)
    callback = lightning_callback(trial, metric)
    trainer = trainer_of([callback, *settings.pop("callbacks", ())], **settings)
    train, valid = (None, None) if isinstance(net, WithData) else (train, loader(VALID))
    trainer.fit(net, train, valid, ckpt_path=callback.ckpt_path)
    return net, callback, trainer, metric


def settings_of(case: dict[str, Any]) -> dict[str, Any]:
    """Return new parts for one fit of a case."""
    settings = {**case}
    of_loader = dict(settings.pop("loader", {}))
    if "generator" in of_loader:
        of_loader["generator"] = torch.Generator().manual_seed(of_loader["generator"])
    if settings.pop("stops", False):
        settings["callbacks"] = [EarlyStopping("val_loss", patience=1, min_delta=0.01)]
    if settings.pop("own_data", False):
        settings["net"] = WithData
    return {"train": loader(**of_loader), **settings}


class Killed(Callback):
    """Kills the process, or presses Ctrl-C, in a batch."""

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        begin_batch()
