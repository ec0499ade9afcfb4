"""A space as plain data: written as JSON, read again, and compared with another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from math import isfinite
from typing import Any, assert_never

from tunebridge.fingerprint.changes import changed_items, same_code
from tunebridge.fingerprint.objective import describe
from tunebridge.space.choices import Categorical, Constant, Listed, Ordinal
from tunebridge.space.clauses import clause
from tunebridge.space.conditions import Between, Wanted, When, shown_when
from tunebridge.space.constraint import Constraint
from tunebridge.space.labels import unstable
from tunebridge.space.node import AnyParameter, Node
from tunebridge.space.numeric import Float, Int, Normal
from tunebridge.space.space import Space

NOTHING: Mapping[str, Any] = {"parameters": [], "constraints": []}
"""The document of an empty space."""

NUMBERS: dict[str, Callable[..., Float | Int | Normal]] = {"Float": Float, "Int": Int, "Normal": Normal}
"""The parameters that are stored field by field."""

GROUP = "Space"
"""The kind of a group of parameters."""

Place = tuple[str, ...]
"""Where a branch is: the choices and labels that lead to it, outermost first; empty for the space itself."""


@dataclass(frozen=True, slots=True, repr=False)
class Named:
    """Stands for an object of the user's, which is not stored; its `repr` is the object's label."""

    label: str

    def __repr__(self) -> str:
        """Show the label."""
        return self.label


def write_space(space: Space) -> dict[str, Any]:
    """Return a space as JSON.

    Values other than None, booleans, finite numbers and strings are stored by their label and the name of
    their type; constraints by their reason and what their predicate depends on.
    """
    return _write_space(space, _by_name(space.nodes))


def stored_space(document: Mapping[str, Any]) -> Space:
    """Return the space of a document.

    Objects come back as `Named` after their labels, constraints as rules that always hold.

    Raises:
        KeyError: `write_space` has not written the document.
        SpaceError: It has not written it like this.
    """
    space = _read_space(document, _read_choice)
    space.check_names()
    return space


def typed_space(document: Mapping[str, Any]) -> Space:
    """Return the space of a document to be compared: objects come back by their type and their label.

    Raises:
        KeyError, SpaceError: As `stored_space`.
    """
    return _read_space(document, _read_typed)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return how the document of a space differs from an earlier one; nothing when they are the same.

    What constraints compute is compared by `rule_changes`.

    Returns:
        One line per parameter, order or constraint that differs, each beginning with the full path.
    """
    before, after = dict(_places(old, ())), dict(_places(new, ()))
    lines = []
    for place in {**before, **after}:
        was, now = before.get(place, NOTHING), after.get(place, NOTHING)
        prefix = "".join(f"{part}." for part in place)
        lines += [f"{prefix}{line}" for line in _parameter_lines(was, now)]
        where = f"{prefix.removesuffix('.')}: " if place else ""
        lines += [f"{where}{line}" for line in _constraint_lines(was, now)]
        lines += [f"{where}{line}" for line in _order_lines(was, now)]
    return lines


def rule_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return in words how constraints that both documents have compute something else."""
    before, after = dict(_places(old, ())), dict(_places(new, ()))
    lines = []
    for place in before.keys() & after.keys():
        where = f"{'.'.join(place)}: " if place else ""
        was, now = _rules(before[place]), _rules(after[place])
        for reason in was.keys() & now.keys():
            pairs = list(zip(was[reason], now[reason], strict=False))
            lines += [
                f"{where}the constraint {reason!r}: {line}" for pair in pairs for line in changed_items(*pair)
            ]
            if not all(same_code(*pair) for pair in pairs):
                lines.append(f"{where}the code of the constraint {reason!r} has changed")
    return sorted(lines)


def unstable_labels(space: Space) -> list[str]:
    """Return one fault per parameter with a label that is another one in the next process."""
    faults = []
    for node in space.nodes:
        found = ((label, unstable(label, value)) for label, value in _labelled(node.parameter))
        label, why = next((one for one in found if one[1]), ("", ""))
        if why:
            faults.append(
                f"{node.path}: the label {label!r} {why}, so it is another one in the next process; "
                "write Categorical({label: value}), or give the value a repr that stays the same"
            )
    return faults


Parents = Mapping[str, Sequence[Node]]
"""The parameters of a whole space by name."""


def _by_name(nodes: Iterable[Node]) -> Parents:
    parents: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        parents[node.name].append(node)
    for node in nodes:
        parents.setdefault(node.path, [node])
    return parents


def _write_space(space: Space, parents: Parents) -> dict[str, Any]:
    return {
        "parameters": [{"name": name, **_write_entry(declared, parents)} for name, declared in space.entries],
        "constraints": [
            {"reason": constraint.reason, "rule": describe(constraint.predicate)}
            for constraint in space.constraints
        ],
        **_write_when(space, parents),
    }


def _write_entry(declared: AnyParameter | Space, parents: Parents) -> dict[str, Any]:
    if isinstance(declared, Space):
        return {"kind": GROUP, "space": _write_space(declared, parents)}
    return {**_write_parameter(declared, parents), **_write_when(declared, parents)}


def _write_when(declared: AnyParameter | Space, parents: Parents) -> dict[str, Any]:
    """Return a condition under its key; nothing where there is none."""
    if not isinstance(declared.when, When):
        return {}
    return {
        "when": [
            dict(pairs)
            for alternative in declared.when.any_of
            for pairs in product(*(_write_wanted(name, wanted, parents) for name, wanted in alternative))
        ]
    }


def _write_wanted(name: str, wanted: Wanted, parents: Parents) -> Iterator[tuple[str, Any]]:
    """Yield what a parent must be: one pair for each of those that have the name."""
    nodes = parents[name]
    for node in nodes:
        key = name if len(nodes) == 1 else node.path
        with suppress(ValueError):  # It does not fit this one.
            clause(node.path, name, node.parameter, wanted)
            yield key, _write_values(node.parameter, wanted)


def _write_values(parameter: AnyParameter, wanted: Wanted) -> dict[str, Any]:
    if isinstance(wanted, Between):
        return {"low": wanted.low, "high": wanted.high}
    return {"values": [_write_natural(parameter, parameter.read(value)) for value in wanted]}


def _write_natural(parameter: AnyParameter, value: Any) -> dict[str, Any]:
    return (
        _write_value(parameter.to_natural(value), value)
        if isinstance(parameter, Listed)
        else {"value": value}
    )


def _write_parameter(parameter: AnyParameter, parents: Parents) -> dict[str, Any]:
    match parameter:
        case Float() | Int():
            shape = {"low": parameter.low, "high": parameter.high, "log": parameter.log}
            return {"kind": type(parameter).__name__, **shape, "step": parameter.step}
        case Normal(mean, sd, log):
            return {"kind": "Normal", "mean": mean, "sd": sd, "log": log}
        case Ordinal():
            pairs = zip(parameter.labels, parameter.values, strict=True)
            return {"kind": "Ordinal", "choices": [_write_value(*pair) for pair in pairs]}
        case Constant(value):
            return {"kind": "Constant", "choices": [_write_value(parameter.labels[0], value)]}
        case Categorical():
            pairs = zip(parameter.labels, parameter.values, strict=True)
            choices = [_write_choice(*pair, parents) for pair in pairs]
            weights = None if parameter.weights is None else list(map(float, parameter.weights))
            return {"kind": "Categorical", "choices": choices, "weights": weights}
        case _:
            assert_never(parameter)


def _write_choice(label: str, value: Any, parents: Parents) -> dict[str, Any]:
    if isinstance(value, Space):
        return {"label": label, "space": _write_space(value, parents)}
    return _write_value(label, value)


def _write_value(label: str, value: Any) -> dict[str, Any]:
    # Exactly these types: the `repr` of an enum that is an int is not that of the int which JSON makes of it.
    exact = value is None or type(value) in {bool, int, str} or (type(value) is float and isfinite(value))
    return {"label": label, "value": value} if exact else {"label": label, "object": type(value).__qualname__}


ReadChoice = Callable[[Mapping[str, Any]], Any]
"""Returns what the entry of a choice stands for."""


def _read_parameter(entry: Mapping[str, Any], read_choice: ReadChoice) -> AnyParameter:
    kind, when = entry["kind"], _read_when(entry, read_choice)
    if kind in NUMBERS:
        shape = {key: entry[key] for key in entry if key not in {"name", "kind", "when"}}
        return NUMBERS[kind](**shape, when=when)
    choices = {choice["label"]: read_choice(choice) for choice in entry["choices"]}
    match kind:
        case "Ordinal":
            return Ordinal(list(choices.values()), when=when)
        case "Constant":
            return Constant(*choices.values(), when=when)
        case "Categorical":
            return Categorical(choices, entry["weights"], when=when)
        case _:
            raise KeyError(kind)


def _read_space(document: Mapping[str, Any], read_choice: ReadChoice) -> Space:
    return Space(
        {entry["name"]: _read_entry(entry, read_choice) for entry in document["parameters"]},
        constraints=[Constraint(_holds, entry["reason"]) for entry in document["constraints"]],
        when=_read_when(document, read_choice),
    )


def _read_entry(entry: Mapping[str, Any], read_choice: ReadChoice) -> AnyParameter | Space:
    if entry["kind"] == GROUP:
        return _read_space(entry["space"], read_choice)
    return _read_parameter(entry, read_choice)


def _read_when(entry: Mapping[str, Any], read_choice: ReadChoice) -> When | None:
    if "when" not in entry:
        return None
    return When.of(
        [
            {name: _read_wanted(wanted, read_choice) for name, wanted in alternative.items()}
            for alternative in entry["when"]
        ]
    )


def _read_wanted(wanted: Mapping[str, Any], read_choice: ReadChoice) -> Any:
    if "values" in wanted:
        return list(map(read_choice, wanted["values"]))
    return Between(wanted["low"], wanted["high"])


def _read_choice(choice: Mapping[str, Any]) -> Any:
    if "space" in choice:
        return _read_space(choice["space"], _read_choice)
    return Named(choice["label"]) if "object" in choice else choice["value"]


def _read_typed(choice: Mapping[str, Any]) -> Any:
    return _read_space(choice["space"], _read_typed) if "space" in choice else _outline(choice)


def _outline(choice: Mapping[str, Any]) -> Any:
    """Return what a choice is shown as: what is inside a branch has lines of its own."""
    if "space" in choice:
        return _outlined(choice["space"])
    return Named(f"<{choice['object']} {choice['label']!r}>") if "object" in choice else choice["value"]


def _outlined(document: Mapping[str, Any]) -> Named:
    return Named(f"Space(...{shown_when(_read_when(document, _outline))})")


def _holds(params: Mapping[str, Any]) -> bool:
    return True


def _places(document: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Yield the document of a space and of every branch inside it, with their places."""
    yield place, document
    for entry in document["parameters"]:
        if entry["kind"] == GROUP:
            yield from _places(entry["space"], (*place, entry["name"]))
        for choice in entry.get("choices", ()):
            if "space" in choice:
                yield from _places(choice["space"], (*place, entry["name"], choice["label"]))


def _parameter_lines(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    was, now = _declared(old), _declared(new)
    for name in {**was, **now}:
        if name not in now:
            yield f"{name}: is not in the new space, was {was[name]}"
        elif name not in was:
            yield f"{name}: is not in the old space, is {now[name]}"
        elif was[name] != now[name]:
            yield f"{name}: was {was[name]}, is {now[name]}"


def _constraint_lines(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    was, now = _rules(old), _rules(new)
    for reason in {**was, **now}:
        before, after = was.get(reason, []), now.get(reason, [])
        if not after:
            yield f"the constraint {reason!r} is not in the new space"
        elif not before:
            yield f"the constraint {reason!r} is not in the old space"
        elif len(before) != len(after):
            yield f"there are {len(after)} constraints {reason!r}, and were {len(before)}"


def _order_lines(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for what, keys_of in (("parameters", _declared), ("constraints", _rules)):
        was, now = keys_of(old), keys_of(new)
        before, after = [key for key in was if key in now], [key for key in now if key in was]
        if before != after:
            yield f"the order of the {what} was {', '.join(before)}, is {', '.join(after)}"


def _declared(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the declarations of one space as they were written, by name."""
    return {
        entry["name"]: repr(
            _outlined(entry["space"]) if entry["kind"] == GROUP else _read_parameter(entry, _outline)
        )
        for entry in document["parameters"]
    }


def _rules(document: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """Return what the constraints of one space depend on, by their reason."""
    rules: dict[str, list[Mapping[str, Any]]] = {}
    for entry in document["constraints"]:
        rules.setdefault(entry["reason"], []).append(entry["rule"])
    return rules


def _labelled(parameter: AnyParameter) -> Iterable[tuple[str, Any]]:
    match parameter:
        case Ordinal() | Categorical() | Constant():
            return zip(parameter.labels, parameter.values, strict=True)
        case Float() | Int() | Normal():
            return ()
        case _:
            assert_never(parameter)
