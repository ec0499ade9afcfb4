"""What runs of this process have changed of the objects that they use, known by what it was before.

A run may change what its objective depends on, such as the records of a callback. Whoever uses the object
next, be it by another name or inside another one, begins with it all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import ref

Objects = Mapping[int, tuple[str, Any]]
"""Objects with their words, by identity."""

_CHANGED: dict[int, tuple[Callable[[], Any], str, str]] = {}
"""By identity: the object, while it is there; its words after the last run; those before the first one."""


def note_changed(before: Objects, after: Objects) -> None:
    """Note which objects have other words after a run than before it."""
    for key in before.keys() & after.keys():
        (was, value), (now, _) = before[key], after[key]
        if was != now:
            _CHANGED[key] = _reference(value), now, was


def as_it_began(value: Any, words: str) -> str:
    """Return the words of an object, or if runs alone have changed it, those that it began with."""
    found, now, was = _CHANGED.get(id(value), (lambda: None, "", ""))
    return was if now == words and found() is value else words


def _reference(value: Any) -> Callable[[], Any]:
    """Return what gives an object as long as it is there; one of Python's own is kept for that."""
    try:
        return ref(value)
    except TypeError:
        return lambda: value
