"""The table of the docs says what the installed torch does with a changed option."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import nn, optim
from torch.optim import Optimizer

from tests.docs.tables import check_table
from tunebridge.training.tries import has_others, reason_against
from tunebridge_torch.live import faults, options_of
from tunebridge_torch.tried import HOW

NEEDED: dict[Any, dict[str, float]] = {optim.SGD: {"momentum": 0.5}, optim.RMSprop: {"momentum": 0.5}}
"""Options under which all others of an optimizer have an effect."""


def rows() -> list[tuple[str, str, str]]:
    """Return each optimizer of torch, the options that may change, and the others with the reason."""
    kinds = [kind for kind in vars(optim).values() if isinstance(kind, type) and issubclass(kind, Optimizer)]
    return [row(kind) for kind in sorted(kinds, key=lambda kind: kind.__name__) if kind is not Optimizer]


def row(kind: Any) -> tuple[str, str, str]:
    optimizer = kind([nn.Parameter(torch.ones(2, 2))], **NEEDED.get(kind, {}))
    group = optimizer.param_groups[0]
    values = {**group, **dict(zip(("beta1", "beta2"), group.get("betas", ()), strict=False))}
    refused: dict[str, list[str]] = {"": []}
    for name in options_of(optimizer):
        if has_others(values[name]) and name not in HOW:
            reason = reason_against(name, values[name], partial(faults, optimizer))
            refused.setdefault(reason, []).append(f"`{name}`")
    live = ", ".join(refused.pop("")) or "nothing"
    return (
        f"`{kind.__name__}`",
        live,
        "; ".join(f"{', '.join(names)}: {why}" for why, names in refused.items()),
    )


def test_the_table_of_the_docs_says_what_torch_does() -> None:
    check_table("live-params", "torch", ("optimizer", "live", "refused"), rows())
