"""PyTorch's own training loop: one pass over the training data, and the scores after it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from tunebridge import ObjectiveError, Trial
from tunebridge.display.brief import brief
from tunebridge_torch.losses import Loss
from tunebridge_torch.metrics import Metric

Batches = Iterable[tuple[Tensor, Tensor]]
"""Inputs and targets, on the device of the model."""


@dataclass(frozen=True, slots=True)
class Learner:
    """The model of one trial, and what it learns by."""

    model: nn.Module
    optimizer: Optimizer
    loss: Loss
    trial: Trial

    def train(self, batches: Batches, epoch: int) -> None:
        """Take one step per batch.

        Raises:
            ObjectiveError: The loss is not finite, or the model's output does not fit it.
        """
        self.model.train()
        for batch, (inputs, targets) in enumerate(batches):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(self.model(inputs), targets)
            self._check(loss, f"the loss at epoch {epoch}, batch {batch}")
            loss.backward()  # type: ignore[no-untyped-call]  # torch has not annotated it
            self.optimizer.step()

    @torch.no_grad()
    def score(self, batches: Batches, metric: Metric, epoch: int) -> dict[str, float]:
        """Return the metric and the loss of all batches taken together.

        Raises:
            ObjectiveError: The loss is not finite, or the outputs do not fit it or the metric.
        """
        self.model.eval()
        rows = [(self.model(inputs), targets) for inputs, targets in batches]
        outputs, targets = (torch.cat(parts) for parts in zip(*rows, strict=True))
        loss = self.loss(outputs, targets)
        self._check(loss, f"the validation loss at epoch {epoch}")
        if metric.function is self.loss:
            return {"loss": loss.item()}
        return {"loss": loss.item(), metric.name: float(metric.function(outputs.cpu(), targets.cpu()))}

    def _check(self, loss: Tensor, what: str) -> None:
        value = loss.item()
        if not math.isfinite(value):
            hint = "try a lower lr, or look for such numbers in the data"
            raise ObjectiveError(f"{what} is {value}, with the params {brief(self.trial.params)}", hint=hint)


def copy_weights(model: nn.Module) -> dict[str, object]:
    """Return the state of a model on the CPU, in copies that further training leaves alone."""
    return {
        name: weight.detach().to("cpu", copy=True) if isinstance(weight, Tensor) else weight
        for name, weight in model.state_dict().items()
    }
