"""Limits of trials as Optuna's constraints."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from optuna.trial import FrozenTrial, TrialState, create_trial

from tunebridge import Limit, Outcome
from tunebridge_optuna.memory import STUDY_ID, SessionStorage

LONGEST = 400
"""How long the name of a constraint may be: databases have room for 512 characters, Optuna's own included."""

PREFIX = "limit:"
"""What stands before the name of a limit in that of a constraint."""

KEPT = 0.0
"""The constraint of a trial that has none of a limit that others have: just within it."""


class LimitsTold:
    """The limits that a sampler has heard of.

    Args:
        storage: What the native study is kept in.
        are_even: Whether all complete trials are to have the same constraints, in one order, as the Gaussian
            process needs it. Other samplers take a trial without a constraint for one that keeps it.
    """

    def __init__(self, storage: SessionStorage, *, are_even: bool) -> None:
        """Begin with none."""
        self._storage = storage
        self._are_even = are_even
        self._names: dict[str, None] = {}

    def constraints(self, outcome: Outcome) -> dict[str, float]:
        """Return the constraints of a trial that has ended: above 0 one is violated."""
        own = {f"{PREFIX}{name}": excess for name, excess in outcome.limits.items()}
        if not self._are_even:
            return own
        for name in [name for name in own if name not in self._names]:
            self._fill(name)
        self._names.update(dict.fromkeys(own))
        return {name: own.get(name, KEPT) for name in self._names}

    def _fill(self, name: str) -> None:
        """Give a constraint that is new to the trials that are complete."""
        for ended in self._storage.get_all_trials(STUDY_ID, deepcopy=False, states=(TrialState.COMPLETE,)):
            ended.set_constraint(name, KEPT)


def constraints_of(notes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the system attributes in which Optuna keeps constraints, for the limits in a trial's notes.

    So Optuna itself, and its plots, take no trial for the best that is beyond one.
    """
    limits = notes.get("limits")
    if not limits:
        return {}
    far = [Limit(**{side: bound}).excess(value) for value, side, bound in limits.values()]
    called = dict(zip(_called([*limits]), far, strict=True))
    found: dict[str, Any] = create_trial(state=TrialState.FAIL, constraints=called).system_attrs
    return found


def _called(names: list[str]) -> list[str]:
    """Return what constraints are called: by their names, if every database has room and tells them apart."""
    is_short = all(one.isascii() and len(one) <= LONGEST for one in names)
    if is_short and len({one.lower() for one in names}) == len(names):
        return names
    return [str(place) for place in range(len(names))]


def limits_of(native: FrozenTrial) -> dict[str, Any]:
    """Return the note that a trial's constraints are limits of 0, under names of their own; nothing for none.

    A constraint says how far a number is beyond its bound: no problem's limit on the number fits it.
    """
    constraints = native.constraints.items()
    found = {f"constraint {name}": [float(far), "at_most", 0.0] for name, far in constraints if isfinite(far)}
    return {"limits": found} if found else {}
