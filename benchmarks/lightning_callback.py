"""What watching a fit of Lightning costs where nothing is pruned.

python -m benchmarks.lightning_callback
"""

from __future__ import annotations

import logging
import sys
import warnings
from functools import partial
from time import process_time
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer, seed_everything
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.watching import show
from tunebridge_torch import lightning_callback

INPUTS, TARGETS = (torch.from_numpy(part) for part in load_digits(return_X_y=True))
ROWS = TensorDataset(INPUTS[:1200].float() / 16, TARGETS[:1200])
VALID = TensorDataset(INPUTS[1200:].float() / 16, TARGETS[1200:])


class Net(LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))

    def training_step(self, batch: Any, batch_index: int) -> Tensor:
        return nn.functional.cross_entropy(self.layers(batch[0]), batch[1])

    def validation_step(self, batch: Any, batch_index: int) -> None:
        self.log("val_loss", nn.functional.cross_entropy(self.layers(batch[0]), batch[1]))

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam(self.parameters(), lr=0.001)


def fit(n_epochs: int, callbacks: list[Any]) -> float:
    """Return the processor time of one fit."""
    seed_everything(0, verbose=False)
    trainer = Trainer(
        max_epochs=n_epochs,
        callbacks=callbacks,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
    )
    begun = process_time()
    trainer.fit(Net(), DataLoader(ROWS, batch_size=64, shuffle=True), DataLoader(VALID, batch_size=300))
    return process_time() - begun


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    show(partial(lightning_callback, metric="val_loss"), fit, *map(int, sys.argv[1:]))
