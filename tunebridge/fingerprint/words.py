"""Says in words what any value is: code by what it does, data by content, objects by class and state."""

from __future__ import annotations

import copyreg
import functools
import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import (
    BuiltinFunctionType,
    CellType,
    ClassMethodDescriptorType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from tunebridge.fingerprint.began import Objects, as_it_began
from tunebridge.fingerprint.bytecode import digest_of
from tunebridge.fingerprint.data import LONG, PLAIN, parts_of, shortened
from tunebridge.fingerprint.moving import unmoved
from tunebridge.fingerprint.origin import VERSION, owner
from tunebridge.fingerprint.uses import Path, Uses, uses_of

CODED = "*"
"""What ends the words of whatever holds the code of a function: they are those of one kind of bytecode."""

ENVIRONMENT = type(os.environ)

DEEPEST = 60
"""How deeply things are described that lie in one another."""

Skip = Callable[[str, str], None]
"""Notes that something is not compared: where it is, and why."""

Named = FunctionType | BuiltinFunctionType | type | MethodDescriptorType | WrapperDescriptorType
"""What is known by its name, unless it is the user's own."""

SLOTS = (MemberDescriptorType, GetSetDescriptorType)

BEGINNERS = {"__init__", "__new__", "__post_init__", "__setstate__"}
"""Methods that make an object: what they assign is what it is made of."""


class Words:
    """Says what values are; the same value has the same words in every process.

    Args:
        skip: Called for what cannot be described, or is changed by being used.
        met: Called with each function, class and module that is met on the way.
    """

    def __init__(self, skip: Skip, met: Callable[[Any], None]) -> None:
        """Know nothing yet."""
        self._skip = skip
        self._met = met
        self._known: dict[int, tuple[str, Any]] = {}
        self._begun: dict[int, int] = {}

    def of(self, value: Any, where: str) -> str:
        """Return what a value is.

        Args:
            value: Anything.
            where: The name by which the user knows it.
        """
        if type(value) in PLAIN:
            return shortened(f"{type(value).__name__} {value!r}")
        key = id(value)
        if key in self._known:
            return self._known[key][0]
        if key in self._begun:
            return f"itself {len(self._begun) - self._begun[key]}"
        if len(self._begun) > DEEPEST:
            return self._unknown(value, where[:LONG], "it is nested too deeply")
        self._begun[key] = len(self._begun)
        try:
            words = self._of(value, where)
        except Exception as error:  # noqa: BLE001 - a user's object may raise anything when it is read
            words = self._unknown(value, where, f"{type(value).__name__} cannot be described: {error}")
        finally:
            del self._begun[key]
        words = as_it_began(value, words)
        self._known[key] = words, value
        return words

    @property
    def known(self) -> Objects:
        """All objects that were described."""
        return self._known

    def _of(self, value: Any, where: str) -> str:
        match value:
            case ModuleType():
                self._met(value)
                return f"module {value.__name__}"
            case type():
                return self._class(value, where)
            case FunctionType():
                return self._function(value, where)
            case MethodType():
                return self._joined("method", (value.__func__, value.__self__), where)
            case functools.partial():
                return self._joined("partial", (value.func, value.args, dict(value.keywords)), where)
            case CellType():
                return self.of(_content(value), where)
            case CodeType():
                return digest_of(value) + CODED
            case Iterator():
                return self._unknown(value, where, "it is used up by being read")
            case _ if isinstance(value, ENVIRONMENT):
                return self._unknown(value, where, "it is another one in every process")
            case _:
                return self._builtin(value, where)

    def _builtin(self, value: Any, where: str) -> str:
        kind = type(value)
        if kind in (dict, MappingProxyType):
            return self._mapping(kind.__name__, value, where)
        if kind in (list, tuple):
            return self._sequence(value, where)
        if kind in (set, frozenset):
            parts = sorted(self.of(one, where) for one in value)
            return joined(kind.__name__, parts)
        if kind in (BuiltinFunctionType, MethodWrapperType) and not isinstance(
            value.__self__, ModuleType | type
        ):
            return self._joined(f"method {value.__name__}", (value.__self__,), where)
        if isinstance(value, (BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)):
            self._met(value)
            return reference(value)
        if isinstance(value, (property, staticmethod, classmethod, functools.cached_property)):
            held = [getattr(value, name, None) for name in ("fget", "fset", "fdel", "__func__", "func")]
            return self._joined(kind.__name__, held, where)
        if isinstance(value, (*SLOTS, ClassMethodDescriptorType, MethodWrapperType)):
            return kind.__name__
        data = parts_of(value)
        return self._object(value, where) if data is None else self._joined(data[0], data[1], where)

    def _sequence(self, value: Any, where: str) -> str:
        kind = type(value).__name__
        if set(map(type, value)) <= set(PLAIN):
            return shortened(f"{kind} {value!r}")
        return joined(kind, [self.of(one, f"{where}[{place}]") for place, one in enumerate(value)])

    def _mapping(self, kind: str, value: Mapping[Any, Any], where: str) -> str:
        """Return what a mapping holds, whatever its order: it may have been made of a set."""
        parts = [
            f"{self.of(key, where)}: {self.of(one, f'{where}[{key!r}]' if type(key) in PLAIN else where)}"
            for key, one in list(value.items())
        ]
        return joined(kind, sorted(parts))

    def _joined(self, kind: str, parts: Iterable[Any], where: str) -> str:
        return joined(kind, [self.of(part, where) for part in parts])

    def _function(self, function: FunctionType, where: str) -> str:
        """Return which function it is: the user's own by its code and what it holds, others by name."""
        self._met(function)
        if owner(function) is not None:
            made = closure_of(function) if "<locals>" in function.__qualname__ else {}
            return self._joined(reference(function), made.values(), where)
        held = self._held(function, where)
        return joined(function.__qualname__, [digest_of(function.__code__) + CODED, *held])

    def _held(self, function: FunctionType, where: str) -> Iterator[str]:
        """Yield what a function works with: defaults, and what is in its closure."""
        for name, value in defaults_of(function).items():
            yield self.of(value, f"{where}.{name}")
        uses = uses_of(function.__code__)
        for name, cell in closure_of(function).items():
            if name != "__class__":
                changed = changes(uses, (name,), cell)
                if changed:
                    self._skip(name, f"{function.__qualname__} changes it")
                yield name if changed else self.of(cell, f"{where}.{name}")

    def _class(self, kind: type, where: str) -> str:
        """Return which class it is: the user's own by all that it defines, others by name."""
        self._met(kind)
        stated = vars(kind).get(VERSION)
        if stated is not None:
            return f"{reference(kind)} version {stated}"
        if owner(kind) is not None:
            return reference(kind)
        parts = [f"{name} {self.of(member, f'{where}.{name}')}" for name, member in members_of(kind)]
        bases = [self.of(base, where) for base in kind.__bases__ if base is not object]
        return joined(kind.__qualname__, [*bases, *parts])

    def _object(self, value: Any, where: str) -> str:
        """Return of what class an object is, and in what state."""
        if "__wrapped__" in getattr(value, "__dict__", {}):
            return self._joined(type(value).__name__, [value.__wrapped__], where)
        kind = self.of(type(value), where)
        state = self.state_of(value)
        if isinstance(state, Mapping):
            changed = changed_attributes(type(value))
            parts = []
            for name in sorted(state, key=str):
                if name in changed:
                    self._skip(f"{where}.{name}", f"{type(value).__qualname__} changes it")
                else:
                    parts.append(f"{name} {self.of(state[name], f'{where}.{name}')}")
            return joined(kind, parts, coded=kind.endswith(CODED))
        return joined(kind, [self.of(state, where)], coded=kind.endswith(CODED))

    def state_of(self, value: Any) -> Any:
        """Return what an object consists of: a mapping of its attributes, or what `pickle` would keep of it.

        Of estimators these are their params and what `fit` has added; of other objects of installed classes,
        what they were made with, if they keep it under the names of their arguments.
        """
        with unmoved(getattr(value, "__dict__", {}).values()):
            return self._state_of(value)

    def _state_of(self, value: Any) -> Any:
        kind = type(value)
        if callable(getattr(kind, "get_params", None)) and callable(getattr(kind, "set_params", None)):
            kept = getattr(value, "__dict__", {})
            fitted = {name: one for name, one in kept.items() if name.endswith("_") and name[0] != "_"}
            return {**value.get_params(deep=False), **fitted}
        made_with = _made_with(value)
        if made_with is not None:
            return made_with
        registered = copyreg.dispatch_table.get(kind)
        reduced = value.__reduce_ex__(4) if registered is None else registered(value)
        if isinstance(reduced, str):
            return reduced
        _, arguments, state, *more = (*reduced, None, None)[:5]
        items = [list(one) for one in more if one is not None]
        if isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict):  # with __slots__
            state = {**(state[0] or {}), **state[1]}
        own = [one for one in arguments if one is not kind]
        if isinstance(state, Mapping | None) and not own and not any(items):
            return state or {}
        return [own, state, items]

    def _unknown(self, value: Any, where: str, reason: str) -> str:
        self._skip(where, reason)
        return f"some {type(value).__qualname__}"


def joined(kind: str, parts: Iterable[str], *, coded: bool = False) -> str:
    """Return words made of others; they hold code if one of these does."""
    parts = list(parts)
    text = shortened(f"{kind}({', '.join(parts)})") if parts else kind.removesuffix(CODED)
    return text + CODED * (coded or any(part.endswith(CODED) for part in parts))


def reference(named: Any) -> str:
    """Return the name of a class or function, with its module's."""
    owner = named.__module__ if getattr(named, "__module__", None) else getattr(named, "__objclass__", "")
    module = owner.__qualname__ if isinstance(owner, type) else owner
    return f"{module}.{named.__qualname__}".removeprefix("builtins.").removeprefix(".")


def defaults_of(function: FunctionType) -> dict[str, Any]:
    """Return the defaults of a function by the name of the argument."""
    code = function.__code__
    given = function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount][code.co_argcount - len(given) :]
    return {**dict(zip(names, given, strict=True)), **(function.__kwdefaults__ or {})}


def closure_of(function: FunctionType) -> dict[str, Any]:
    """Return what is in the closure of a function, by name."""
    names = function.__code__.co_freevars
    return {name: _content(cell) for name, cell in zip(names, function.__closure__ or (), strict=True)}


def changes(uses: Uses, path: Path, value: Any) -> bool:
    """Return whether code changes what it reads under a path, or a part of it."""
    if isinstance(value, ModuleType | Named):
        return path in uses.changes
    return any(one[: len(path)] == path for one in uses.changes)


def changed_attributes(kind: type) -> frozenset[str]:
    """Return the attributes that methods of a user's class change when it is used."""
    own = [one for one in kind.__mro__ if owner(one) is None]
    members = [(name, one) for base in own for name, one in vars(base).items() if name not in BEGINNERS]
    bodies = [getattr(member, "fget", None) or member for _, member in members]
    return frozenset().union(
        *(uses_of(body.__code__).changes_own for body in bodies if isinstance(body, FunctionType))
    )


def members_of(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield what the body of a class defines: its functions, and its values but for those Python adds.

    How an object is shown does not count.
    """
    changed = changed_attributes(kind)
    for name, member in sorted(vars(kind).items()):
        functional = isinstance(member, FunctionType | staticmethod | classmethod | property)
        is_hidden = name == "__repr__" or (name.startswith("__") and name.endswith("__") and not functional)
        if not (is_hidden or name in changed or name.startswith("_abc_") or isinstance(member, SLOTS)):
            yield name, member


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # It is empty.
        return None


def _made_with(value: Any) -> dict[str, Any] | None:
    """Return what an object of an installed class was made with, by argument, if it keeps that.

    What else it keeps, it has gathered while it was used.
    """
    kind, state = type(value), getattr(value, "__dict__", {})
    if owner(kind) is None or hasattr(kind, "state_dict") or not isinstance(state, dict):
        return None
    begin: Any = vars(kind).get("__init__")
    if not isinstance(begin, FunctionType):
        return None
    _, *arguments = inspect.signature(begin).parameters.values()
    names = [one.name for one in arguments if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    return {name: state[name] for name in names} if names and state.keys() >= set(names) else None
