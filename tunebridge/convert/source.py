"""The text of a script: its syntax tree, what its names are, and the numbers in it."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tunebridge.errors import ProblemError

Function = ast.FunctionDef | ast.AsyncFunctionDef

SHOWN = 70
"""The most characters of a line that are shown."""


@dataclass(slots=True)
class Source:
    """A file of Python that was read, and not run."""

    path: Path
    """Where it is."""
    text: str
    """What is in it."""
    tree: ast.Module
    """How that is read."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Full names of what is imported, by the names here."""
    functions: dict[str, Function] = field(default_factory=dict)
    """Functions and methods of the file, by their short names."""
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    """Its classes."""
    assigned: dict[str, list[ast.expr]] = field(default_factory=dict)
    """What is assigned to each plain name, anywhere."""

    def __post_init__(self) -> None:
        """Note what the names of the file are."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Import():
                    self.aliases |= {one.asname: one.name for one in node.names if one.asname}
                    roots = [one.name.partition(".")[0] for one in node.names if not one.asname]
                    self.aliases |= {root: root for root in roots}
                case ast.ImportFrom() if not node.level and node.module:
                    names = {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
                    self.aliases |= names
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self.functions.setdefault(node.name, node)
                case ast.ClassDef():
                    self.classes.setdefault(node.name, node)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.assigned.setdefault(name, []).append(value)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    self.assigned.setdefault(name, []).append(value)
                case _:
                    pass

    @classmethod
    def read(cls, path: Path) -> Source:
        """Read a file.

        Raises:
            ProblemError: It is no Python.
        """
        try:
            text = path.read_text(encoding="utf-8")
            return cls(path, text, ast.parse(text, str(path)))
        except (SyntaxError, UnicodeDecodeError, ValueError) as error:
            place = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
            raise ProblemError(
                f"{path} is no Python{place}: {error.args[0]}",
                hint="see whether `python` runs it; of a notebook: jupyter nbconvert --to script",
            ) from error

    @property
    def roots(self) -> set[str]:
        """The top packages that it imports."""
        return {name.partition(".")[0] for name in self.aliases.values()}

    def shown(self, node: ast.AST) -> str:
        """Return the code of a node in one line, shortened."""
        text = " ".join((ast.get_source_segment(self.text, node) or ast.unparse(node)).split())
        return text if len(text) <= SHOWN else f"{text[:SHOWN]} ..."

    def full_name(self, node: ast.expr) -> str:
        """Return the full name of a function that is called: `numpy.zeros`; nothing if it is no such name."""
        match node:
            case ast.Name(id=name):
                return self.aliases.get(name, "" if name in self.assigned else name)
            case ast.Attribute(value=value, attr=attr):
                owner = self.full_name(value)
                return f"{owner}.{attr}" if owner and owner.partition(".")[0] in self.roots else ""
            case _:
                return ""

    def maker(self, node: ast.expr) -> ast.Call | None:
        """Return the call that made what an expression stands for, if it is told by the text."""
        if isinstance(node, ast.Name):
            calls = [one for one in self.assigned.get(node.id, []) if isinstance(one, ast.Call)]
            return calls[-1] if calls else None
        return node if isinstance(node, ast.Call) else None

    def literal(self, node: ast.expr) -> Any:
        """Return the value of an expression of literals and of names that stand for one; else None."""
        if isinstance(node, ast.Name):
            values = self.assigned.get(node.id, [])
            return self.literal(values[0]) if len(values) == 1 and values[0] is not node else None
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return None

    def points(self, node: ast.expr) -> int | None:
        """Return a number, or how many points a grid has that is written out; else None."""
        if isinstance(node, ast.Name):
            values = self.assigned.get(node.id, [])
            return self.points(values[0]) if len(values) == 1 else None
        match node:
            case ast.Dict(values=values):
                sizes = [self._length(one) for one in values]
                return None if None in sizes else math.prod(filter(None, sizes))
            case ast.List(elts=parts) if parts and all(isinstance(part, ast.Dict) for part in parts):
                each = [self.points(part) for part in parts]
                return None if None in each else sum(filter(None, each))
            case _:
                found = self.literal(node)
                return found if type(found) is int else None

    def _length(self, node: ast.expr) -> int | None:
        if isinstance(node, ast.List | ast.Tuple):
            return len(node.elts)
        found = self.literal(node)
        return len(found) if isinstance(found, list | tuple | Mapping) else None


def argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    """Return an argument of a call, by its keyword or its place; None if it is left out."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    starred = any(isinstance(one, ast.Starred) for one in call.args)
    return call.args[position] if position < len(call.args) and not starred else None


def calls_in(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that evaluating an expression makes, inner ones first; what a lambda holds waits."""
    if isinstance(node, ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        yield from calls_in(child)
    if isinstance(node, ast.Call):
        yield node
