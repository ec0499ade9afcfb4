"""What an optimizer remembers of earlier steps, brought in line with options that change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, optim
from torch.optim import Optimizer

Prepare = Callable[[Iterator[dict[str, Any]], Any, Any], None]
"""Takes what is remembered of each tensor, the old value of an option and the new one."""


def move(optimizer: Optimizer, group: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Give options of a param group new values, and what is remembered a form that goes with them.

    Args:
        optimizer: Whose options change.
        group: One of its param groups.
        changes: New values by option.
    """
    for name, value in changes.items():
        for kind, option, prepare in PREPARED:
            if option == name and isinstance(optimizer, kind):
                remembered = (optimizer.state.get(tensor, {}) for tensor in group["params"])
                prepare(remembered, group[name], value)
        if isinstance(group[name], Tensor):
            group[name].fill_(value)
        else:
            group[name] = value


def _rescale(remembered: Iterator[dict[str, Any]], old: Any, new: Any) -> None:
    """Let averages have the value that they would have with other decays.

    They are divided by 1 - beta**step when they are used: with another beta they would be too large or too
    small by the quotient of the two. NAdam divides by the product of all its momenta, each a part of a beta.
    """
    for state in remembered:
        if state:
            step = float(state["step"])
            for name, place in AVERAGES.items():
                if name in state and old[place] != new[place]:
                    state[name].mul_((1 - new[place] ** step) / (1 - old[place] ** step))
            if "mu_product" in state and old[0]:
                state["mu_product"].mul_((new[0] / old[0]) ** step)


def _forget(remembered: Iterator[dict[str, Any]], old: Any, new: Any) -> None:
    """Drop the velocity with the momentum: kept, it would drive the weights when momentum comes back."""
    if not new:
        for state in remembered:
            state.pop("momentum_buffer", None)


def _begin(remembered: Iterator[dict[str, Any]], old: Any, new: Any) -> None:
    """Begin without velocity when momentum comes: RMSprop makes the buffer in its first step only."""
    if new and not old:
        for state in remembered:
            if state:
                state["momentum_buffer"] = torch.zeros_like(state["square_avg"])


AVERAGES = {"exp_avg": 0, "exp_avg_sq": 1, "max_exp_avg_sq": 1}
"""Which of the two betas each average decays with."""

PREPARED: tuple[tuple[type[Optimizer], str, Prepare], ...] = (
    (optim.Adam, "betas", _rescale),
    (optim.Adamax, "betas", _rescale),
    (optim.SparseAdam, "betas", _rescale),
    (optim.NAdam, "betas", _rescale),
    (optim.RAdam, "betas", _rescale),
    (optim.SGD, "momentum", _forget),
    (optim.RMSprop, "momentum", _forget),
    (optim.RMSprop, "momentum", _begin),
)
"""What has to be done to what is remembered, by optimizer and option."""
