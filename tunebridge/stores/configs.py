"""Configs in a table, as Ray Tune's frames have them: all that an objective was given, under its path.

So there are columns of what was no param: constants, what else stands in an option, lists that hold params.
"""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Iterable, Sequence
from typing import Any

from tunebridge.space.node import Node
from tunebridge.space.option import Option
from tunebridge.space.space import Space
from tunebridge.stores.cells import is_empty

PREFIX = "config/"
"""The begin of the columns."""
Row = dict[str, Any]


def is_config(columns: Iterable[str]) -> bool:
    """Return whether a table has configs."""
    return any(column.startswith(PREFIX) for column in columns)


def params_of(rows: Iterable[Row], space: Space) -> list[Row]:
    """Return rows with columns of params, and of what else varies, in the place of their configs.

    An option that holds params is known by a text in it that is its label, or else by the params in it.
    What is the same in all rows is taken for a constant, and left out.
    """
    made = [_unfolded(row, space) for row in rows]
    for node in space.nodes:
        if node.branching:
            made = [_with_option(row, node, space) for row in made]
    known = {node.name for node in space.nodes}
    columns = dict.fromkeys(name for row in made for name in row if name.startswith(PREFIX))
    constant = [
        column
        for column in columns
        if column.removeprefix(PREFIX) not in known and len({repr(row.get(column)) for row in made}) == 1
    ]
    return [{name: cell for name, cell in row.items() if name not in constant} for row in made]


def _unfolded(row: Row, space: Space) -> Row:
    """Return a row in which lists that hold params have a column per place."""
    made: Row = {}
    for column, cell in row.items():
        items = _items(cell) if _holds(column, space) else None
        if items is None:
            made[column] = cell
        else:
            made |= _unfolded({f"{column}/{place}": item for place, item in enumerate(items)}, space)
    return made


def _holds(column: str, space: Space) -> bool:
    """Return whether a column of configs holds params of the space."""
    within = f"{column.removeprefix(PREFIX)}/"
    return column.startswith(PREFIX) and any(node.name.startswith(within) for node in space.nodes)


def _items(cell: Any) -> Sequence[Any] | None:
    """Return the items of a list, or of the text of one, as files have it."""
    if isinstance(cell, str) and cell[:1] in ("[", "("):
        try:
            cell = literal_eval(cell)
        except (SyntaxError, ValueError):
            return None
    return cell if isinstance(cell, list | tuple) else None


def _with_option(row: Row, choice: Node, space: Space) -> Row:
    """Return a row with the option of a choice, if it has one, in the place of what is no param of it."""
    column = PREFIX + choice.name
    inside = {name: cell for name, cell in row.items() if name.startswith(f"{column}/")}
    given = {name.removeprefix(PREFIX): cell for name, cell in inside.items() if not is_empty(cell)}
    if column in row or not given:
        return row
    known = {node.name for node in space.nodes}
    option = Option(
        unknown=f"nothing under {choice.name}/ says which option it is: name columns as the space does",
        texts=frozenset(cell for cell in given.values() if isinstance(cell, str)),
        names=frozenset(name for name in given if name in known),
    )
    besides = {name for name in inside if name.removeprefix(PREFIX) not in known}
    return {**{name: cell for name, cell in row.items() if name not in besides}, column: option}
