"""A small optimizer of the same kind and options, which shows what a change does before it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import unwrap
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer, SparseAdam

from tunebridge.display.brief import brief

UNEVEN = (0.5, -0.3, 0.8, -0.1, 0.4, -0.6, 0.9, 1.1)
"""Gradients of which no two follow one another alike, so that whatever an option does shows."""

STEADY = (1.0,) * 8
"""Gradients under which a moving average has the value that it should have, whatever its decay."""

SHAPE = ((1.0, -0.5), (0.25, 2.0))
"""What a gradient is multiplied by at each place of the tensor, and turned in every second step."""

N_BEFORE = 5
"""How many steps are taken before a change."""

MOST_OFF = 1.5
"""By what factor the length of a step may change with a decay alone, all gradients being equal."""

RAISED = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What a library raises for options, or for a buffer that is not there."""

Move = Callable[[Optimizer, dict[str, Any], Mapping[str, Any]], None]
"""Gives options of a param group new values."""


class Twin:
    """An optimizer of one tensor of shape (2, 2), some steps into its training.

    Args:
        kind: The optimizer's class.
        options: What the class takes.
        gradients: Of the steps.

    Raises:
        Exception: Whatever the class raises for these options, or for such a tensor.
    """

    def __init__(
        self, kind: type[Optimizer], options: Mapping[str, Any], gradients: Sequence[float] = UNEVEN
    ) -> None:
        """Take the first steps."""
        self._weight = small_tensor()
        self._optimizer = kind([self._weight], **options)
        self._rest = list(gradients)
        for _ in range(N_BEFORE):
            self._step()

    @property
    def place(self) -> float:
        """Where the tensor is."""
        return float(self._weight.detach()[0, 0])

    def course(self, move: Move, changes: Mapping[str, Any]) -> list[float]:
        """Give options new values, take the steps that are left, and return where each leads."""
        move(self._optimizer, self._optimizer.param_groups[0], changes)
        return [self._step() for _ in range(len(self._rest))]

    def _step(self) -> float:
        shape = torch.tensor(SHAPE, dtype=torch.float64, device="cpu")
        gradient = self._rest.pop(0) * (shape.T if len(self._rest) % 2 else shape)
        self._weight.grad = gradient.to_sparse() if isinstance(self._optimizer, SparseAdam) else gradient
        # Without the hooks that users have registered for the steps of all optimizers.
        with torch.no_grad():
            unwrap(type(self._optimizer).step)(self._optimizer)
        return self.place


def fault(
    kind: type[Optimizer], options: Mapping[str, Any], move: Move, changes: Mapping[str, Any], name: str
) -> str:
    """Return what is wrong with the change of one option among others; nothing if it is right.

    Args:
        kind: The optimizer's class.
        options: The options of its param group.
        move: Gives new values.
        changes: All new values by option.
        name: The option that is asked about.
    """
    others = {one: value for one, value in changes.items() if one != name}
    try:
        expected = Twin(kind, options).course(move, others)
    except RAISED as error:
        return f"{kind.__name__} cannot be tried out on a small tensor ({brief(error)})"
    try:
        if Twin(kind, options).course(move, changes) == expected:
            return f"{kind.__name__} does not read it any more"
    except RAISED as error:
        return f"{kind.__name__} raises {brief(error)}"
    if "beta" in name and not _is_steady(kind, options, move, {name: changes[name]}):
        return f"{kind.__name__} corrects its averages by the number of steps, so the next one would jump"
    return ""


def _is_steady(
    kind: type[Optimizer], options: Mapping[str, Any], move: Move, changes: Mapping[str, Any]
) -> bool:
    """Return whether the length of the next step hardly depends on a decay, all gradients being equal."""
    as_before, length = (_length(Twin(kind, options, STEADY), move, one) for one in ({}, changes))
    return as_before != 0 and 1 / MOST_OFF <= length / as_before <= MOST_OFF


def _length(twin: Twin, move: Move, changes: Mapping[str, Any]) -> float:
    """Return the length of the first step after a change."""
    before = twin.place
    return twin.course(move, changes)[0] - before


def small_tensor() -> nn.Parameter:
    """Return what a small optimizer moves."""
    return nn.Parameter(torch.ones(2, 2, dtype=torch.float64, device="cpu"))
