"""The options of `auto`, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunebridge import Ahead, Either, Number, OneOf, OptionError, OptionRule, UnknownNameError, backend
from tunebridge.display.brief import brief

SHARE = 0.1
"""The share of the objective's own time that asking may take, unless another is given."""

FLOOR = 1.0
"""The least credit of a member, unless another is given: all have the same."""


class Several:
    """The rule for members: one alone is that backend with a clock, and nobody has two turns in one."""

    def __str__(self) -> str:
        """Show both forms."""
        return (
            'two backends or more, each of them once: names, ["optuna:gp", "hyperopt:tpe"], or options by '
            'name, {"optuna:gp": {}, "optuna:tpe": {"gamma": 0.3}}'
        )

    def fits(self, value: Any) -> bool:
        """Count those who are named, under their full names."""
        if value is None:
            return True
        names = [_full(name) for name, _ in _named(value)]
        return len(names) > 1 and len({*names}) == len(names)

    def advice(self, value: Any) -> str:
        """Write a text with commas as the list that it is meant for."""
        names = [one.strip() for one in value.split(",")] if isinstance(value, str) else []
        return f"write members={names}" if self.fits(names) else ""


RULES: Mapping[str, OptionRule] = {
    "members": Several(),
    "share": Either(Number(above=0), OneOf(None)),
    "floor": Number(above=0, high=1),
    "lookahead": Ahead.RULE,
}
"""What the values of the options have to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `auto` was told."""

    members: Mapping[str, Mapping[str, Any]] | None
    """The options of each member, by name; None for whoever is installed and can."""
    share: float | None
    """The share of the objective's own time that asking may take, > 0; None to look at no clock."""
    floor: float
    """The least credit of a member, 0 < floor <= 1."""
    lookahead: int | None
    """1 if every proposal is made ahead, 0 if none is; None for those of members that do so."""


def read(options: Mapping[str, Any]) -> Options:
    """Return the options.

    Raises:
        OptionError: No backend can be chosen by what `members` says.
    """
    members = options.get("members")
    return Options(
        members=None if members is None else _members(members),
        share=options.get("share", SHARE),
        floor=options.get("floor", FLOOR),
        lookahead=options.get("lookahead"),
    )


def settings(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the effective settings, those of the members included."""
    given = read(options).members or {}
    theirs = {name: dict(backend(name).spec.settings(one)) for name, one in given.items()}
    return {"share": SHARE, "floor": FLOOR, **options, **theirs}


def _members(given: Any) -> Mapping[str, Mapping[str, Any]]:
    """Return members by name, given as a list of names or with their options; each must be a backend."""
    hint = 'give names, ["optuna:gp", "hyperopt:tpe"], or options by name, {"optuna:tpe": {"gamma": 0.3}}'
    by_name = dict(_named(given))
    if not by_name:
        raise OptionError(f"members must name backends, got {brief(given)}", hint=hint)
    chosen = {name: backend(name, **options) for name, options in by_name.items()}
    for one in chosen.values():
        if one.spec.members is not None:
            raise OptionError(f"{one.spec.name} asks others itself, and cannot be a member", hint=hint)
    return {one.spec.name: dict(one.options) for one in chosen.values()}


def _named(given: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Return names with options; none if something else is given."""
    pairs: list[tuple[Any, Any]] = list(given.items()) if isinstance(given, Mapping) else []
    if isinstance(given, list | tuple):
        pairs = [(name, {}) for name in given]
    is_right = all(isinstance(name, str) and isinstance(own, Mapping) for name, own in pairs)
    return pairs if is_right else []


def _full(name: str) -> str:
    try:
        return backend(name).spec.name
    except UnknownNameError:  # which is said with what is known as options are read
        return name
