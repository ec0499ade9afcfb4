"""Fingerprints: which code a user's callable is, so that a later process can tell whether it has changed."""

from __future__ import annotations

import dis
import functools
import sys
from collections.abc import Callable, Mapping
from hashlib import sha256
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import CodeType, FunctionType, MethodType
from typing import Any, Protocol, runtime_checkable

DESCRIBING = {"__doc__", "__firstlineno__"}
"""What the body of a class stores about itself; the code of a function does not load its docstring at all."""

LOADS = {"LOAD_CONST", "LOAD_SMALL_INT"}
"""The instructions that load a constant, in any version of CPython."""


VERSION = "fingerprint_version"
"""The attribute by which a class states a version of what it computes: its code is then not read.

Only a class's own attribute counts, as the code of a subclass is another one.
"""


@runtime_checkable
class Fingerprinted(Protocol):
    """An objective that says what its values depend on beside its code, such as its data.

    A stored study goes on only if all of it is the same; an error names what is not. With a class attribute
    `fingerprint_version = 1` its code is not compared: raise the number when it computes something else.
    """

    def fingerprint(self) -> Mapping[str, str]:
        """Return a digest, or words, by the name of each thing: `{"X": "3f2a..."}`."""


def fingerprint(function: Callable[..., Any]) -> dict[str, str]:
    """Return which code a callable is, as JSON.

    What the code does counts: not its docstring, comments, line numbers or file. Default arguments,
    closures and the functions that it calls do not count either.

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
    version = vars(type(inner)).get(VERSION)
    if version is not None:
        return {"name": name, "code": "", "version": str(version)}
    code = _code(inner)
    return {"name": name, "code": f"{sys.implementation.cache_tag}:{_digest(code)}" if code else ""}


def same_code(old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Return whether two fingerprints can be of the same code.

    Digests are compared only where both exist and are of the same kind of bytecode; so are versions.
    """
    tags = [which["code"].rpartition(":")[0] for which in (old, new)]
    comparable = all(tags) and tags[0] == tags[1]
    versions = {which["version"] for which in (old, new) if "version" in which}
    same_digest = old["code"] == new["code"] or not comparable
    return old["name"] == new["name"] and same_digest and len(versions) <= 1


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


def _digest(code: CodeType) -> str:
    content = (
        (code.co_posonlyargcount, code.co_argcount, code.co_kwonlyargcount),
        code.co_flags & (CO_VARARGS | CO_VARKEYWORDS),
        (code.co_varnames, code.co_cellvars, code.co_freevars),
        code.co_exceptiontable,
        _steps(code),
    )
    return sha256(repr(content).encode()).hexdigest()


def _steps(code: CodeType) -> list[tuple[str, object]]:
    """Return the instructions with the constants and names that they use.

    A constant's index is left out, because adding a docstring moves it.
    """
    steps: list[tuple[str, object]] = []
    for instruction in dis.get_instructions(code):
        describes = instruction.opname == "STORE_NAME" and instruction.argval in DESCRIBING
        if describes and steps[-1][0] in LOADS:
            steps.pop()
        elif instruction.opname != "EXTENDED_ARG":
            steps.append((instruction.opname, _argument(instruction, code.co_consts)))
    return steps


def _argument(instruction: dis.Instruction, constants: tuple[object, ...]) -> object:
    if instruction.opcode in dis.hasconst:
        # Not `argval`: in 3.11 it is the index where the constant holds the names of keyword arguments.
        return _constant(constants[instruction.arg or 0])
    return instruction.argval if instruction.opcode in dis.hasname else instruction.arg


def _constant(value: object) -> object:
    """Return a constant as something whose `repr` is the same in every process."""
    match value:
        case CodeType():
            return _digest(value)
        case tuple():
            return tuple(map(_constant, value))
        case frozenset():
            return "frozenset", *sorted(repr(_constant(item)) for item in value)
        case _:
            return repr(value)
