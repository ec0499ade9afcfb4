"""What small optimizers have made of changes, tried once for all numbers that are alike.

torch's own classes read an option, or do not, whatever its exact value is. So one try, with the class's own
defaults, tells for all of them; values out of their bounds are found with the exact ones. Of a class of
somebody else's this is not known, and each value is tried for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from inspect import Parameter as Argument
from inspect import signature
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from tunebridge.training.tries import Tries, changed_stand_in, stand_in
from tunebridge_torch.moments import move
from tunebridge_torch.twin import RAISED, Twin, fault, small_tensor

Options = Mapping[str, Any]
"""Values of options by name."""

HOW = frozenset({"foreach", "fused", "capturable", "differentiable"})
"""Options that say how steps are computed, not what they are."""

TRIES = Tries[dict[str, str]]()
"""What came of those that were made in this process."""


def effect_faults(kind: Any, own: Options, changes: Options) -> dict[str, str]:
    """Return what is wrong with changes, by name; nothing if they are right.

    Args:
        kind: The optimizer's class.
        own: The options of a param group.
        changes: New values, other ones than these.
    """
    own = _known(kind, own)
    try:
        kind([small_tensor()], **_known(kind, {**own, **changes}))
    except RAISED as error:
        return {", ".join(changes): str(error)}
    if kind.__module__.startswith("torch.optim."):
        usual = _defaults(kind)
        changes = {
            name: changed_stand_in(own.get(name), value, usual.get(name)) for name, value in changes.items()
        }
        own = {name: stand_in(value, usual.get(name)) for name, value in own.items()}
    return TRIES.find((kind, own, changes), lambda: try_out(kind, own, changes))


def try_out(kind: type[Optimizer], own: Options, changes: Options) -> dict[str, str]:
    """Return what is wrong with changes, by name: what a small optimizer makes of these very values."""
    try:
        Twin(kind, _known(kind, {**own, **changes}))
    except RAISED as error:
        return {", ".join(changes): str(error)}
    found = {name: fault(kind, own, move, changes, name) for name in changes}
    return {name: reason for name, reason in found.items() if reason}


def _known(kind: Any, options: Options) -> dict[str, Any]:
    """Return the options that a class takes, as numbers of Python's."""
    known, takes_all = _taken(kind)
    return {
        name: value.item() if isinstance(value, Tensor) else value
        for name, value in options.items()
        if (takes_all or name in known) and name not in {*HOW, "params"}
    }


@cache
def _taken(kind: Any) -> tuple[frozenset[str], bool]:
    """Return the names of what a class takes, and whether it takes any other."""
    arguments = signature(kind).parameters
    return frozenset(arguments), any(one.kind is Argument.VAR_KEYWORD for one in arguments.values())


@cache
def _defaults(kind: Any) -> Options:
    return {name: one.default for name, one in signature(kind).parameters.items()}
