"""The space: names and their parameters, branches, constraints, and how they are walked.

Params have two forms. *Flat* params are what the user sees: the names as written, inactive ones absent,
the label for a choice with branches. *Pathed* params are what backends and stores see: the same values
under full paths (`optimizer.sgd.momentum`), without constants.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from types import MappingProxyType
from typing import Any

from tunebridge.display.brief import brief
from tunebridge.errors import SpaceError
from tunebridge.space.choices import Categorical, Constant, Ordinal
from tunebridge.space.foreign.advice import in_place_of, in_place_of_space
from tunebridge.space.numeric import Float, Int, Normal
from tunebridge.space.parameter import Branch, Parameter

MAX_REJECTIONS = 1000
"""How many violating draws in a row end the search for a feasible one."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule between parameters.

    Args:
        predicate: Takes the flat params, inactive ones absent; true when the rule holds.
        reason: The rule in words, for messages.
    """

    predicate: Callable[[Mapping[str, Any]], bool]
    reason: str

    def holds(self, params: Mapping[str, Any]) -> bool:
        """Return whether `params` keep the rule.

        Raises:
            SpaceError: The predicate itself raised.
        """
        try:
            return bool(self.predicate(MappingProxyType(dict(params))))
        except Exception as error:
            raise SpaceError(
                [f"constraint {self.reason!r} raised {brief(error)} for params {brief(dict(params))}"],
                hint="inactive parameters are absent: use params.get(name)",
            ) from error


AnyParameter = Float | Int | Ordinal | Normal | Constant | Categorical
"""All kinds of parameters: the closed union that adapters match over."""


Way = Callable[[AnyParameter, Any], Any]
"""How one param is read: takes a parameter and what was written of it, and returns the declared value."""


def as_written(parameter: AnyParameter, given: Any) -> Any:
    """Read what a user wrote: a value first, then a label."""
    return parameter.read(given)


def by_label(parameter: AnyParameter, natural: Any) -> Any:
    """Read what tunebridge wrote: numbers, and labels of choices."""
    return parameter.from_natural(natural)


Conditions = tuple[tuple[str, str], ...]
"""Pairs of a choice and its label that must all hold, outermost first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One parameter at its place in a space."""

    path: str
    """Full path: `optimizer.sgd.momentum`."""
    name: str
    """The name as the user wrote it: `momentum`."""
    parameter: AnyParameter
    """The declaration."""
    conditions: Conditions
    """The (path of a choice, label) pairs under which it is active, outermost first."""
    branching: bool
    """Whether it is a choice with branches."""
    fixed: bool
    """Whether it has one value only, which no backend needs to propose."""

    @property
    def declared(self) -> str:
        """The declaration in short: branches show the names inside, which have nodes of their own."""
        if not isinstance(self.parameter, Categorical) or not self.branching:
            return repr(self.parameter)
        pairs = zip(self.parameter.labels, self.parameter.values, strict=True)
        weights = f", weights={list(self.parameter.weights)!r}" if self.parameter.weights else ""
        return (
            f"Categorical({{{', '.join(f'{label!r}: {_short(value)}' for label, value in pairs)}}}{weights})"
        )

    def excludes(self, other: Node) -> bool:
        """Return whether the two can never be active together."""
        mine, theirs = dict(self.conditions), dict(other.conditions)
        return any(mine[choice] != theirs[choice] for choice in mine.keys() & theirs.keys())


@dataclass(frozen=True, slots=True, init=False)
class Space(Branch, Mapping[str, AnyParameter]):
    """A mapping of names to parameters, with constraints between them.

    Args:
        params: A mapping of names to parameters, for names that are no identifiers.
        constraints: The rules that params must keep.
        **named: The parameters by keyword.

    Raises:
        SpaceError: Some rule is broken; all faults are listed, each with its path.
    """

    entries: tuple[tuple[str, AnyParameter], ...]
    constraints: tuple[Constraint, ...]
    nodes: tuple[Node, ...] = field(compare=False, repr=False)
    rules: tuple[tuple[Conditions, Constraint], ...] = field(compare=False, repr=False)

    def __init__(
        self,
        params: Mapping[str, AnyParameter] | None = None,
        /,
        *,
        constraints: Sequence[Constraint] = (),
        **named: AnyParameter,
    ) -> None:
        """Validate the declaration and freeze it."""
        if not isinstance(params, Mapping | None):
            rule = "a space is made of a mapping of names to parameters"
            raise SpaceError([f"{rule}, got {brief(params)}"], hint=in_place_of_space(params))
        if not isinstance(constraints, Sequence):
            raise SpaceError(
                [f"constraints: must be a list of Constraint(predicate, reason), got {brief(constraints)}"]
            )
        both = (params or {}).keys() & named.keys()
        object.__setattr__(self, "entries", tuple({**(params or {}), **named}.items()))
        object.__setattr__(self, "constraints", tuple(constraints))
        faults = [f"{name}: is given twice, in the mapping and as a keyword" for name in sorted(both)]
        faults += _entry_faults(self.entries, self.constraints)
        object.__setattr__(self, "nodes", () if faults else tuple(_nodes(self, "", ())))
        object.__setattr__(self, "rules", () if faults else tuple(_rules(self, ())))
        faults += _name_faults(self.nodes)
        if faults:
            raise SpaceError(faults)

    def __getitem__(self, name: str) -> AnyParameter:
        """Return the parameter of a name."""
        return dict(self.entries)[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names in declaration order."""
        return (name for name, _ in self.entries)

    def __len__(self) -> int:
        """Return the number of names at the top."""
        return len(self.entries)

    def __repr__(self) -> str:
        """Show the declaration as it was written."""
        named = all(name.isidentifier() and not iskeyword(name) and name != "constraints" for name in self)
        inside = (
            [f"{name}={parameter!r}" for name, parameter in self.entries] if named else [repr(dict(self))]
        )
        if self.constraints:
            inside.append(f"constraints={[constraint.reason for constraint in self.constraints]!r}")
        return f"Space({', '.join(inside)})"

    @property
    def conditional(self) -> bool:
        """Whether some choice has branches."""
        return any(node.branching for node in self.nodes)

    @property
    def constrained(self) -> bool:
        """Whether it, or some branch, has constraints."""
        return bool(self.rules)

    @property
    def size(self) -> int | None:
        """Number of different params, constraints not counted; None when infinite."""
        sizes = [parameter.size for _, parameter in self.entries]
        return None if None in sizes else math.prod(size for size in sizes if size is not None)

    def sample(self, seed: int) -> dict[str, Any]:
        """Return flat params drawn with the declared weights, constraints kept.

        Args:
            seed: Any integer; the same seed gives the same params.

        Raises:
            SpaceError: 1,000 draws in a row violate a constraint.
        """
        rng = random.Random(seed)
        rejected = 0
        while True:
            params = self.walk(lambda node: node.parameter.quantile(rng.random()))
            violated = self.violated(params)
            if violated is None:
                return params
            rejected += 1
            if rejected == MAX_REJECTIONS:
                raise SpaceError([f"{rejected} draws in a row violate the constraint {violated.reason!r}"])

    def contains(self, params: Mapping[str, Any]) -> bool:
        """Return whether flat params are complete, inside every parameter, and keep the constraints.

        Raises:
            SpaceError: A constraint's predicate raised.
        """
        try:
            read = self.read(params)
        except SpaceError:
            return False
        return self.violated(read) is None

    def violated(self, params: Mapping[str, Any]) -> Constraint | None:
        """Return the first constraint that flat params break, or None; a branch's only when it is active."""
        for choices, constraint in self.rules:
            if all(params.get(name) == label for name, label in choices) and not constraint.holds(params):
                return constraint
        return None

    def read(self, params: Mapping[str, Any], way: Way = as_written) -> dict[str, Any]:
        """Return flat params as the declared values, in declaration order.

        Args:
            params: Values, or labels of choices. Constants and single choices may be left out.
            way: How each of them is read; who wrote them decides.

        Raises:
            SpaceError: A name is missing, unknown or inactive, or a value is outside its parameter.
        """
        faults = []

        def read_one(node: Node) -> Any:
            try:
                return _read(node, params, way)
            except ValueError as error:
                faults.append(f"{node.path}: {error}")

        read = self.walk(read_one)
        known = {node.name for node in self.nodes}
        unread = [name for name in params if name not in read and (name not in known or not faults)]
        faults += [self._unused(name) for name in unread]
        if faults:
            raise SpaceError(faults)
        return read

    def flatten(self, pathed: Mapping[str, Any]) -> dict[str, Any]:
        """Return the flat params of pathed ones, fixed ones added.

        Args:
            pathed: Declared values by full path; entries that are inactive are dropped.

        Raises:
            KeyError: An active parameter is missing.
        """
        return self.walk(lambda node: node.parameter.quantile(0.0) if node.fixed else pathed[node.path])

    def unflatten(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the pathed form of flat params, without fixed parameters."""
        pathed = {}

        def keep(node: Node) -> Any:
            if not node.fixed:
                pathed[node.path] = params[node.name]
            return params[node.name]

        self.walk(keep)
        return pathed

    def active(self, params: Mapping[str, Any]) -> dict[str, Node]:
        """Return the active nodes of flat params by name."""
        found = {}

        def keep(node: Node) -> Any:
            found[node.name] = node
            return params[node.name]

        self.walk(keep)
        return found

    def walk(self, value_of: Callable[[Node], Any]) -> dict[str, Any]:
        """Visit the active nodes, parents first in declaration order, and return the flat params.

        Args:
            value_of: Called with each active node; returns its declared value, which decides on the
                branch for a choice with branches.
        """
        flat = {}
        chosen: dict[str, Any] = {}
        for node in self.nodes:
            if node.conditions and any(chosen.get(choice) != label for choice, label in node.conditions):
                continue
            flat[node.name] = value = value_of(node)
            if node.branching:
                chosen[node.path] = value
        return flat

    def _unused(self, name: str) -> str:
        known = [node for node in self.nodes if node.name == name]
        if not known:
            names = dict.fromkeys(node.name for node in self.nodes)
            return f"{name}: is no parameter of the space ({', '.join(names)})"
        needed = " or ".join(
            f"{choice}={label!r}" for choice, label in (node.conditions[-1] for node in known)
        )
        return f"{known[0].path}: is inactive here, it needs {needed}; leave it out"


def _nodes(space: Space, prefix: str, conditions: Conditions) -> Iterator[Node]:
    for name, parameter in space.entries:
        path = f"{prefix}{name}"
        branches = parameter.branches if isinstance(parameter, Categorical) else {}
        single = isinstance(parameter, Categorical) and len(parameter.labels) == 1
        yield Node(
            path=path,
            name=name,
            parameter=parameter,
            conditions=conditions,
            branching=bool(branches),
            fixed=single or parameter.size == 1,
        )
        for label, branch in branches.items():
            yield from _nodes(branch, f"{path}.{label}.", (*conditions, (path, label)))


def _rules(space: Space, choices: Conditions) -> Iterator[tuple[Conditions, Constraint]]:
    """Yield the constraints of a space and of its branches, with the (name, label) pairs they hang on."""
    yield from ((choices, constraint) for constraint in space.constraints)
    for name, parameter in space.entries:
        if isinstance(parameter, Categorical):
            for label, branch in parameter.branches.items():
                yield from _rules(branch, (*choices, (name, label)))


def _short(value: Any) -> str:
    return f"Space({', '.join(value)})" if isinstance(value, Space) else repr(value)


def _entry_faults(entries: Sequence[tuple[str, Any]], constraints: Sequence[Any]) -> list[str]:
    faults = []
    for name, parameter in entries:
        if not isinstance(name, str) or not name:
            faults.append(f"{name!r}: a parameter's name must be a string that is not empty")
        if isinstance(parameter, Parameter):
            faults += [f"{name}: {fault}" for fault in parameter.faults()]
        elif isinstance(parameter, Space):
            branch = "Categorical({'label': Space(...)})"
            faults.append(f"{name}: must be a parameter, and a space is a branch of one: {branch}")
        else:
            faults.append(
                f"{name}: must be a parameter such as Float(0, 1), got {brief(parameter)}; "
                f"{in_place_of(parameter)}"
            )
    for constraint in constraints:
        faults += [f"constraints: {fault}" for fault in _constraint_faults(constraint)]
    return faults


def _constraint_faults(given: Any) -> Iterator[str]:
    if not isinstance(given, Constraint):
        yield f"must be Constraint(predicate, reason), got {brief(given)}"
        return
    if not callable(given.predicate):
        yield f"the predicate must be a function of the params, got {brief(given.predicate)}"
    if not isinstance(given.reason, str) or not given.reason:
        yield f"the reason must be the rule in words, a string that is not empty, got {brief(given.reason)}"


def _name_faults(nodes: Sequence[Node]) -> list[str]:
    faults = []
    seen: dict[str, list[Node]] = {}
    for node in nodes:
        for other in seen.setdefault(node.name, []):
            if not node.excludes(other):
                faults.append(
                    f"{node.path}: the name {node.name!r} is also used by {other.path}, "
                    "and both can be active together; rename one"
                )
        seen[node.name].append(node)
    paths = Counter(node.path for node in nodes)
    faults += [
        f"{path}: two parameters have this full path; rename one" for path, n in paths.items() if n > 1
    ]
    return faults


def _read(node: Node, params: Mapping[str, Any], way: Way) -> Any:
    if node.name in params:
        return way(node.parameter, params[node.name])
    if node.fixed:
        return node.parameter.quantile(0.0)
    raise ValueError(f"is missing; it must be one value of {brief(node.parameter)}")
