"""A space as the code that declares it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from keyword import iskeyword

from tunebridge.convert.layout import Group, Item, Piece, call, quoted
from tunebridge.convert.values import Values
from tunebridge.space.choices import Categorical, Constant, Ordinal
from tunebridge.space.conditions import Between, Wanted, When, WhenLike
from tunebridge.space.constraint import Constraint
from tunebridge.space.labels import label_of
from tunebridge.space.node import AnyParameter
from tunebridge.space.space import Space

RESERVED = {
    name
    for name, parameter in inspect.signature(Space).parameters.items()
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY
}
"""Names that a parameter cannot have as a keyword."""


def written_space(space: Space, values: Values) -> Group:
    """Return the code of a space.

    Args:
        space: The space.
        values: Writes its choices, and keeps what they need.
    """
    entries = {name: _entry(declared, values, name) for name, declared in space.entries}
    rest = []
    if space.constraints:
        rules = tuple(Item(_constraint(one, values)) for one in space.constraints)
        rest = [Item(Group("[", rules, "]"), "constraints=")]
    rest += _when(space.when, values)
    if all(name.isidentifier() and not iskeyword(name) and name not in RESERVED for name in entries):
        return call("tb.Space", *(Item(piece, f"{name}=") for name, piece in entries.items()), *rest)
    named = tuple(Item(piece, f"{quoted(name)}: ") for name, piece in entries.items())
    return call("tb.Space", Group("{", named, "}"), *rest)


def _entry(declared: AnyParameter | Space, values: Values, name: str) -> Piece:
    return (
        written_space(declared, values) if isinstance(declared, Space) else _parameter(declared, values, name)
    )


def _parameter(parameter: AnyParameter, values: Values, name: str) -> Piece:
    when = _when(parameter.when, values)
    match parameter:
        case Categorical():
            return _categorical(parameter, values, name)
        case Ordinal():
            return call("tb.Ordinal", values.write(list(parameter.values), name), *when)
        case Constant():
            return call("tb.Constant", values.write(parameter.value, name), *when)
        case _ if when:
            kind, _, arguments = parameter.declaration().removesuffix(")").partition("(")
            return call(f"tb.{kind}", arguments, *when)
        case _:
            return f"tb.{parameter!r}"


def _when(when: WhenLike | When | None, values: Values) -> list[Item]:
    """Return a condition as the last argument of a declaration; nothing if there is none."""
    if not isinstance(when, When):
        return []
    alternatives = [Group("{", _all_of(alternative, values), "}") for alternative in when.any_of]
    several = Group("[", tuple(map(Item, alternatives)), "]")
    return [Item(alternatives[0] if len(alternatives) == 1 else several, "when=")]


def _all_of(alternative: Iterable[tuple[str, Wanted]], values: Values) -> tuple[Item, ...]:
    return tuple(Item(_wanted(one, values, name), f"{quoted(name)}: ") for name, one in alternative)


def _wanted(wanted: Wanted, values: Values, name: str) -> Piece:
    return f"tb.{wanted!r}" if isinstance(wanted, Between) else values.write(list(wanted), name)


def _categorical(choice: Categorical, values: Values, name: str) -> Group:
    """Return a list of choices if their labels follow from them, else a mapping."""
    pairs = [*zip(choice.labels, choice.values, strict=True)]
    pieces = [
        written_space(value, values) if isinstance(value, Space) else values.write(value, label)
        for label, value in pairs
    ]
    if all(label == label_of(value) for label, value in pairs):
        choices = Group("[", tuple(map(Item, pieces)), "]")
    else:
        labelled = zip(choice.labels, pieces, strict=True)
        choices = Group("{", tuple(Item(piece, f"{quoted(label)}: ") for label, piece in labelled), "}")
    weights = [] if choice.weights is None else [Item(values.write(list(choice.weights)), "weights=")]
    return call("tb.Categorical", choices, *weights, *_when(choice.when, values))


def _constraint(constraint: Constraint, values: Values) -> Group:
    return call("tb.Constraint", values.write(constraint.predicate, "rule"), values.write(constraint.reason))
