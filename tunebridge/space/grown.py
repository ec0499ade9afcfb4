"""Whether a space has only grown: all that the one before held is in it, at the same places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tunebridge.space.choices import Categorical, Constant, Listed, Ordinal
from tunebridge.space.node import AnyParameter, Node
from tunebridge.space.numeric import Float, Int, Normal
from tunebridge.space.schema import typed_space


def growth_faults(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return what the document of a space has lost, or changed, of an earlier one; nothing if it has grown.

    Conditions and constraints are left to the trials that must keep them.
    """
    before, after = typed_space(old).nodes, typed_space(new).nodes
    now = {node.path: node for node in after}
    return [fault for node in before for fault in _faults(node, now.get(node.path))]


def new_paths(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the full paths of the parameters that the earlier document of a space has not, in order."""
    before = {node.path for node in typed_space(old).nodes}
    return [node.path for node in typed_space(new).nodes if node.path not in before]


def new_choices(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the choices that a parameter has not in the earlier document of a space: "kind: c, d"."""
    before = {node.path: node.parameter for node in typed_space(old).nodes}
    found = []
    for node in typed_space(new).nodes:
        was, now = before.get(node.path), node.parameter
        if isinstance(was, Categorical) and isinstance(now, Categorical):
            added = [label for label in now.labels if label not in was.labels]
            found += [f"{node.path}: {', '.join(added)}"] if added else []
    return found


def _faults(was: Node, now: Node | None) -> Iterator[str]:
    if now is None:
        yield f"{was.path}: is not in the new space, was {was.declared}"
        return
    lost = "is of another kind" if type(was.parameter) is not type(now.parameter) else ""
    lost = lost or _lost(was.parameter, now.parameter)
    if lost:
        yield f"{was.path}: {lost}: was {was.declared}, is {now.declared}"


def _lost(old: AnyParameter, new: AnyParameter) -> str:
    """Return in words what a parameter of one kind has lost; empty for nothing."""
    match old, new:
        case Float(), Float():
            return _lost_numbers(old, new)
        case Int(), Int():
            return _lost_numbers(old, new)
        case Normal(), Normal():
            same = (old.mean, old.sd, old.log) == (new.mean, new.sd, new.log)
            return "" if same else "has another distribution"
        case Ordinal(), Ordinal():
            kept = [label for label in new.labels if label in old.labels]
            return _lost_choices(old, new) or ("" if kept == [*old.labels] else "has another order")
        case Categorical(), Categorical():
            return _lost_choices(old, new) or _shown_otherwise(old, new)
        case Constant(), Constant():
            return _lost_choices(old, new)
        case _:
            return "is of another kind"


def _lost_numbers(old: Float | Int, new: Float | Int) -> str:
    if old.log != new.log:
        return "has another scale"
    if isinstance(old, Float) and old.step is None and new.step is not None and old.low < old.high:
        return "has lost what lies between its steps"
    step = old.step or (1 if isinstance(old, Int) else 0)
    try:
        for value in (old.low, min(old.low + step, old.high), old.high):
            new.read(value)
    except ValueError:
        return "has lost values"
    return ""


def _lost_choices(old: Listed, new: Listed) -> str:
    now = dict(zip(new.labels, new.values, strict=True))
    pairs = zip(old.labels, old.values, strict=True)
    lost = [label for label, value in pairs if label not in now or not _is_same(value, now[label])]
    return f"has lost {', '.join(lost)}" if lost else ""


def _is_same(value: Any, now: Any) -> bool:
    """Return whether a choice stands for what it stood for; what is in a branch is looked at by itself."""
    is_branch = isinstance(value, Mapping), isinstance(now, Mapping)
    return all(is_branch) or (not any(is_branch) and type(value) is type(now) and value == now)


def _shown_otherwise(old: Categorical, new: Categorical) -> str:
    """Return that trials see something else for the old choices: labels, where there are branches."""
    if bool(old.branches) == bool(new.branches) or [*old.values] == [*old.labels]:
        return ""
    return "shows labels now, as one of its choices is a branch"
