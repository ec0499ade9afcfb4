"""A learning rate under a scheduler: what changes is the rate that the schedule starts from.

A rate that is set by hand is overwritten at the scheduler's next step (LambdaLR, OneCycleLR, CyclicLR,
CosineAnnealingWarmRestarts), at a later one (SequentialLR), or grows when a warm-up ends (ConstantLR,
LinearLR). With another base the whole schedule goes on as if it had begun with it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import CyclicLR, LRScheduler, OneCycleLR, ReduceLROnPlateau

State = dict[str, Any]
"""A scheduler as plain data; one that is made of others holds theirs."""

Scale = Callable[[float], float]
"""Returns the new value of a rate that was given with the old base."""

IN_GROUPS = ("initial_lr", "max_lr", "min_lr")
"""What a scheduler keeps of its base in the param groups."""

IN_STATE = ("base_lrs", "max_lrs")
"""What it keeps itself, a value for each group."""


def base_of(optimizer: Optimizer, scheduler: LRScheduler) -> float:
    """Return the rate that a schedule is given with: its peak for OneCycleLR and CyclicLR."""
    group = optimizer.param_groups[0]
    match scheduler:
        case OneCycleLR():
            return float(group["max_lr"])
        case CyclicLR():
            return float(scheduler.max_lrs[0])
        case ReduceLROnPlateau():
            return float(group["lr"])
        case _:
            return float(group["initial_lr"])


def faults(optimizer: Optimizer, scheduler: LRScheduler | None, changed: Mapping[str, Any]) -> dict[str, str]:
    """Return why changes of an optimizer's options would not last, by name."""
    found = {}
    if scheduler is None:
        if "lr" in changed and any("initial_lr" in group for group in optimizer.param_groups):
            found["lr"] = "a scheduler writes it; give it, too: apply(optimizer, changed, scheduler)"
        return found
    name = type(scheduler).__name__
    if getattr(scheduler, "cycle_momentum", False):
        for option in sorted(changed.keys() & {"momentum", "beta1", "betas"}):
            found[option] = f"{name} writes it at each step, unless it has cycle_momentum=False"
    lowest = max(_floors(scheduler.state_dict()))
    if changed.get("lr", lowest) < lowest:
        found["lr"] = f"{changed['lr']!r} is below the lowest rate of {name}, {lowest!r}"
    return found


def rebase(optimizer: Optimizer, scheduler: LRScheduler, scale: Scale) -> None:
    """Let a schedule go on as if it had begun with another rate.

    Args:
        optimizer: Whose rates it moves.
        scheduler: The scheduler; one that is made of others changes in all of them.
        scale: Returns the new value of a rate.
    """
    state = scheduler.state_dict()
    floor = _floor(state)
    for group in optimizer.param_groups:
        base = float(group.get("initial_lr", group["lr"]))
        span = base - floor
        now = scale(base) if not span else floor + (float(group["lr"]) - floor) * (scale(base) - floor) / span
        if isinstance(scheduler, OneCycleLR | CyclicLR):
            now = scale(float(group["lr"]))
        for name in IN_GROUPS:
            if name in group:
                group[name] = scale(float(group[name]))
        write_rate(group, now)
    _rebase_state(state, scale)
    state["_last_lr"] = [group["lr"] for group in optimizer.param_groups]
    scheduler.load_state_dict(state)


def write_rate(group: dict[str, Any], value: float) -> None:
    """Set the rate of a param group, in its tensor if it is one."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(value)
    else:
        group["lr"] = value


def _rebase_state(state: State, scale: Scale) -> None:
    for name in IN_STATE:
        if name in state:
            state[name] = [scale(float(rate)) for rate in state[name]]
    for part in state.get("_schedulers", ()):
        _rebase_state(part, scale)


def _floor(state: State) -> float:
    """Return the rate that the schedule of this moment falls to; it stays where it is."""
    parts = state.get("_schedulers")
    if parts and "_milestones" in state:
        return _floor(parts[bisect_right(state["_milestones"], state["last_epoch"])])
    return float(state.get("eta_min", 0.0))


def _floors(state: State) -> Iterator[float]:
    yield float(state.get("eta_min", 0.0))
    yield from map(float, state.get("min_lrs", ()))
    for part in state.get("_schedulers", ()):
        yield from _floors(part)
