"""What code does, as a digest: the same for the same code in any process."""

from __future__ import annotations

import dis
import sys
from hashlib import sha256
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import CodeType

DESCRIBING = {"__doc__", "__firstlineno__"}
"""What the body of a class stores about itself; the code of a function does not load its docstring at all."""

LOADS = {"LOAD_CONST", "LOAD_SMALL_INT"}
"""The instructions that load a constant, in any version of CPython."""

TAG = sys.implementation.cache_tag or sys.implementation.name
"""The kind of bytecode: digests of two kinds cannot be compared."""


def digest_of(code: CodeType) -> str:
    """Return a digest of what code does: not of its docstring, comments, line numbers or file."""
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
            return digest_of(value)
        case tuple():
            return tuple(map(_constant, value))
        case frozenset():
            return "frozenset", *sorted(repr(_constant(item)) for item in value)
        case _:
            return repr(value)
