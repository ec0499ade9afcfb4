"""Suggestions of Optuna's in the text of an objective: what they say literally, and what is written here."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

KINDS = {
    "suggest_float": ("low", "high"),
    "suggest_int": ("low", "high"),
    "suggest_categorical": ("choices",),
    "suggest_uniform": ("low", "high"),
    "suggest_loguniform": ("low", "high"),
}
"""Methods that suggest a value, and what they take after the name."""

SOMETIMES = (
    ast.If,
    ast.For,
    ast.While,
    ast.Try,
    ast.IfExp,
    ast.BoolOp,
    ast.Match,
    ast.Lambda,
    ast.comprehension,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
"""What may evaluate an expression inside once, often or never."""

RENAMED = {"set_user_attr": "note"}
"""Methods of a trial that have another name here."""


def with_params(source: str) -> str:
    """Return code in which `trial["x"]` stands for each suggestion `trial.suggest_float("x", ...)`.

    The other words of a trial that have another name here are written so, too.
    """
    lines = source.encode()
    offsets = [0]
    for line in lines.split(b"\n"):
        offsets.append(offsets[-1] + len(line) + 1)

    def place(line: int | None, column: int | None) -> int:
        return offsets[(line or 1) - 1] + (column or 0)

    tree = ast.parse(source)
    changes: list[tuple[int, int, bytes]] = []
    for node in ast.walk(tree):
        if getattr(node, "attr", getattr(node, "id", "")) == "TrialPruned" and isinstance(node, ast.expr):
            begin, end = place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)
            changes.append((begin, end, b"tb.TrialPruned"))
    for call in _calls(tree):
        method = call.func
        if not isinstance(method, ast.Attribute):
            continue
        after = place(method.value.end_lineno, method.value.end_col_offset)
        end = place(method.end_lineno, method.end_col_offset)
        if method.attr in RENAMED:
            changes.append((after, end, f".{RENAMED[method.attr]}".encode()))
        elif method.attr.startswith("suggest_") and (name := _argument(call, "name", 0)) is not None:
            written = ast.get_source_segment(source, name) or ast.unparse(name)
            changes.append((after, place(call.end_lineno, call.end_col_offset), f"[{written}]".encode()))
    for begin, end, text in sorted(changes, reverse=True):
        lines = lines[:begin] + text + lines[end:]
    return lines.decode()


def said_distributions(source: str) -> Mapping[str, Any] | None:
    """Return the distributions that code says literally; None if some suggestion depends on anything."""
    tree = ast.parse(source)
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    if set(_suggesting(tree)) & {_called(call) for call in _calls_sometimes(tree)}:
        return None
    found: dict[str, Any] = {}
    for call in _calls(tree):
        if not isinstance(call.func, ast.Attribute) or not call.func.attr.startswith("suggest_"):
            continue
        said = _said(call, call.func.attr, constants)
        if said is None or found.setdefault(said[0], said[1]) != said[1]:
            return None
    return found or None


def _suggesting(tree: ast.Module) -> Iterator[str]:
    """Yield the methods that suggest, and the functions of the code in which something suggests."""
    yield from (name for call in _calls(tree) if (name := _called(call)).startswith("suggest_"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(
            _called(call).startswith("suggest_") for call in _calls(node)
        ):
            yield node.name


def _calls_sometimes(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, SOMETIMES):
            yield from _calls(node)


def _calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _called(call: ast.Call) -> str:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return name if isinstance(name, str) else ""


def _argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == name]
    return named[0] if named else call.args[position] if position < len(call.args) else None


def _said(call: ast.Call, kind: str, constants: Mapping[str, ast.expr]) -> tuple[str, Any] | None:
    """Return the name and the distribution of a suggestion; None if they are not literal."""
    import optuna.distributions as od

    words = ("name", *KINDS.get(kind, ()))
    nodes = dict(zip(words, call.args, strict=False)) | {one.arg or "": one.value for one in call.keywords}
    given: dict[str, Any] = {}
    for word, node in nodes.items():
        try:
            given[word] = ast.literal_eval(
                constants.get(node.id, node) if isinstance(node, ast.Name) else node
            )
        except ValueError:
            return None
    name = given.pop("name", None)
    if kind in ("suggest_uniform", "suggest_loguniform"):
        given |= {"log": kind == "suggest_loguniform"}
    classes: dict[str, Any] = {
        "suggest_int": od.IntDistribution,
        "suggest_categorical": od.CategoricalDistribution,
    }
    if not isinstance(name, str) or kind not in KINDS or len(call.args) > len(words):
        return None
    try:
        return name, classes.get(kind, od.FloatDistribution)(**given)
    except (TypeError, ValueError):  # the objective would be told the same
        return None
