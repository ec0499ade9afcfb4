"""The options of `auto`, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunebridge import OptionError, backend
from tunebridge.checks import is_finite
from tunebridge.display.brief import brief

SHARE = 0.1
"""The share of the objective's own time that asking may take, unless another is given."""

FLOOR = 1.0
"""The least credit of a member, unless another is given: all have the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `auto` was told."""

    members: Mapping[str, Mapping[str, Any]] | None
    """The options of each member, by name; None for whoever is installed and can."""
    share: float | None
    """The share of the objective's own time that asking may take, > 0; None to look at no clock."""
    floor: float
    """The least credit of a member, 0 < floor <= 1."""


def read(options: Mapping[str, Any]) -> Options:
    """Return the options.

    Raises:
        OptionError: One is out of its bounds, or no backend can be chosen by what `members` says.
    """
    share, floor = options.get("share", SHARE), options.get("floor", FLOOR)
    if share is not None and not (is_finite(share) and share > 0):
        raise OptionError(f"share must be above 0, or None to look at no clock, got {brief(share)}")
    if not (is_finite(floor) and 0 < floor <= 1):
        raise OptionError(f"floor must be above 0 and at most 1, got {brief(floor)}")
    members = options.get("members")
    return Options(members=None if members is None else _members(members), share=share, floor=floor)


def settings(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the effective settings, those of the members included."""
    given = read(options).members or {}
    theirs = {name: dict(backend(name).spec.settings(one)) for name, one in given.items()}
    return {"share": SHARE, "floor": FLOOR, **options, **theirs}


def _members(given: Any) -> Mapping[str, Mapping[str, Any]]:
    """Return members by name, given as a list of names or with their options; each must be a backend."""
    hint = 'give names, ["optuna:gp", "hyperopt:tpe"], or options by name, {"optuna:tpe": {"gamma": 0.3}}'
    by_name = {name: {} for name in given} if isinstance(given, list | tuple) and _are_names(given) else given
    is_right = isinstance(by_name, Mapping) and _are_names(by_name) and by_name
    if not is_right or not all(isinstance(one, Mapping) for one in by_name.values()):
        raise OptionError(f"members must name backends, got {brief(given)}", hint=hint)
    chosen = {name: backend(name, **options) for name, options in by_name.items()}
    for one in chosen.values():
        if one.spec.members is not None:
            raise OptionError(f"{one.spec.name} asks others itself, and cannot be a member", hint=hint)
        if one.options.get("lookahead"):
            raise OptionError(
                f"{one.spec.name} proposes when its turn comes, so a member has no lookahead",
                hint='all of them have it: tunebridge.backend("auto", lookahead=1)',
            )
    return {one.spec.name: dict(one.options) for one in chosen.values()}


def _are_names(given: Any) -> bool:
    return all(isinstance(name, str) for name in given)
