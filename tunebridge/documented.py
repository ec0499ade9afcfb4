"""Docstrings that list the fields of their class: the texts that stand under them in its source."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from itertools import pairwise
from textwrap import dedent, indent


class Docstring(str):
    """A class's docstring, with a section `Attributes` that is read from the source when it is asked for.

    Whoever looks past descriptors, as `help` does at an enum, finds what the class itself says.
    """

    __slots__ = ()

    def __get__(self, instance: object, owner: type) -> str:
        """Return the text and the attributes of a class, those of its bases first."""
        package = owner.__module__.partition(".")[0]
        texts: dict[str, str] = {}
        for base in reversed(owner.__mro__):
            if base.__module__.partition(".")[0] == package:
                texts |= _texts(base)
        hanging = [text.replace("\n", "\n    ") for text in texts.values()]
        lines = [indent(f"{name}: {text}", "    ") for name, text in zip(texts, hanging, strict=True)]
        own = inspect.cleandoc(self)
        return "\n".join([f"{own}\n\nAttributes:", *lines]) if lines else own


def document(things: Iterable[object]) -> None:
    """Let `help` show the fields of all classes among some things."""
    for thing in things:
        if isinstance(thing, type) and isinstance(thing.__doc__, str):
            thing.__doc__ = Docstring(thing.__doc__)


def _texts(documented: type) -> dict[str, str]:
    """Return the string under each field or member of a class, by name; none where there is no source."""
    try:
        (tree,) = ast.parse(dedent(inspect.getsource(documented))).body
    except (OSError, SyntaxError, TypeError):
        return {}
    found = {}
    for field, under in pairwise(tree.body if isinstance(tree, ast.ClassDef) else ()):
        text = under.value.value if _is_text(under) else None  # type: ignore[attr-defined]
        if text is not None and isinstance(field, ast.AnnAssign | ast.Assign):
            target = field.target if isinstance(field, ast.AnnAssign) else field.targets[0]
            found[ast.unparse(target)] = inspect.cleandoc(text)
    return found


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
