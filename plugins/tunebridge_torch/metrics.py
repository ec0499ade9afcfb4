"""The metrics by name: numbers that say how good a model is on the whole validation set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from tunebridge import Direction, ObjectiveError, ProblemError, UnknownNameError
from tunebridge.display.brief import brief
from tunebridge.errors import did_you_mean
from tunebridge_torch.losses import Loss, describe


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that says how good outputs are."""

    name: str
    """Its name in a report."""
    function: Callable[[Tensor, Tensor], Any]
    """Takes the outputs and targets of the whole validation set, returns one number."""
    direction: Direction | None
    """Which way is better; None for one of the user's."""


def accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the share of rows that are right.

    The class of outputs (rows, classes, ...) is the largest one; outputs of the targets' own shape are
    logits of a yes.

    Raises:
        ObjectiveError: The shapes are neither.
    """
    if outputs.shape == targets.shape:
        return ((outputs > 0) == (targets > 0.5)).double().mean()
    if outputs.ndim == targets.ndim + 1 and outputs.shape[1] > 1:
        return (outputs.argmax(dim=1) == targets).double().mean()
    raise _misfit(
        "accuracy", outputs, targets, "outputs (rows, classes) for targets (rows,), or logits alike"
    )


def mse(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the mean squared error."""
    return _errors("mse", outputs, targets).square().mean()


def rmse(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the root of the mean squared error."""
    return _errors("rmse", outputs, targets).square().mean().sqrt()


def mae(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the mean absolute error."""
    return _errors("mae", outputs, targets).abs().mean()


def r2(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the coefficient of determination, 1 - SS_res / SS_tot; over all columns together.

    Targets that are all alike have none: the report fails.
    """
    around_mean = (targets - targets.double().mean(dim=0)).square().sum()
    return 1 - _errors("r2", outputs, targets).square().sum() / around_mean


METRICS = {
    "accuracy": Metric("accuracy", accuracy, Direction.MAXIMIZE),
    "mse": Metric("mse", mse, Direction.MINIMIZE),
    "rmse": Metric("rmse", rmse, Direction.MINIMIZE),
    "mae": Metric("mae", mae, Direction.MINIMIZE),
    "r2": Metric("r2", r2, Direction.MAXIMIZE),
}


def find_metric(metric: Any, loss: Loss) -> Metric:
    """Return a metric by name, or wrap the user's own; `loss` is the loss itself.

    Raises:
        UnknownNameError: No metric has this name.
        ProblemError: It is neither a name nor a function.
    """
    known = METRICS | {"loss": Metric("loss", loss, Direction.MINIMIZE)}
    if isinstance(metric, str):
        if metric not in known:
            raise UnknownNameError(f"no metric is called {metric!r}", hint=did_you_mean(metric, known))
        return known[metric]
    if not callable(metric):
        raise ProblemError(
            f"the metric must be a name or a function of outputs and targets, got {brief(metric)}"
        )
    name = getattr(metric, "__name__", "metric")
    return Metric(name if name.isidentifier() else "metric", metric, None)


def _errors(name: str, outputs: Tensor, targets: Tensor) -> Tensor:
    if (
        outputs.shape != targets.shape
    ):  # torch would spread one over the other, to a number that means nothing
        raise _misfit(name, outputs, targets, "outputs of the shape of the targets")
    return outputs.double() - targets.double()


def _misfit(name: str, outputs: Tensor, targets: Tensor, expects: str) -> ObjectiveError:
    return ObjectiveError(
        f"the metric {name!r} does not fit outputs {describe(outputs)} and targets {describe(targets)}",
        hint=f"it takes {expects}; or give a function of your own",
    )
