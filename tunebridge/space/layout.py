"""A space laid out: its parameters in order, each with its condition in normal form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush

from tunebridge.space.choices import Categorical
from tunebridge.space.conditions import ALWAYS, Clause, Condition
from tunebridge.space.constraint import Constraint
from tunebridge.space.entries import Entry, Place, entries_of
from tunebridge.space.node import Node, is_fixed
from tunebridge.space.parameter import Branch
from tunebridge.space.possible import Needs, always_holds, witness
from tunebridge.space.resolving import Resolver


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a declaration comes to."""

    nodes: tuple[Node, ...] = ()
    """The parameters, parents first, else as declared."""
    rules: tuple[tuple[Condition, Constraint], ...] = ()
    """The constraints, and when they hold for a trial."""
    decides: bool = False
    """Whether what is active depends on some parameter."""
    asks: bool = False
    """Whether some of them hold for some trials only."""
    faults: tuple[str, ...] = ()
    """What is wrong, each with its path."""
    unknown: tuple[str, ...] = ()
    """Which conditions name no parameter of the space; an enclosing space may have it."""
    names: frozenset[str] = frozenset()
    """The names of all parameters."""
    always: frozenset[str] = frozenset()
    """The names of those that every trial has more than one value of."""


def lay_out(space: Branch) -> Layout:
    """Return what a declaration, each parameter of which is right by itself, comes to."""
    found = list(entries_of(space))
    entries = [one for one in found if isinstance(one, Entry)]
    ruled = [one for one in found if not isinstance(one, Entry)]
    names = frozenset(entry.name for entry in entries)
    always = frozenset(
        entry.name
        for entry in entries
        if entry.branch is None and not entry.written and not is_fixed(entry.parameter)
    )
    resolver = Resolver(entries)
    conditions = {entry.path: _conditions(entry, resolver) for entry in entries}
    rules = tuple((_condition(_conditions(place, resolver)), constraint) for place, constraint in ruled)
    if resolver.unknown and not resolver.faults:
        return Layout(unknown=tuple(resolver.unknown), names=names, always=always)
    faults = [*resolver.faults, *resolver.unknown, *_path_faults(entries)]
    if faults:
        return Layout(faults=tuple(faults))
    try:
        order = _order(conditions)
    except CycleError as error:
        return Layout(faults=(_circle(error.args[1]),))
    faults = [*_name_faults(entries, conditions), *_impossible(entries, conditions, resolver)]
    faults += _always(entries, resolver)
    if faults:
        return Layout(faults=tuple(dict.fromkeys(faults)))
    by_path = {entry.path: entry for entry in entries}
    nodes = tuple(_nodes([by_path[path] for path in order], conditions))
    asks = any(condition for condition, _ in rules)
    decides = any(node.deciding for node in nodes)
    return Layout(nodes=nodes, rules=rules, decides=decides, asks=asks, names=names, always=always)


def _conditions(place: Entry | Place, resolver: Resolver) -> list[Condition]:
    """Return all that has to hold, outermost first; a parent's own conditions are its own."""
    branch = [] if place.branch is None else [Condition(((place.branch,),))]
    return [*branch, *map(resolver.condition, place.written)]


def _condition(conditions: Sequence[Condition]) -> Condition:
    found = ALWAYS
    for condition in conditions:
        found &= condition
    return found


def _order(conditions: Needs) -> list[str]:
    """Return all paths, parents first, else as declared.

    Raises:
        CycleError: Conditions depend on one another in a circle.
    """
    sorter = TopologicalSorter({path: _parents(needed) for path, needed in conditions.items()})
    sorter.prepare()
    places = {path: place for place, path in enumerate(conditions)}
    paths, waiting, ordered = list(conditions), list[int](), list[str]()
    while sorter.is_active():
        for path in sorter.get_ready():
            heappush(waiting, places[path])
        ordered.append(paths[heappop(waiting)])
        sorter.done(ordered[-1])
    return ordered


def _parents(conditions: Sequence[Condition]) -> set[str]:
    return {clause.path for condition in conditions for clause in condition.clauses}


def _circle(paths: Sequence[str]) -> str:
    chain = ", which needs ".join(reversed(paths))
    return f"{paths[0]}: its condition goes round in a circle: {chain}"


def _nodes(entries: Sequence[Entry], conditions: Needs) -> Iterator[Node]:
    deciding = set[str]().union(*map(_parents, conditions.values()))
    for entry in entries:
        branching = isinstance(entry.parameter, Categorical) and bool(entry.parameter.branches)
        yield Node(
            path=entry.path,
            name=entry.name,
            parameter=entry.parameter,
            branch=entry.branch,
            when=_when(entry, conditions),
            branching=branching,
            deciding=branching or entry.path in deciding,
            fixed=is_fixed(entry.parameter),
        )


def _when(entry: Entry, conditions: Needs) -> Condition:
    """Return what the conditions of an entry and its groups come to, without alternatives that never hold."""
    if not entry.written:
        return ALWAYS
    branch, whens = _split(entry, conditions[entry.path])
    alternatives = (Condition((all_of,)) for all_of in _condition(whens).any_of)
    return Condition(
        tuple(one.any_of[0] for one in alternatives if witness([*branch, one], conditions) is not None)
    )


def _split(entry: Entry, conditions: Sequence[Condition]) -> tuple[Sequence[Condition], Sequence[Condition]]:
    first = 0 if entry.branch is None else 1
    return conditions[:first], conditions[first:]


def _path_faults(entries: Sequence[Entry]) -> list[str]:
    paths = Counter(entry.path for entry in entries)
    return [f"{path}: two parameters have this full path; rename one" for path, n in paths.items() if n > 1]


def _name_faults(entries: Sequence[Entry], conditions: Needs) -> Iterator[str]:
    seen: dict[str, list[Entry]] = {}
    for entry in entries:
        for other in seen.setdefault(entry.name, []):
            if witness([*conditions[entry.path], *conditions[other.path]], conditions) is not None:
                yield (
                    f"{entry.path}: the name {entry.name!r} is also used by {other.path}, "
                    "and both can be active together; rename one"
                )
        seen[entry.name].append(entry)


def _impossible(entries: Sequence[Entry], conditions: Needs, resolver: Resolver) -> Iterator[str]:
    """Yield one fault per alternative of a condition that no params fulfil."""
    for entry in entries:
        branch, _ = _split(entry, conditions[entry.path])
        for number, written in enumerate(entry.written):
            around = [*branch, *map(resolver.condition, entry.written[:number])]
            for several in resolver.alternatives(written):
                if not any(witness([*around, Condition((one,))], conditions) is not None for one in several):
                    text = " and ".join(clause.text for clause in several[0])
                    yield f"{written.place}: when {text}: can never hold; {_why(several[0], around)}"


def _always(entries: Sequence[Entry], resolver: Resolver) -> Iterator[str]:
    """Yield one fault per condition that holds whatever the parents are."""
    free = {entry.path: entry.parameter for entry in entries if not (entry.branch or entry.written)}
    for written in {written.place: written for entry in entries for written in entry.written}.values():
        condition = resolver.condition(written)
        if always_holds(condition, free):
            yield f"{written.place}: when {condition}: always holds, and so says nothing; leave it out"


def _why(all_of: Sequence[Clause], around: Sequence[Condition]) -> str:
    outer = f", where {' and '.join(map(str, around))}" if around else ""
    return f"what it needs excludes one another{outer}"
