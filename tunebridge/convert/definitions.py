"""The statements of a script that define what a piece of code needs, and nothing else of it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import dedent

from tunebridge.convert.source import Source

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
"""Statements that may stand after what needs them."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A statement as a whole."""

    node: ast.stmt
    """Its tree."""
    defines: frozenset[str]
    """Names that it gives a meaning, or changes what they stand for."""
    uses: frozenset[str]
    """Names that it reads."""


def definitions(source: Source, names: Iterable[str], lines: Mapping[int, int]) -> tuple[str, set[str]]:
    """Return the code that defines some names, and what these need in turn; and the names it leaves out.

    Args:
        source: The script.
        names: What has to be defined.
        lines: Where each function was that was running, by its first line; 0 stands for the module. What
            comes later, or holds such a line, is left out.
    """
    units = [_unit(node) for node in _statements(source.tree.body, lines, lines.get(0, 0))]
    wanted, taken = set(names), set[int]()
    while more := [n for n, unit in enumerate(units) if n not in taken and unit.defines & wanted]:
        taken.update(more)
        wanted |= {name for n in more for name in units[n].uses}
    chosen = [units[n].node for n in sorted(taken)]
    defined = {name for n in taken for name in units[n].defines}
    return "\n".join(_texts(source, chosen)), {name for name in names if name not in defined}


def free_names(node: ast.AST) -> frozenset[str]:
    """Return the names that a piece of code reads."""
    names = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
    read = {one.id for one in names if isinstance(one.ctx, ast.Load)}
    if isinstance(node, ast.stmt):
        return frozenset(read)
    own = {one.id for one in names if isinstance(one.ctx, ast.Store)}  # of comprehensions
    return frozenset(read - own - {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)})


def without_idle_imports(code: str, names: Iterable[str]) -> str:
    """Return code without the imports at its top of which nothing is used.

    Args:
        code: The code.
        names: What is used elsewhere.
    """
    tree = ast.parse(code)
    used = set(names).union(*(free_names(node) for node in tree.body if not _is_import(node)))
    lines = code.splitlines(keepends=True)
    for node in reversed(tree.body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            kept = [one for one in node.names if (one.asname or one.name.partition(".")[0]) in used]
            if len(kept) < len(node.names):
                node.names = kept
                lines[node.lineno - 1 : node.end_lineno] = [f"{ast.unparse(node)}\n"] if kept else []
    return "".join(lines)


def _is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _statements(body: Sequence[ast.stmt], lines: Mapping[int, int], line: int) -> Iterator[ast.stmt]:
    """Yield the statements that were run before a line; of those that hold it, the ones inside."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef) and _first_line(statement) in lines:
            yield from _statements(statement.body, lines, lines[_first_line(statement)])
        elif isinstance(statement, DEFINITIONS) or (statement.end_lineno or statement.lineno) < line:
            yield statement
        elif statement.lineno <= line:
            for block in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(statement, block, []), lines, line)


def _first_line(definition: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(definition, "decorator_list", [])
    return min([definition.lineno, *(one.lineno for one in decorators)])


def _unit(node: ast.stmt) -> Unit:
    return Unit(node, frozenset(_defined(node)), free_names(node))


def _defined(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Import() | ast.ImportFrom():
            yield from (one.asname or one.name.partition(".")[0] for one in node.names)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner))):
            yield from [owner.id] if isinstance(owner, ast.Name) else []
        case _:
            for one in ast.walk(node):
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                    yield one.id
                elif isinstance(one, ast.Subscript | ast.Attribute) and isinstance(one.ctx, ast.Store):
                    yield from free_names(one.value)


def _texts(source: Source, chosen: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield the text of statements, functions and classes with two empty lines around them."""
    lines = source.text.splitlines()
    before: ast.stmt | None = None
    for node in chosen:
        defining = any(isinstance(one, ast.FunctionDef | ast.ClassDef) for one in (before, node))
        if before is not None and defining:
            yield "\n"
        elif before is not None and _is_import(before) and not _is_import(node):
            yield ""
        yield _text(source, lines, node)
        before = node


def _text(source: Source, lines: Sequence[str], node: ast.stmt) -> str:
    """Return the text of a statement: its lines, or its part of a line that it shares."""
    first, last = (lines[number - 1].encode() for number in (node.lineno, node.end_lineno or node.lineno))
    is_alone = not first[: node.col_offset].strip() and not last[node.end_col_offset :].lstrip().startswith(
        b";"
    )
    start = _first_line(node)
    if is_alone or start < node.lineno:
        return dedent("\n".join(lines[start - 1 : node.end_lineno]))
    return ast.get_source_segment(source.text, node) or ast.unparse(node)
