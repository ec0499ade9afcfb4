"""The losses by name, and the check that a model's output fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tunebridge import ObjectiveError, ProblemError, UnknownNameError
from tunebridge.display.brief import brief
from tunebridge.errors import did_you_mean

LIKE_TARGETS = "outputs of the shape of the targets, both of floats"
CLASSES = "outputs (rows, classes) and integer targets (rows,) in [0, classes)"


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss that is to be minimised."""

    name: str
    """For messages."""
    function: Callable[[Tensor, Tensor], Tensor]
    """Takes outputs and targets, returns their mean loss."""
    expects: str
    """What fits it, in words."""

    def __call__(self, outputs: Any, targets: Tensor) -> Tensor:
        """Return the loss of a batch.

        Raises:
            ObjectiveError: The output does not fit.
        """
        if not isinstance(outputs, Tensor):
            raise ObjectiveError(f"the model must return a tensor, got {type(outputs).__name__}")
        if self.expects == LIKE_TARGETS and outputs.shape != targets.shape:
            raise self._misfit(outputs, targets, "the shapes differ")
        try:
            loss = self.function(outputs, targets)
        except (IndexError, RuntimeError, TypeError, ValueError) as error:
            raise self._misfit(outputs, targets, str(error).partition("\n")[0]) from error
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            raise self._misfit(outputs, targets, f"it is no single number: {type(loss).__name__}")
        return loss

    def to(self, device: torch.device) -> None:
        """Move the weights of a loss that is a module."""
        if isinstance(self.function, nn.Module):
            self.function.to(device)

    def _misfit(self, outputs: Tensor, targets: Tensor, reason: str) -> ObjectiveError:
        return ObjectiveError(
            f"the output of the model, {describe(outputs)}, does not fit the loss {self.name!r} "
            f"and the targets, {describe(targets)}: {reason}",
            hint=f"it takes {self.expects}",
        )


LOSSES = {
    loss.name: loss
    for loss in (
        Loss("cross_entropy", functional.cross_entropy, CLASSES),
        Loss("nll", functional.nll_loss, CLASSES),
        Loss("bce_with_logits", functional.binary_cross_entropy_with_logits, LIKE_TARGETS),
        Loss("mse", functional.mse_loss, LIKE_TARGETS),
        Loss("l1", functional.l1_loss, LIKE_TARGETS),
        Loss("smooth_l1", functional.smooth_l1_loss, LIKE_TARGETS),
        Loss("huber", functional.huber_loss, LIKE_TARGETS),
    )
}


def find_loss(loss: Any) -> Loss:
    """Return a loss by name, or wrap the user's own.

    Raises:
        UnknownNameError: No loss has this name.
        ProblemError: It is neither a name nor a function.
    """
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise UnknownNameError(f"no loss is called {loss!r}", hint=did_you_mean(loss, LOSSES))
        return LOSSES[loss]
    if not callable(loss):
        raise ProblemError(f"the loss must be a name or a function of outputs and targets, got {brief(loss)}")
    name = getattr(loss, "__name__", type(loss).__name__)
    return Loss(name, loss, "what it was written for, and it must return one number, the mean")


def describe(tensor: Tensor) -> str:
    """Return the shape and the type of a tensor in words."""
    return f"{tuple(tensor.shape)} of {str(tensor.dtype).removeprefix('torch.')}"
