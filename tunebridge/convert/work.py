"""What the top of a script would do before its search, read from its syntax tree.

Statements are followed as Python would run them: into branches, loops, local functions that are called, and
local modules that are imported. Making and loading values is no work (`harmless`); anything else that is
called is, as is a call of the objective. What comes after a search that is surely reached never runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tunebridge.contract.capture import CaptureSpec
from tunebridge.convert.harmless import ADDRESSES, is_harmless
from tunebridge.convert.searches import FoundSearch, found_search
from tunebridge.convert.source import Function, Source, argument, calls_in

BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
"""Fields of a statement that hold statements."""


@dataclass(slots=True)
class Outline:
    """What a script would do at its top."""

    captures: Sequence[CaptureSpec]
    """The libraries whose searches are known."""
    as_main: bool
    """Whether what is under `if __name__ == "__main__"` runs."""
    searches: list[FoundSearch] = field(default_factory=list)
    """The searches, in order."""
    work: list[str] = field(default_factory=list)
    """What else it would do before the first of them, a line each."""
    roots: set[str] = field(default_factory=set)
    """The top packages that it imports."""
    _objectives: set[str] = field(default_factory=set)
    _followed: set[int] = field(default_factory=set)
    _files: set[Path] = field(default_factory=set)
    _reached: bool = False

    @classmethod
    def of(cls, source: Source, captures: Sequence[CaptureSpec], *, as_main: bool) -> Outline:
        """Read what a script would do.

        Args:
            source: The script.
            captures: The libraries whose searches are known.
            as_main: Whether it runs as `python FILE` would run it, or as an import.
        """
        outline = cls(captures, as_main)
        outline._file(source)
        return outline

    def _file(self, source: Source) -> None:
        self._files.add(source.path.resolve())
        self.roots |= source.roots
        calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
        found = [search for call in calls if (search := found_search(source, call, self.captures))]
        self._objectives |= {search.objective for search in found}
        self._statements(source, source.tree.body)

    def _statements(self, source: Source, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self._statement(source, statement)

    def _statement(self, source: Source, statement: ast.stmt) -> None:
        match statement:
            case ast.Import() | ast.ImportFrom():
                self._import(source, statement)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._definition(source, statement)
            case ast.If(test=test) if _asks_for_main(test):
                self._statements(source, statement.body if self.as_main else statement.orelse)
            case ast.Try() | ast.If() | ast.Match() | ast.TryStar():
                self._branches(source, statement)
            case _:
                for child in ast.iter_child_nodes(statement):
                    if isinstance(child, ast.stmt):
                        self._statement(source, child)
                    else:
                        self._expression(source, child)

    def _branches(self, source: Source, statement: ast.stmt) -> None:
        """Follow all ways through a statement; only a search that lies on each of them is surely reached."""
        for _, value in ast.iter_fields(statement):
            if isinstance(value, ast.expr):
                self._expression(source, value)
        begun, ends = self._reached, []
        for block in _blocks(statement):
            self._reached = begun
            self._statements(source, block)
            ends.append(self._reached)
        is_try = isinstance(statement, ast.Try | ast.TryStar)
        surely = ends[:1] if is_try else ends if getattr(statement, "orelse", []) else []
        self._reached = begun or (bool(surely) and all(surely))

    def _definition(self, source: Source, defined: Function | ast.ClassDef) -> None:
        for decorator in defined.decorator_list:
            self._expression(source, decorator)
            if not isinstance(decorator, ast.Call):
                self._called(source, decorator, decorator)
        if isinstance(defined, ast.ClassDef):
            self._statements(source, defined.body)
            return
        for default in [*defined.args.defaults, *filter(None, defined.args.kw_defaults)]:
            self._expression(source, default)

    def _expression(self, source: Source, node: ast.AST) -> None:
        for call in calls_in(node):
            search = found_search(source, call, self.captures)
            if search is not None:
                self.searches += [search] if search not in self.searches else []
                self._reached = True
            else:
                self._called(source, call.func, call)

    def _called(self, source: Source, function: ast.expr, code: ast.expr) -> None:
        """Take in a call, or a decorator, which is one."""
        name, full = source.shown(function), source.full_name(function)
        more = [pattern for spec in self.captures for pattern in spec.harmless]
        if name in self._objectives:
            self._add(source, code, "calls the objective")
        elif isinstance(function, ast.Name) and name in source.classes:
            methods = [one for one in source.classes[name].body if isinstance(one, ast.FunctionDef)]
            self._follow(source, next((one for one in methods if one.name == "__init__"), None))
        elif isinstance(function, ast.Name) and name in source.functions:
            self._follow(source, source.functions[name])
        elif isinstance(function, ast.Attribute) and not full and function.attr in source.functions:
            self._follow(source, source.functions[function.attr])
        elif isinstance(code, ast.Call) and _reads_from_afar(code):
            self._add(source, code, "reads from a network")
        elif full == "open" and isinstance(code, ast.Call):
            mode = argument(code, "mode", 1)
            if mode is not None and str(source.literal(mode) or "w").strip("bt") != "r":
                self._add(source, code, "may write a file")
        elif not is_harmless(self._known_as(full) or f".{getattr(function, 'attr', name)}", more):
            self._add(source, code, "")

    def _known_as(self, full: str) -> str:
        """Return a name as its library has it, where another one gives it on."""
        root, dot, rest = full.partition(".")
        homes = [spec.libraries[0] for spec in self.captures if root in spec.libraries]
        return f"{homes[0]}{dot}{rest}" if homes else full

    def _follow(self, source: Source, function: Function | None) -> None:
        if function is not None and id(function) not in self._followed:
            self._followed.add(id(function))
            self._statements(source, function.body)

    def _import(self, source: Source, statement: ast.Import | ast.ImportFrom) -> None:
        """Follow an import into a module beside the file; what is installed is taken to do no work."""
        for path in _local_modules(source.path.parent, statement):
            if path.resolve() not in self._files:
                as_main, self.as_main = self.as_main, False
                self._file(Source.read(path))
                self.as_main = as_main

    def _add(self, source: Source, code: ast.expr, why: str) -> None:
        line = f"{source.path.name}, line {code.lineno}: {source.shown(code)}{f': {why}' if why else ''}"
        if not self._reached and line not in self.work:
            self.work.append(line)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a statement, each of which may run."""
    for name in BLOCKS:
        inside = getattr(statement, name, [])
        if name in ("handlers", "cases"):
            yield from (one.body for one in inside)
        elif inside:
            yield inside


def _asks_for_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _reads_from_afar(call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    texts = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return any(text.startswith(ADDRESSES) for text in texts)


def _local_modules(folder: Path, statement: ast.Import | ast.ImportFrom) -> Iterator[Path]:
    if isinstance(statement, ast.Import):
        names = [one.name for one in statement.names]
    else:
        module = statement.module or ""
        names = [module, *(f"{module}.{one.name}".strip(".") for one in statement.names)]
    for name in filter(None, names):
        place = folder.joinpath(*name.split("."))
        for path in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
            if path.is_file():
                yield path
