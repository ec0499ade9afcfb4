"""Nets of skorch: models as scikit-learn has them, trained by an optimizer of torch's.

What can change is read by the next step or epoch, and leaves nothing behind that does not go with it. For all
else an optimizer remembers there is `tunebridge_torch.apply(net.optimizer_, ...)`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from sklearn.base import clone

from tunebridge.checks import is_finite
from tunebridge.display.brief import brief

FROZEN = {
    "module": "it makes a new module, and all training is lost",
    "criterion": "it makes another objective, and a new optimizer",
    "optimizer": "it makes a new optimizer, and what the old one remembers is lost",
}
"""Why parts of a net cannot change, by the name that their params begin with."""

READ = frozenset({"max_epochs", "verbose"})
"""Params that each call of `partial_fit` reads."""

FREE = frozenset({"lr", "weight_decay"})
"""Options of optimizers that nothing which they remember depends on."""

KEEPING = frozenset({"Rprop", "LBFGS"})
"""Optimizers that read their rate at the first step only, or keep what they have learned by it."""

BY_TORCH = "; options of its optimizer: tunebridge_torch.apply(net.optimizer_, {...})"
"""Where more of them can change."""


def is_net(model: object) -> bool:
    """Return whether a model is a net of skorch's, which is not imported for it."""
    skorch = sys.modules.get("skorch")
    return skorch is not None and isinstance(model, skorch.NeuralNet)


def option_of(name: str) -> str:
    """Return the option of an optimizer that a param of a net sets, or nothing."""
    return (
        name if name == "lr" else name.removeprefix("optimizer__") if name.startswith("optimizer__") else ""
    )


def begun_net(net: Any) -> Any:
    """Return a net that says what it takes once it trains: a copy for one that has not begun."""
    if net.initialized_:
        return net
    import torch

    with torch.random.fork_rng(devices=[]):
        try:
            return clone(net).set_params(verbose=0).initialize()
        except Exception:  # noqa: BLE001  # a module may need more than a net has before it sees data
            return net


def net_faults(net: Any, changed: Mapping[str, Any]) -> dict[str, str]:
    """Return why params of a net cannot change, by name; nothing if they can.

    Args:
        net: One that was not trained yet takes any of its params.
        changed: New values by name.
    """
    if not net.initialized_:
        return {}
    moves = any(hasattr(callback, "simulate") for _, callback in net.callbacks_)
    reasons = {
        name: _option_fault(net.optimizer_, option_of(name), value, moves=moves)
        if option_of(name)
        else _fault(net, name, value)
        for name, value in changed.items()
    }
    return {name: reason for name, reason in reasons.items() if reason}


def _fault(net: Any, name: str, value: Any) -> str:
    if name == "batch_size":
        if hasattr(net, "iterator_train__batch_size"):
            return "iterator_train__batch_size wins over it"
        whole = isinstance(value, int) and not isinstance(value, bool) and (value >= 1 or value == -1)
        return "" if whole else f"must be an integer >= 1, or -1 for all rows, got {brief(value)}"
    if name in READ:
        return ""
    return FROZEN.get(name.partition("__")[0], "it is read when the net is initialized, before it trains")


def _option_fault(optimizer: Any, option: str, value: Any, *, moves: bool) -> str:
    """Return why an option cannot change, which skorch writes into all groups of an optimizer."""
    groups, kind = optimizer.param_groups, type(optimizer).__name__
    if any(option not in group for group in groups):
        return f"{kind} has no such option"
    if option not in FREE and not (option == "momentum" and kind == "SGD"):
        return f"what {kind} remembers would not go with it"
    if not (is_finite(value) and value >= 0):
        return f"must be a finite number >= 0, got {brief(value)}"
    if len({float(group[option]) for group in groups}) > 1:
        return "the groups of the optimizer have values of their own, which would be lost"
    if option == "momentum" and value and not groups[0][option] and _has_velocity(optimizer):
        return "it was switched off, and the velocity of before would drive the weights again"
    if option == "lr" and kind in KEEPING:
        return f"{kind} does not read it any more"
    if option == "lr" and (moves or any("initial_lr" in group for group in groups)):
        return "a scheduler writes it"
    return ""


def _has_velocity(optimizer: Any) -> bool:
    return any(state.get("momentum_buffer") is not None for state in optimizer.state.values())
