"""Finds the reader of an object: by the names of its classes, so that no library is imported for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tunebridge.contract.reader import ReaderSpec
from tunebridge.registry import plugins


def reader_of_study(source: Any) -> ReaderSpec | None:
    """Return the reader of a study, the nearest class first; None if there is none."""
    readers = [spec for spec in plugins.registry().readers.values() if spec.read]
    for name in _names(type(source)):
        for spec in readers:
            if spec.native == name and spec.takes(source):
                return spec
    return None


def readers_of_space(source: Any) -> list[ReaderSpec]:
    """Return all readers that take an object for a space of their library's.

    Those that only look like one are asked where nothing in it is of a class that says so.
    """
    readers = readers_of_spaces()
    names = {name for kind in set(map(type, _parts(source))) for name in _names(kind)}
    of_class = [spec for spec in readers if names & set(spec.parts)]
    return of_class or [spec for spec in readers if spec.takes_space(source)]


def readers_of_spaces() -> list[ReaderSpec]:
    """Return all readers that read spaces."""
    return [spec for spec in plugins.registry().readers.values() if spec.space]


def _names(kind: type) -> list[str]:
    """Return module and name of a class and of those above it, the nearest first."""
    return [f"{cls.__module__}.{cls.__qualname__}" for cls in kind.__mro__]


def _parts(source: Any) -> Iterator[Any]:
    """Yield an object, what it holds if it is a dict, a list or a tuple, what that holds, and so on."""
    waiting, seen = [source], {id(source)}
    while waiting:
        one = waiting.pop()
        yield one
        held = one.values() if isinstance(one, Mapping) else one if isinstance(one, list | tuple) else ()
        waiting += [part for part in held if id(part) not in seen]
        seen.update(map(id, held))
