"""Values as Python code: literals, what can be imported, names of the script; a placeholder for the rest."""

from __future__ import annotations

import inspect
import math
import re
import sys
from collections.abc import Mapping
from enum import Enum
from functools import partial
from itertools import accumulate, count
from types import ModuleType
from typing import Any

from tunebridge.convert.layout import Group, Item, Piece, call, quoted
from tunebridge.display.brief import brief
from tunebridge.fingerprint.data import PLAIN

BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}
"""What stands around the items of the containers."""


class Values:
    """Writes values, and keeps what their code needs around it.

    Args:
        names: What the names, and other expressions, of a script stand for; it is written by them.
    """

    def __init__(self, names: Mapping[str, Any] | None = None) -> None:
        """Begin with no code."""
        self._kept = names  # or another object may get the identity of one of these
        self._names = {id(value): name for name, value in (names or {}).items() if _is_own(value)}
        self.modules: set[str] = set()
        """What has to be imported."""
        self.own: set[str] = set()
        """Names and expressions of the script that were written."""
        self._placeholders: dict[int, tuple[str, Any]] = {}
        self.missing: dict[str, str] = {}
        """What stands for values that no code says: names, and what was there."""

    def write(self, value: Any, called: str = "value") -> Piece:
        """Return the code of a value.

        Args:
            value: Any object.
            called: What a placeholder is to be called.
        """
        if id(value) in self._names:
            self.own.add(self._names[id(value)])
            return self._names[id(value)]
        if type(value) in PLAIN:
            return _plain(value)
        if type(value) in BRACKETS and not (isinstance(value, set | frozenset) and not value):
            begin, end = BRACKETS[type(value)]
            return Group(begin, tuple(Item(self.write(one, called)) for one in value), end)
        if type(value) is dict:
            items = [Item(self.write(one, called), f"{_plain(key)}: ") for key, one in value.items()]
            plain = all(type(key) in PLAIN for key in value)
            return Group("{", tuple(items), "}") if plain else self._placeholder(value, called)
        return self._object(value, called)

    def _object(self, value: Any, called: str) -> Piece:
        if isinstance(value, set | frozenset | range):
            return repr(value)
        if isinstance(value, Enum) and self.imported(type(value)):
            return f"{self.imported(type(value))}.{value.name}"
        if type(value) is partial:
            self.modules.add("functools")
            given = [Item(self.write(one, name), f"{name}=") for name, one in value.keywords.items()]
            args = [self.write(one, called) for one in (value.func, *value.args)]
            return call("functools.partial", *args, *given)
        if isinstance(value, ModuleType):
            self.modules.add(value.__name__)
            return value.__name__
        if hasattr(type(value), "get_params") and self.imported(type(value)):
            return self._estimator(value)
        return self.imported(value) or self._placeholder(value, called)

    def imported(self, value: Any) -> str:
        """Return the name by which a function or a class is imported; nothing if it is not."""
        if id(value) in self._names:
            self.own.add(self._names[id(value)])
            return self._names[id(value)]
        name, module = getattr(value, "__qualname__", ""), getattr(value, "__module__", None)
        if not callable(value):
            return ""
        if not isinstance(name, str) or not isinstance(module, str) or "<" in name:
            return ""
        for place in sorted(accumulate(module.split("."), "{}.{}".format), key=_hidden):
            if _found(place, name) is value:
                if place != "builtins":
                    self.modules.add(place)
                return name if place == "builtins" else f"{place}.{name}"
        return ""

    def _estimator(self, value: Any) -> Piece:
        """Return the call that makes an estimator: the params that are not its defaults."""
        defaults = inspect.signature(type(value)).parameters
        params = value.get_params(deep=False)
        given = {name: one for name, one in params.items() if not _is_default(defaults.get(name), one)}
        items = [Item(self.write(one, name), f"{name}=") for name, one in given.items()]
        return call(self.imported(type(value)), *items)

    def _placeholder(self, value: Any, called: str) -> str:
        """Return a name that nothing defines: code that lacks it says so when it runs."""
        if id(value) in self._placeholders:
            return self._placeholders[id(value)][0]
        stem = re.sub(r"\W+", "_", called).strip("_").lower() or "value"
        stem = stem if stem.isidentifier() else f"value_{stem}"
        taken = {*self.missing, *self._names.values()}
        name = next(name for n in count(1) if (name := f"{stem}_{n}") not in taken)
        self.missing[name] = brief(value)
        self._placeholders[id(value)] = (name, value)
        return name


def _plain(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({quoted(str(value))})"
    return quoted(value) if type(value) is str else repr(value)


def _is_own(value: Any) -> bool:
    """Return whether a value of a script's is told from others by being that object."""
    return type(value) not in PLAIN and not isinstance(value, ModuleType)


def _hidden(place: str) -> tuple[int, int]:
    """Return the order in which a module is taken: public ones first, the shortest of these."""
    parts = place.split(".")
    return sum(part.startswith("_") for part in parts), len(parts)


def _found(place: str, name: str) -> Any:
    found: Any = sys.modules.get(place)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _is_default(parameter: inspect.Parameter | None, value: Any) -> bool:
    if parameter is None:
        return False
    default = parameter.default
    return value is default or (type(value) is type(default) and type(value) in PLAIN and value == default)
