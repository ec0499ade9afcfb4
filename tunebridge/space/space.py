"""The space: names and their parameters, branches, constraints, and how they are walked.

Params have two forms. *Flat* params are what the user sees: the names as written, inactive ones absent,
the label for a choice with branches. *Pathed* params are what backends and stores see: the same values
under full paths (`optimizer.sgd.momentum`), without constants.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any

from tunebridge.calls import checked
from tunebridge.display.brief import brief
from tunebridge.errors import SpaceError
from tunebridge.space.clauses import within
from tunebridge.space.conditions import Condition, When, WhenLike, shown_when
from tunebridge.space.constraint import Constraint, constraint_faults
from tunebridge.space.counting import count
from tunebridge.space.foreign.advice import in_place_of, in_place_of_space
from tunebridge.space.layout import Layout, lay_out
from tunebridge.space.node import AnyParameter, Node
from tunebridge.space.parameter import Branch, Parameter
from tunebridge.space.possible import witness
from tunebridge.space.ways import Way, as_written

MAX_REJECTIONS = 1000
"""How many violating draws in a row end the search for a feasible one."""

UNREAD = object()
"""Stands for a value that could not be read."""


@checked
@dataclass(frozen=True, slots=True, init=False)
class Space(Branch, Mapping[str, Any]):
    """A mapping of names to parameters, with constraints between them.

    A parameter, or a group of them, may have a condition, `when=`: a mapping of names to values, all of which
    hold, or a list of such mappings, any of which holds. Values are a list, one value, or a `Between`. Names
    are those of params as a trial shows them, in this space or in one around it. A parameter whose condition
    names an inactive one is inactive, too.

    Args:
        params: A mapping of names to parameters, for names that are no identifiers. A space among them is a
            group, whose parameters have its name before theirs in full paths.
        constraints: The rules that params must keep.
        when: The condition under which all of it is active, for a group.
        **named: The parameters by keyword.

    Raises:
        SpaceError: Some rule is broken; all faults are listed, each with its path.
    """

    entries: tuple[tuple[str, AnyParameter | Space], ...]
    constraints: tuple[Constraint, ...]
    when: WhenLike | When | None
    layout: Layout = field(compare=False, repr=False)

    def __init__(
        self,
        params: Mapping[str, AnyParameter | Space] | None = None,
        /,
        *,
        constraints: Sequence[Constraint] = (),
        when: WhenLike | When | None = None,
        **named: AnyParameter | Space,
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
        if isinstance(when, Parameter | Branch):
            faults.append("when: is the condition of a group; give a parameter of this name in the mapping")
            when = None
        object.__setattr__(self, "when", When.of(when))
        faults += _entry_faults(self)
        object.__setattr__(self, "layout", Layout() if faults else lay_out(self))
        faults += self.layout.faults
        if faults:
            raise SpaceError(faults)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The parameters of the space, its groups and its branches, parents first, else as declared.

        Raises:
            SpaceError: A condition names a parameter that only a space around this one can have.
        """
        self.check_names()
        return self.layout.nodes

    def check_names(self) -> None:
        """Check that conditions name parameters of this space, so that it can be used by itself.

        Raises:
            SpaceError: Only a space around this one can have what a condition names.
        """
        if self.layout.unknown:
            raise SpaceError(self.layout.unknown)

    @property
    def rules(self) -> tuple[tuple[Condition, Constraint], ...]:
        """The constraints of the space, its groups and its branches, each with its condition."""
        return self.layout.rules

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as what was declared: what follows from it is worked out anew."""
        return _made, (self.entries, self.constraints, self.when)

    def __getitem__(self, name: str) -> Any:
        """Return the parameter, or the group, of a name."""
        return dict(self.entries)[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names in declaration order."""
        return (name for name, _ in self.entries)

    def __len__(self) -> int:
        """Return the number of names at the top."""
        return len(self.entries)

    def __repr__(self) -> str:
        """Show the declaration as it was written."""
        taken = {"constraints", "when"}
        named = all(name.isidentifier() and not iskeyword(name) and name not in taken for name in self)
        inside = (
            [f"{name}={parameter!r}" for name, parameter in self.entries] if named else [repr(dict(self))]
        )
        if self.constraints:
            inside.append(f"constraints={[constraint.reason for constraint in self.constraints]!r}")
        inside += [shown_when(self.when).removeprefix(", ")] if self.when else []
        return f"Space({', '.join(inside)})"

    @property
    def conditional(self) -> bool:
        """Whether some choice has branches, or some parameter a condition."""
        self.check_names()
        return self.layout.decides

    @property
    def constrained(self) -> bool:
        """Whether it, or some branch, has constraints."""
        return bool(self.rules)

    @property
    def size(self) -> int | None:
        """Number of different params, inactive ones absent and constraints not counted.

        None when there are infinitely many, or when conditions entangle so many parents that counting would
        take more than 100,000 cases of them.
        """
        return count(self.nodes)

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
        if not self.rules:
            return None
        decided = self._decided(params) if self.layout.asks else {}
        for condition, constraint in self.rules:
            if condition.holds(decided) and not constraint.holds(params):
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
                return UNREAD

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
            value_of: Called with each active node; returns its declared value, on which the conditions of
                other nodes depend.
        """
        if not self.layout.decides:
            return {node.name: value_of(node) for node in self.nodes}
        flat = {}
        decided: dict[str, Any] = {}
        for node in self.nodes:
            if not node.is_active(decided):
                continue
            flat[node.name] = value = value_of(node)
            if node.deciding and value is not UNREAD:
                decided[node.path] = value if node.branching else node.parameter.to_natural(value)
        return flat

    def _decided(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the natural values of the active parents of flat params, by full path."""
        decided = {}

        def keep(node: Node) -> Any:
            if node.deciding and node.name in params:
                decided[node.path] = node.parameter.to_natural(params[node.name])
            return params.get(node.name, UNREAD)

        self.walk(keep)
        return decided

    def example(self, node: Node) -> dict[str, Any]:
        """Return flat params in which a node is active, in the middle where its conditions leave that open.

        Constraints do not count.
        """
        needs = {one.path: _needs(one) for one in self.nodes}
        held = witness(needs[node.path], needs) or {}
        return self.walk(lambda one: within(one.parameter, held.get(one.path)))

    def _unused(self, name: str) -> str:
        known = [node for node in self.nodes if node.name == name]
        if not known:
            names = dict.fromkeys(node.name for node in self.nodes)
            return f"{name}: is no parameter of the space ({', '.join(names)})"
        needed = ", or ".join(str(node.condition) for node in known)
        return f"{known[0].path}: is inactive here, it needs {needed}; leave it out"


def _made(entries: Sequence[tuple[str, Any]], constraints: Sequence[Constraint], when: When | None) -> Space:
    return Space(dict(entries), constraints=constraints, when=when)


def _needs(node: Node) -> list[Condition]:
    return [*([] if node.branch is None else [Condition(((node.branch,),))]), node.when]


def _entry_faults(space: Space) -> Iterator[str]:
    yield from space.when.faults() if isinstance(space.when, When) else ()
    for name, parameter in space.entries:
        if not isinstance(name, str) or not name:
            yield f"{name!r}: a parameter's name must be a string that is not empty"
        if isinstance(parameter, Parameter):
            yield from (f"{name}: {fault}" for fault in _parameter_faults(parameter))
        elif not isinstance(parameter, Space):
            yield (
                f"{name}: must be a parameter such as Float(0, 1), got {brief(parameter)}; "
                f"{in_place_of(parameter)}"
            )
    for constraint in space.constraints:
        yield from (f"constraints: {fault}" for fault in constraint_faults(constraint))


def _parameter_faults(parameter: Parameter) -> Iterator[str]:
    yield from parameter.faults()
    yield from parameter.when.faults() if isinstance(parameter.when, When) else ()


def _read(node: Node, params: Mapping[str, Any], way: Way) -> Any:
    if node.name in params:
        return way(node.parameter, params[node.name])
    if node.fixed:
        return node.parameter.quantile(0.0)
    raise ValueError(f"is missing; it must be one value of {brief(node.parameter)}")
