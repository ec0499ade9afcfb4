"""All that an objective's values depend on, item by item under the names that the user gave."""

from __future__ import annotations

import functools
from argparse import Namespace
from collections import ChainMap, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.machinery import PathFinder
from types import CodeType, FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any, Protocol, runtime_checkable

from tunebridge.fingerprint.began import Objects
from tunebridge.fingerprint.bytecode import TAG, digest_of
from tunebridge.fingerprint.data import digest
from tunebridge.fingerprint.moving import is_moving
from tunebridge.fingerprint.origin import VERSION, library, owner, version
from tunebridge.fingerprint.uses import Path, uses_of
from tunebridge.fingerprint.words import (
    CODED,
    Words,
    changed_attributes,
    changes,
    closure_of,
    defaults_of,
    members_of,
)

SCHEME = 3
"""How the items of a document are described; those of another scheme are not compared."""

SIMPLE = (type(None), bool, int, float)
"""Types of values that are shown as they are. Texts are not: one of them may be a password."""


@runtime_checkable
class Fingerprinted(Protocol):
    """An objective that says what its values depend on beside its code, such as its data.

    A stored study goes on only if all of it is the same; an error names what is not. Its attributes are then
    not looked at. With a class attribute `fingerprint_version = 1` its code is not compared either: raise the
    number when it computes something else.
    """

    def fingerprint(self) -> Mapping[str, Any]:
        """Return, by name, each thing itself, which is described; or words that stand for it.

        For instance `{"X": self.X, "network": self.build, "feedback": "epochs"}`.
        """


def fingerprint(function: Callable[..., Any]) -> dict[str, str]:
    """Return which code a callable is, as JSON.

    What the code does counts: not its docstring, comments, line numbers or file. What it works with is told
    by `describe`.

    Args:
        function: Any callable. A partial, or a function behind `functools.wraps`, stands for the inner
            one, a class for its `__init__`, and an object for the `__call__` of its type.

    Returns:
        `name`, the qualified name, or that of the type for an object; and `code`, the kind of bytecode and
        a digest: `cpython-311:<hex>`. `code` is empty for what is not written in Python, and for an object
        whose class states a version, which is then in `version`.
    """
    inner = _inner(function)
    name = getattr(inner, "__qualname__", type(inner).__qualname__)
    stated = vars(type(inner)).get(VERSION)
    if stated is not None:
        return {"name": name, "code": "", "version": str(stated)}
    code = _code(inner)
    return {"name": name, "code": f"{TAG}:{digest_of(code)}" if code else ""}


@dataclass(frozen=True, slots=True)
class Described:
    """A callable, described."""

    document: dict[str, Any]
    """What its values depend on, as JSON; see `describe`."""
    objects: Objects
    """The objects that this was read of."""


def describe(function: Callable[..., Any]) -> dict[str, Any]:
    """Return all that the values of a callable depend on, as JSON.

    Returns:
        What `fingerprint` returns, and `items`: by name, a number, the name of something installed, words, or
        a digest. `not_compared` names what cannot be described, or is changed by being used, and says why.
        `attributes` names the items that are attributes of functions: earlier versions did not describe them.
    """
    return describe_with_objects(function).document


def describe_with_objects(function: Callable[..., Any]) -> Described:
    """Describe a callable, and give the objects, too: see `note_changed`."""
    described = _Items()
    described.callable(function)
    described.read_globals()
    items = {name: described.items[name] for name in sorted(described.items)}
    document = {
        **fingerprint(function),
        "scheme": SCHEME,
        "items": items,
        "attributes": sorted(described.attributes & items.keys()),
        "not_compared": dict(sorted(described.skipped.items())),
    }
    return Described(document, described.words.known)


class _Items:
    """The items of one callable, as far as they are known."""

    def __init__(self) -> None:
        self.items: dict[str, str] = {}
        self.skipped: dict[str, str] = {}
        self.attributes: set[str] = set()
        self.words = Words(self.skip, self._meet)
        self._owners: dict[str, Any] = {}
        self._read: set[CodeType] = set()
        self._unread: deque[FunctionType] = deque()

    def skip(self, name: str, reason: str) -> None:
        """Note that something is not compared."""
        self.items.pop(name, None)
        self.skipped.setdefault(name, reason)

    def callable(self, function: Any) -> None:
        """Add what a callable works with."""
        if isinstance(function, functools.partial):
            self.callable(function.func)
            self._values({f"argument {place}": one for place, one in enumerate(function.args)})
            self._values(function.keywords)
        elif isinstance(function, MethodType):
            self.callable(function.__func__)
            self._object(function.__self__)
        elif isinstance(function, FunctionType):
            self._function(function)
        elif isinstance(function, type):
            self._class(function, "__init__")
        elif "__wrapped__" in getattr(function, "__dict__", {}):
            self.callable(function.__wrapped__)
        else:
            self._object(function)

    def _function(self, function: FunctionType) -> None:
        self._meet(function)
        self._values(defaults_of(function))
        for name, value in closure_of(function).items():
            if name != "__class__":
                self._used(name, (name,), value, function)

    def _object(self, value: Any) -> None:
        """Add what an object consists of: what it says itself, or its class and its attributes."""
        kind = type(value)
        if isinstance(value, Fingerprinted):
            for name, one in value.fingerprint().items():
                self._add(name, one, words=True)
        else:
            attributes = self._attributes(value)
            for name in changed_attributes(kind).intersection(attributes):
                self.skip(name, f"{kind.__qualname__} changes it")
            self._values({name: one for name, one in attributes.items() if name not in self.skipped})
        if VERSION not in vars(kind):
            self._class(kind, "__call__")

    def _attributes(self, value: Any) -> Mapping[str, Any]:
        """Return the attributes of an object; what else it consists of stands under the name of its class."""
        name = type(value).__qualname__
        try:
            state = self.words.state_of(value)
        except Exception as error:  # noqa: BLE001 - a user's object may raise anything when it is read
            self.skip(name, f"it cannot be described: {error}")
            return {}
        return state if isinstance(state, Mapping) else {name: state}

    def _class(self, kind: type, called: str) -> None:
        """Add what the body of a user's class and those of its bases define.

        The code of the method that is called is none of the items, but stands beside them.
        """
        for base in kind.__mro__:
            self._meet(base)
            members = members_of(base) if owner(base) is None else ()
            for name, member in members:
                if name == called and isinstance(member, FunctionType):
                    self._function(member)
                else:
                    self._add(f"{base.__qualname__}.{name}", member)

    def _values(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            self._add(str(name), value)

    def _add(self, name: str, value: Any, *, words: bool = False) -> None:
        """Add an item, or leave it out if it is one that is not compared."""
        self._owners.setdefault(name, value)
        if words and isinstance(value, str):
            self.items[name] = value
            return
        found = self._item(name, value)
        if name not in self.skipped:
            self.items[name] = found

    def _item(self, name: str, value: Any) -> str:
        if type(value) in SIMPLE:
            return repr(value)
        words = self.words.of(value, name)
        if isinstance(value, type | FunctionType | ModuleType) and not words.endswith(CODED):
            return words
        return f"{TAG if words.endswith(CODED) else 'sha256'}:{digest(words.encode())}"

    def _meet(self, met: Any) -> None:
        """Add the version of an installed package; of a user's function, the globals that it reads."""
        package = owner(met)
        if package:
            self._version(package)
        if package is None and isinstance(met, FunctionType) and met.__code__ not in self._read:
            self._read.add(met.__code__)
            self._unread.append(met)

    def _version(self, package: str) -> None:
        self.items[f"version of {package}"] = version(package)

    def read_globals(self) -> None:
        """Add what the functions that were met read, until no new ones are met."""
        while self._unread:
            self._globals(self._unread.popleft())

    def _globals(self, function: FunctionType) -> None:
        uses = uses_of(function.__code__)
        for path in uses.reads:
            if path[0] in function.__globals__ and path[0] not in function.__code__.co_freevars:
                value, path = _followed(function.__globals__, path)  # noqa: PLW2901
                self._used(self._name(path, value, function), path, value, function)
        for path in uses.reads:
            self._attribute(path, function)
        for module in uses.imports:
            self._import(module, function)

    def _attribute(self, path: Path, function: FunctionType) -> None:
        """Add an attribute that a function reads of one of the user's, which may be itself."""
        names = ChainMap(closure_of(function), function.__globals__)
        holder, before = _followed(names, path) if path[0] in names else (None, path)
        whole = path[: len(before) + 1]
        if isinstance(holder, FunctionType) and owner(holder) is None and whole[-1] in vars(holder):
            value = vars(holder)[whole[-1]]
            name = self._name(whole, value, function)
            self.attributes.add(name)
            self._used(name, whole, value, function)

    def _used(self, name: str, path: Path, value: Any, function: FunctionType) -> None:
        """Add something that a function reads."""
        if changes(uses_of(function.__code__), path, value):
            self.skip(name, f"{function.__qualname__} changes it")
        elif is_moving(value):
            self.skip(name, "its state moves on when it is used")
        elif name not in self.items and name not in self.skipped:
            self._add(name, value)

    def _name(self, path: Path, value: Any, function: FunctionType) -> str:
        """Return the name of a global; with its module's if another thing has the name already."""
        name = ".".join(path)
        is_free = self._owners.setdefault(name, value) is value
        return name if is_free else f"{function.__module__}.{name}"

    def _import(self, module: str, function: FunctionType) -> None:
        """Add a module that is imported when a function is called: it may not be there yet."""
        package = library(module)
        if package:
            self._version(package)
        if package is not None:
            return
        code = _code_of_module(module)
        if code is None:
            self.skip(f"module {module}", f"{function.__qualname__} imports it when it is called")
        else:
            self.items[f"module {module}"] = f"{TAG}:{digest_of(code)}"


def _followed(names: Mapping[str, Any], path: Path) -> tuple[Any, Path]:
    """Return what code reads: of a user's own module or a namespace not all of it, but what is read of it."""
    value, place = names[path[0]], 1
    while place < len(path) and _is_open(value) and path[place] in vars(value):
        value, place = vars(value)[path[place]], place + 1
    return value, path[:place]


def _is_open(value: Any) -> bool:
    """Return whether a thing only holds others under names, such as the arguments of a command line."""
    if isinstance(value, ModuleType):
        return owner(value) is None
    return type(value) in (Namespace, SimpleNamespace)


def _code_of_module(module: str) -> CodeType | None:
    """Return the code of a module without importing it; None if it cannot be found so."""
    spec = None if "." in module else PathFinder.find_spec(module)
    get_code = getattr(spec and spec.loader, "get_code", None)
    try:
        code = None if get_code is None else get_code(module)
    except (ImportError, SyntaxError):
        return None
    return code if isinstance(code, CodeType) else None


def _inner(function: Any) -> Any:
    """Return the callable inside partials, bound methods and decorators."""
    if isinstance(function, functools.partial):
        return _inner(function.func)
    if isinstance(function, MethodType):
        return _inner(function.__func__)
    wrapped = getattr(function, "__dict__", {}).get("__wrapped__")
    return function if wrapped is None else _inner(wrapped)


def _code(function: Any) -> CodeType | None:
    if isinstance(function, type):
        function = _inner(function.__init__)  # type: ignore[misc]
    elif not isinstance(function, FunctionType):
        function = _inner(type(function).__call__)
    # Other types, such as Cython's functions, have a `__code__` that does not hold what they do.
    return function.__code__ if isinstance(function, FunctionType) else None
