"""Params of a training objective that change while a model trains."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from tunebridge.training.tries import reason_against
from tunebridge_torch.live import apply, faults, options_of
from tunebridge_torch.optimizers import make_optimizer

READ_EACH_EPOCH = frozenset({"batch_size", "epochs"})
"""Params that the loop reads anew, so that they may change."""

FROZEN = "the model and its data are made before it trains"
"""Why all that is no option of the optimizer cannot change."""


def apply_changes(optimizer: Optimizer, before: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Give changed params to the optimizer, but for those that the loop reads anew.

    Raises:
        LiveParamError: One of them cannot change while the model trains.
    """
    apply(
        optimizer,
        {name: value for name, value in changes.items() if name not in READ_EACH_EPOCH},
        before=before,
    )


def when_in_force(choice: Any, params: Mapping[str, Any]) -> dict[str, str]:
    """Return, by name, when a changed param is in force, or why it cannot change.

    The options of an optimizer that a function makes are not known beforehand, and left out.

    Args:
        choice: The argument `optimizer` of `training`.
        params: The flat params of a trial.
    """
    found = {name: "next unit" for name in params if name in READ_EACH_EPOCH}
    if not isinstance(choice, str | type):
        return found
    weight = nn.Parameter(torch.zeros(2, 2))
    optimizer = make_optimizer(choice, iter([weight]), params)
    options = options_of(optimizer)
    for name in params.keys() - found.keys():
        if name not in options:
            found[name] = FROZEN
        elif isinstance(params[name], int | float):
            found[name] = reason_against(name, params[name], partial(faults, optimizer)) or "next step"
    return found
