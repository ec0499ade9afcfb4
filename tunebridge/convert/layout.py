"""Code that is laid out: a call or a container on one line if it fits, else an item a line."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 88
"""The most characters of a line, where it can be broken."""

INDENT = "    "


@dataclass(frozen=True, slots=True)
class Group:
    """Something in brackets."""

    opening: str
    """All that stands before the first item: `tb.Space(`."""
    items: tuple[Item, ...]
    """What is between them."""
    closing: str
    """The last bracket."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a group."""

    piece: Piece
    """The value."""
    before: str = ""
    """What stands before it: `name=`, or `'label': `."""


Piece = str | Group
"""Code: words that are never broken, or a group."""


def quoted(text: str) -> str:
    """Return a text as code, in double quotes if nothing speaks against them."""
    code = repr(text)
    return code if '"' in code or code[0] == '"' else f'"{code[1:-1]}"'


def call(function: str, *items: Item | Piece) -> Group:
    """Return a call of a function."""
    return Group(f"{function}(", tuple(one if isinstance(one, Item) else Item(one) for one in items), ")")


def laid_out(piece: Piece, before: str = "", indent: str = "") -> str:
    """Return code as lines.

    Args:
        piece: The code.
        before: What stands before it in its line.
        indent: What stands before all its lines.
    """
    line = f"{indent}{before}{flat(piece)}"
    if isinstance(piece, str) or len(line) <= WIDTH or not piece.items:
        return line
    deeper = indent + INDENT
    inside = [f"{laid_out(item.piece, item.before, deeper)},\n" for item in piece.items]
    return f"{indent}{before}{piece.opening}\n{''.join(inside)}{indent}{piece.closing}"


def flat(piece: Piece) -> str:
    """Return code as one line."""
    if isinstance(piece, str):
        return piece
    inside = ", ".join(f"{item.before}{flat(item.piece)}" for item in piece.items)
    alone = "," if piece.opening == "(" and len(piece.items) == 1 else ""
    return f"{piece.opening}{inside}{alone}{piece.closing}"
