"""Turns what a feedback rule asks for into changes that the space allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.checks import is_finite
from tunebridge.errors import SpaceError, did_you_mean
from tunebridge.space.node import Node
from tunebridge.space.numeric import Float, Int
from tunebridge.space.space import Space
from tunebridge.training.training import Training
from tunebridge.trial.report import Change


def resolve(space: Space, training: Training, asked: Mapping[str, Any]) -> list[Change]:
    """Turn what a rule asks for into changes that the space allows.

    Args:
        space: The declared space.
        training: The trial that is to change.
        asked: New values by flat name.

    Returns:
        One change per name, also where the param has the value asked for already. Numbers are clipped to
        their bounds and ints stay ints, with a note; there is no change if that leaves the value as it is.

    Raises:
        SpaceError: A name is unknown or inactive, a choice has no such value, others depend on a param, or
             a constraint would be violated.
    """
    active = space.active(training.params)
    faults, changes = [], []
    for name, value in asked.items():
        try:
            nearest = _allowed(active, name).parameter.nearest(value)
        except ValueError as error:
            faults.append(f"{name}: {error}")
            continue
        note = _note(active[name].parameter, nearest, value)
        if not (note and nearest == training.params[name]):
            changes.append(Change(training.reports[-1].step, name, nearest, note))
    violated = space.violated({**training.params, **{change.name: change.value for change in changes}})
    if violated is not None:
        faults.append(f"{', '.join(asked)}: would violate the constraint {violated.reason!r}")
    if faults:
        raise SpaceError(faults)
    return changes


def _note(parameter: Any, nearest: Any, asked: Any) -> str:
    if not is_finite(asked) or nearest == asked or not isinstance(parameter, Float | Int):
        return ""
    return f"{'rounded' if parameter.low <= asked <= parameter.high else 'clipped'} from {asked!r}"


def _allowed(active: Mapping[str, Node], name: str) -> Node:
    if name not in active:
        raise ValueError(f"is no active param of this trial ({did_you_mean(name, active)})")
    if active[name].deciding or active[name].fixed:
        raise ValueError(
            "cannot change while a trial trains: it has branches, decides on others, or has one value only"
        )
    return active[name]
