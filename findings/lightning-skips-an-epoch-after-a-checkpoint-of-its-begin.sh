#!/usr/bin/env bash
# lightning 2.6.6: a checkpoint that is saved as an epoch begins loses that epoch when a training with validation goes on from it.
# Guess: trainer.save_checkpoint in on_train_epoch_start of epoch 2 holds two trained epochs; fit(ckpt_path=...) trains epoch 2 next.
# What happens: the loops take the batches of epoch 1 for those of epoch 2, which ends at once: hooks are called, no batch is trained,
# no validation is run, and the epoch counts as trained. No warning is given.
# Why it matters: a callback that saves between two epochs trains one epoch less at each resumption.
# What to do: set ready back to completed in checkpoint["loops"]["fit_loop"]["epoch_progress"] (on_save_checkpoint), or save as an epoch ends.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightning==2.6.6 torch==2.13.0

cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import logging
import warnings

warnings.simplefilter("ignore")
import torch  # noqa: E402
from lightning.pytorch import Callback, LightningModule, Trainer  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

logging.disable(logging.CRITICAL)


class Net(LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
        self.trained = []

    def training_step(self, batch, _):
        self.trained.append(self.current_epoch)
        return self.layer(batch).sum()

    def validation_step(self, batch, _):
        self.log("val_loss", self.layer(batch).sum())

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Saves(Callback):
    def __init__(self, mends):
        self.mends = mends

    def on_train_epoch_start(self, trainer, module):
        if trainer.current_epoch == 2:
            trainer.save_checkpoint("begin.ckpt")

    def on_save_checkpoint(self, trainer, module, checkpoint):
        for counts in checkpoint["loops"]["fit_loop"]["epoch_progress"].values():
            counts["ready"] = counts["completed"] if self.mends else counts["ready"]


def fit(callbacks, **given):
    net = Net()
    quiet = dict(logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False)
    trainer = Trainer(max_epochs=5, accelerator="cpu", callbacks=callbacks, **quiet)
    trainer.fit(net, *(DataLoader(torch.ones(4, 2), batch_size=2) for _ in range(2)), **given)
    return sorted(set(net.trained))


found = {}
for mends in (False, True):
    fit([Saves(mends)])
    found[mends] = fit([], ckpt_path="begin.ckpt", weights_only=False)
print("trained after the resumption:", found[False], "with the counts set back:", found[True])
assert found[False] == [3, 4], "epoch 2 is trained now"
assert found[True] == [2, 3, 4], "setting the counts back does not help"
print("Seen: epoch 2 was never trained, and counts as if it had been.")
PYTHON
