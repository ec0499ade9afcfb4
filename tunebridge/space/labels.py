"""The label of a choice that was given without one: its `repr`, as long as the next process has the same.

The order within a set is another one in every process. So sets are shown in order, wherever lists, tuples,
dicts and sets hold them. What other objects show of their sets cannot be put in order, but it can be seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import nullcontext
from functools import partial
from types import ModuleType
from typing import Any

from tunebridge.checks import is_finite
from tunebridge.fingerprint.data import PLAIN
from tunebridge.fingerprint.moving import unmoved

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
"""What the `repr` of an object shows when nobody has written one."""

BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
    dict: ("{", "}"),
}
"""What stands around the items of the containers whose text is made here; a tuple's is its own."""


def label_of(value: Any) -> str:
    """Return the label of a value; the `repr` of XGBoost's estimators draws from a random state in them."""
    if type(value) in PLAIN:
        return repr(value)
    params = _params_inside(value)
    with unmoved(params) if params else nullcontext():
        return _label_of(value)


def _label_of(value: Any) -> str:
    text = repr(value)
    # Whatever holds a set shows a brace.
    has_sets = "{" in text and any(map(_is_shuffled, _inside(value, deep=False)))
    return _text(value, ()) if has_sets else text


def unstable(label: str, value: Any) -> str:
    """Return why a value's label is another one in the next process; nothing if it is the same."""
    if ADDRESS.search(label):
        return "holds a memory address"
    if "{" not in label:
        return ""
    ordered = set(map(id, _inside(value, deep=False))) if label == label_of(value) else set()
    shuffled = (one for one in _inside(value, deep=True) if _is_shuffled(one) and id(one) not in ordered)
    return "holds a set, whose order changes" if any(repr(one) in label for one in shuffled) else ""


def _is_shuffled(value: Any) -> bool:
    """Return whether a value is a set whose order changes; numbers keep theirs."""
    return isinstance(value, Set) and len(value) > 1 and not all(map(is_finite, value))


def _text(value: Any, around: tuple[Any, ...]) -> str:
    """Return the `repr` of a value with its sets in order."""
    kind: type = type(value)
    if kind not in BRACKETS and kind is not tuple:
        return repr(value)
    begin, end = BRACKETS.get(kind, ("(", ",)" if len(value) == 1 else ")"))
    if any(value is one for one in around):
        return f"{begin}...{end}"
    around = (*around, value)
    if kind is dict:
        items = [f"{_text(key, around)}: {_text(one, around)}" for key, one in value.items()]
    else:
        items = [_text(one, around) for one in value]
    if not items or not _is_shuffled(value):
        return f"{begin}{', '.join(items)}{end}" if items else repr(value)
    return f"{begin}{', '.join(sorted(items))}{end}"


def _inside(value: Any, *, deep: bool) -> Iterator[Any]:
    """Yield a value, what it holds, what that holds, and so on, each object once.

    Args:
        value: Any object.
        deep: Whether to look into all objects, not only into builtin containers.
    """
    waiting, seen = [value], {id(value)}
    while waiting:
        one = waiting.pop()
        yield one
        for part in _parts(one, deep):
            if id(part) not in seen:
                seen.add(id(part))
                waiting.append(part)


def _params_inside(value: Any) -> list[Any]:
    """Return the params of all estimators that a value is, or holds in builtin containers or estimators."""
    found: list[Any] = []
    waiting, seen = [value], set[int]()
    while waiting:
        one = waiting.pop()
        if type(one) in PLAIN or id(one) in seen:
            continue
        seen.add(id(one))
        if hasattr(type(one), "get_params"):
            params = getattr(one, "__dict__", {}).values()
            found += params
            waiting += params
        else:
            waiting += _parts(one, deep=False)
    return found


def _parts(value: Any, deep: bool) -> Iterable[Any]:
    if type(value) in BRACKETS or type(value) is tuple:
        return [*value, *value.values()] if isinstance(value, dict) else value
    if not deep or isinstance(value, type | ModuleType):
        return ()
    held = [*value, *value.values()] if isinstance(value, Mapping) else []
    held += list(value) if isinstance(value, list | tuple | Set) else []
    held += [value.func, *value.args, *value.keywords.values()] if isinstance(value, partial) else []
    held += getattr(value, "__dict__", {}).values()
    slots = [name for cls in type(value).__mro__ for name in _slots(cls)]
    return [*held, *(getattr(value, name) for name in slots if hasattr(value, name))]


def _slots(cls: type) -> tuple[str, ...]:
    slots = vars(cls).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)
