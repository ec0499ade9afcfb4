"""What a space declares, at its place: parameters and constraints, those of groups and branches included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tunebridge.space.choices import Categorical
from tunebridge.space.conditions import Clause, When
from tunebridge.space.constraint import Constraint
from tunebridge.space.node import AnyParameter
from tunebridge.space.parameter import Branch


@dataclass(frozen=True, slots=True)
class Written:
    """A condition at its place."""

    place: str
    """Full path of the parameter, or of the group, that has it; empty for the whole space."""
    when: When
    """The condition as it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something is declared, and what that says of when it is active."""

    prefix: str = ""
    """What stands before the names in full paths."""
    branch: Clause | None = None
    """The innermost choice and label; None outside of branches."""
    written: tuple[Written, ...] = ()
    """The conditions of the groups inside of that branch, outermost first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A parameter at its place."""

    path: str
    """Full path."""
    name: str
    """The name as the user wrote it."""
    parameter: AnyParameter
    """The declaration."""
    branch: Clause | None
    """The innermost choice and label; None outside of branches."""
    written: tuple[Written, ...]
    """The conditions of the groups inside of that branch, and its own."""


def entries_of(space: Branch, place: Place = Place()) -> Iterator[Entry | tuple[Place, Constraint]]:
    """Yield all parameters, in declaration order, and all constraints at their places."""
    place = _inside(space, place)
    yield from ((place, constraint) for constraint in space.constraints)
    for name, declared in space.entries:
        path = f"{place.prefix}{name}"
        if isinstance(declared, Branch):
            yield from entries_of(declared, _at(place, f"{path}."))
            continue
        own = (Written(path, declared.when),) if declared.when else ()
        yield Entry(
            path=path,
            name=name,
            parameter=declared,
            branch=place.branch,
            written=(*place.written, *own),
        )
        yield from _branches_of(path, declared)


def _branches_of(path: str, declared: Any) -> Iterator[Entry | tuple[Place, Constraint]]:
    branches = declared.branches if isinstance(declared, Categorical) else {}
    for label, branch in branches.items():
        clause = Clause(path, (label,), f"{path}={label!r}")
        yield from entries_of(branch, Place(prefix=f"{path}.{label}.", branch=clause))


def _at(place: Place, prefix: str) -> Place:
    return Place(prefix=prefix, branch=place.branch, written=place.written)


def _inside(space: Branch, place: Place) -> Place:
    """Return the place of what a space holds: under the space's own condition, too."""
    if not isinstance(space.when, When):
        return place
    own = Written(place.prefix.removesuffix("."), space.when)
    return Place(prefix=place.prefix, branch=place.branch, written=(*place.written, own))
