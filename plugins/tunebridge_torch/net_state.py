"""All that a net of skorch's has between two epochs, in the folder of a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import torch
from skorch.history import History
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from tunebridge_torch import generators, saved

OF_THE_CLOCK = frozenset({"epoch_start_time_"})
"""What a callback reads from a clock: it holds for the epoch that runs."""

PLAIN = (bool, int, float, str, type(None))
"""What a callback remembers as it is, beside tensors by name and what has a state."""


def write(folder: Any, net: Any, history: list[Any], more: Mapping[str, Any]) -> None:
    """Write a net.

    Args:
        folder: That of a checkpoint.
        net: It is between two epochs.
        history: The epochs that have ended.
        more: Plain data beside it.

    Raises:
        ObjectiveError: A part of it has a state that cannot be saved.
    """
    plain = {**more, "history": history, "callbacks": _remembered(net)}
    saved.write(folder, {**dict(_parts(net)), **plain}, of_process=True)


def read(folder: Any, net: Any) -> None:
    """Let a net go on from what was written, as if the epochs of then were its own.

    Raises:
        ObjectiveError: It is that of another net.
    """
    plain = saved.read(folder, dict(_parts(net)), partial=False)
    net.history_ = History(plain["history"])
    callbacks = dict(net.callbacks_)
    for name in plain["callbacks"].keys() & callbacks.keys():
        for attribute, value in plain["callbacks"][name].items():
            setattr(callbacks[name], attribute, value)


def noted(folder: Any) -> dict[str, Any]:
    """Return the plain data beside a net, and leave all else as it is."""
    return saved.read(folder, {}, partial=True)


def trainer_of(net: Any) -> Any:
    """Return what moves the weights of a net, under the names that a trainer of Lightning's has for it."""
    optimizers = [one for _, one in _parts(net) if isinstance(one, Optimizer)]
    schedulers = [one for _, one in _parts(net) if isinstance(one, LRScheduler)]
    return SimpleNamespace(
        optimizers=optimizers,
        lr_scheduler_configs=[SimpleNamespace(scheduler=one) for one in schedulers],
    )


def _parts(net: Any) -> Iterator[tuple[str, Any]]:
    """Yield what has a state: modules, optimizers, the generator of the rows, schedulers of callbacks."""
    for name, part in vars(net).items():
        if name.endswith("_") and isinstance(part, torch.nn.Module | Optimizer):
            yield name, part
    generator = net.get_params_for("iterator_train").get("generator")
    if isinstance(generator, generators.Generator):
        yield "generator", generator
    for name, callback in net.callbacks_:
        for attribute, part in vars(callback).items():
            if attribute.endswith("_") and hasattr(part, "state_dict") and not isinstance(part, type):
                yield f"{name}.{attribute}", part


def _remembered(net: Any) -> dict[str, dict[str, Any]]:
    """Return by callback what it has counted, and weights that it keeps."""
    found = {}
    for name, callback in net.callbacks_:
        known = vars(callback).items()
        found[name] = {
            attribute: value
            for attribute, value in known
            if attribute.endswith("_") and attribute not in OF_THE_CLOCK and _is_memory(value)
        }
    return found


def _is_memory(value: Any) -> bool:
    if isinstance(value, Mapping):
        return bool(value) and all(isinstance(one, torch.Tensor) for one in value.values())
    return isinstance(value, PLAIN) or (hasattr(value, "dtype") and not hasattr(value, "__len__"))
