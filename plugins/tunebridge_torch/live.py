"""Changes the options of an optimizer in mid-training so that they take effect, or refuses them by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from torch.optim import LBFGS, Adagrad, Optimizer
from torch.optim.lr_scheduler import LRScheduler

from tunebridge import LiveParamError
from tunebridge.display.brief import brief
from tunebridge.training.tries import able_to_change
from tunebridge_torch import schedules
from tunebridge_torch.moments import move
from tunebridge_torch.tried import HOW, effect_faults

BETAS = ("beta1", "beta2")
"""Names of params for the two parts of the option `betas`."""

KEPT = frozenset({"params", "param_names", "max_momentum", "base_momentum", *schedules.IN_GROUPS})
"""What stands in a param group beside the options."""

STRUCTURE = {
    "amsgrad": "its maxima begin with the first step",
    "centered": "its averages begin with the first step",
    "decoupled_weight_decay": "it makes another optimizer, as of Adam AdamW",
    "maximize": "it turns the direction of the training",
    **dict.fromkeys(HOW, "it says how steps are computed, and changes nothing that they compute"),
}
"""Options that are never live, and why."""

DECOUPLED = "decoupled_weight_decay"
"""The option by which Adam and AdamW differ: the one that loads the other's state becomes the other."""

RETROACTIVE = {(Adagrad, "lr_decay"): "it counts for all steps up to now, so the rate would jump"}
"""Options that change what has been, by optimizer."""


def apply(
    optimizer: Optimizer,
    changed: Mapping[str, Any],
    scheduler: LRScheduler | None = None,
    *,
    before: Mapping[str, Any] | None = None,
) -> None:
    """Give an optimizer new options: see `tunebridge_torch.apply`."""
    _check_given(optimizer, changed, scheduler)
    found = faults(optimizer, changed, scheduler, before=before)
    if found:
        said = f"while it trains, {type(optimizer).__name__} cannot take"
        raise LiveParamError.of(
            said,
            found,
            hint=_hint(optimizer, changed, scheduler),
            in_every_trial=bool(_fixed(optimizer, changed)),
        )
    old = before or {}
    if scheduler is not None and "lr" in changed:
        base = old.get("lr", schedules.base_of(optimizer, scheduler))
        schedules.rebase(optimizer, scheduler, lambda rate: float(scaled(rate, base, changed["lr"])))
        changed = {name: value for name, value in changed.items() if name != "lr"}
    for group, options in zip(optimizer.param_groups, _wanted(optimizer, changed, old), strict=True):
        move(optimizer, group, options)


def _check_given(optimizer: Any, changed: Any, scheduler: Any) -> None:
    """Check that each argument is what its name says."""
    if not isinstance(optimizer, Optimizer):
        raise LiveParamError(
            f"apply takes an optimizer of torch's, got {brief(optimizer)}",
            hint="call it once for each optimizer: apply(optimizer, changed or {}, scheduler)",
        )
    if not isinstance(changed, Mapping):
        raise LiveParamError(
            f"changed must be new values by name, got {brief(changed)}",
            hint='write {"lr": 0.1}; `changed = yield score` may be None: apply(optimizer, changed or {})',
        )
    if any(group.get(DECOUPLED) is not optimizer.defaults.get(DECOUPLED) for group in optimizer.param_groups):
        kind = type(optimizer).__name__
        raise LiveParamError(
            f"{kind} has gone on with another optimizer's state: {DECOUPLED} is not what it was made with",
            hint=f"load the state of a {kind}; {DECOUPLED} is an argument of the class, not of a group",
        )
    if scheduler is not None and not isinstance(scheduler, LRScheduler):
        raise LiveParamError(
            f"scheduler must be one of torch's, got {brief(scheduler)}",
            hint="leave it out if nothing else moves the rate",
        )


def faults(
    optimizer: Optimizer,
    changed: Mapping[str, Any],
    scheduler: LRScheduler | None = None,
    *,
    before: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Return why options cannot change, by name; nothing if they can. Takes what `apply` takes."""
    found = _name_faults(optimizer, changed) | schedules.faults(optimizer, scheduler, changed)
    if not found:
        for group, options in zip(
            optimizer.param_groups, _wanted(optimizer, changed, before or {}), strict=True
        ):
            found |= _effect_faults(optimizer, group, options)
    reason = found.pop("betas", "") if "betas" not in changed else ""
    return found | ({name: reason for name in BETAS if name in changed} if reason else {})


def options_of(optimizer: Optimizer) -> tuple[str, ...]:
    """Return the names of an optimizer's options as params have them."""
    group = optimizer.param_groups[0]
    names = [name for name in group if name not in KEPT and name != "betas"]
    return (*names, *(BETAS if "betas" in group else ()))


def _name_faults(optimizer: Optimizer, changed: Mapping[str, Any]) -> dict[str, str]:
    endless = {
        name: f"must be a finite number, got {value!r}"
        for name, value in changed.items()
        if isinstance(value, float) and not isfinite(value)
    }
    return endless | _fixed(optimizer, changed)


def _fixed(optimizer: Optimizer, names: Iterable[str]) -> dict[str, str]:
    """Return which options can be changed to nothing at all, and why."""
    known = {*options_of(optimizer), *optimizer.param_groups[0]} - KEPT
    found = {}
    for name in names:
        if name not in known:
            found[name] = "it has no such option"
        elif name in STRUCTURE:
            found[name] = STRUCTURE[name]
        elif isinstance(optimizer, LBFGS):
            found[name] = "it takes several steps at once, and keeps what it has learned by the old ones"
        for (kind, option), reason in RETROACTIVE.items():
            if option == name and isinstance(optimizer, kind):
                found[name] = reason
    return found


def _effect_faults(
    optimizer: Optimizer, group: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[str, str]:
    """Return what is wrong with new values: whatever a small optimizer of the same options makes of them."""
    own = {name: value for name, value in group.items() if name not in KEPT}
    changes = {name: value for name, value in options.items() if value != own[name]}
    return effect_faults(type(optimizer), own, changes) if changes else {}


def _wanted(
    optimizer: Optimizer, changed: Mapping[str, Any], before: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the new values by option, for each param group."""
    first = optimizer.param_groups[0]
    old = {name: before.get(name, value_of(first, name)) for name in changed}
    wanted = []
    for group in optimizer.param_groups:
        values = {name: scaled(value_of(group, name), old[name], new) for name, new in changed.items()}
        betas = {name: values.pop(name) for name in BETAS if name in values}
        if betas:
            values["betas"] = tuple(betas.get(name, value_of(group, name)) for name in BETAS)
        wanted.append(values)
    return wanted


def scaled(current: Any, old: Any, new: Any) -> Any:
    """Return a new value; a number that was set apart from the param keeps its proportion to it."""
    apart = current != old and old and isinstance(new, int | float) and not isinstance(new, bool)
    return current * new / old if apart else new


def value_of(group: Mapping[str, Any], name: str) -> Any:
    """Return the value of an option in a param group; `beta1` and `beta2` are the parts of `betas`."""
    value = group["betas"][BETAS.index(name)] if name in BETAS else group[name]
    return value.item() if hasattr(value, "item") else value


def _hint(optimizer: Optimizer, changed: Mapping[str, Any], scheduler: LRScheduler | None) -> str:
    """Return what can change instead."""
    group = optimizer.param_groups[0]
    values = {name: value_of(group, name) for name in options_of(optimizer) if name not in changed}
    able = able_to_change(values, lambda wanted: faults(optimizer, wanted, scheduler))
    others = f"let the rule change others ({', '.join(able)}), or " if able else ""
    return f"{others}leave {', '.join(changed)} to whole trials"
