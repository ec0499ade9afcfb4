"""What code reads and changes outside itself: globals, closures, attributes of its first argument."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import CodeType

Path = tuple[str, ...]
"""A name and the attributes that are read of it: `np.random.normal` is `("np", "random", "normal")`."""

CELLS = {"LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"}
"""The instructions that load from a closure; locals of a function do not count."""

ROOTS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS", *CELLS}
"""The instructions that load what a function finds outside itself."""

ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD"}

CHANGERS = {
    "add", "append", "appendleft", "clear", "close", "discard", "extend", "extendleft", "fill", "fit",
    "fit_transform", "insert", "load_state_dict", "partial_fit", "pop", "popitem", "popleft", "put",
    "put_nowait", "remove", "reverse", "seed", "send", "set_params", "setdefault", "sort", "step",
    "update", "write", "writelines",
}  # fmt: skip
"""Methods that change the object that they are called on, by name."""

REBINDS = {"STORE_GLOBAL", "DELETE_GLOBAL", "STORE_DEREF", "DELETE_DEREF"}

ABOVE = {"STORE_ATTR": 0, "DELETE_ATTR": 0, "STORE_SUBSCR": 1, "DELETE_SUBSCR": 1, "STORE_SLICE": 2}
"""How much lies on the stack above the object that an instruction changes."""


@dataclass(frozen=True, slots=True)
class Uses:
    """What one function, and those written inside it, use."""

    reads: tuple[Path, ...]
    """Of globals and closures, in the order in which the code has them, each once."""
    changes: frozenset[Path]
    """What of them is changed: rebound, called by a method that changes it, or assigned into."""
    changes_own: frozenset[str]
    """Attributes of its first argument that it changes."""
    imports: tuple[str, ...]
    """Modules that it imports when it is called."""


@cache
def uses_of(code: CodeType) -> Uses:
    """Return what code uses."""
    reads: dict[Path, None] = {}
    imports: dict[str, None] = {}
    changes: set[Path] = set()
    first = code.co_varnames[:1] if code.co_argcount else ()
    own: set[str] = set()
    for one in _with_inner(code):
        steps = [step for step in dis.get_instructions(one) if step.opname not in ("CACHE", "EXTENDED_ARG")]
        paths = _paths(steps, first, code.co_freevars)
        for is_own, path in _changed(steps, paths):
            if is_own:
                own.update(path[1:2])
            else:
                changes.add(path)
        longest = [path for end, (is_own, path) in paths.items() if not is_own and not _goes_on(paths, end)]
        reads.update(dict.fromkeys(longest))
        imports.update(dict.fromkeys(step.argval for step in steps if step.opname == "IMPORT_NAME"))
    return Uses(tuple(reads), frozenset(changes), frozenset(own), tuple(imports))


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner(constant)


def _paths(steps: list[dis.Instruction], first: Path, free: Path) -> dict[int, tuple[bool, Path]]:
    """Return the paths by the place of the instruction that ends each, and whether they begin at `first`."""
    found: dict[int, tuple[bool, Path]] = {}
    for place, step in enumerate(steps):
        if step.opname in ATTRIBUTES and place - 1 in found:
            is_own, path = found[place - 1]
            found[place] = is_own, (*path, step.argval)
        elif step.opname in ROOTS and (step.opname not in CELLS or step.argval in (*first, *free)):
            found[place] = step.argval in first, (step.argval,)
        elif step.opname.startswith("LOAD_FAST"):
            name = step.argval[-1] if isinstance(step.argval, tuple) else step.argval
            if name in first:
                found[place] = True, (name,)
    return found


def _goes_on(paths: dict[int, tuple[bool, Path]], end: int) -> bool:
    following = paths.get(end + 1)
    return following is not None and following[1][:-1] == paths[end][1]


def _changed(
    steps: list[dis.Instruction], paths: dict[int, tuple[bool, Path]]
) -> Iterator[tuple[bool, Path]]:
    for is_own, path in paths.values():
        if path[-1] in CHANGERS and len(path) > 1:
            yield is_own, path[:-1]
    for place, step in enumerate(steps):
        if step.opname in REBINDS:
            yield False, (step.argval,)
        above = _above(steps, place)
        end = None if above is None else _end_of(steps, place, above)
        if end in paths:
            is_own, path = paths[end]
            yield is_own, (*path, step.argval) if step.opname.endswith("_ATTR") else path
        elif step.opname == "COPY" and place + 1 < len(steps) and place - 1 in paths:
            is_own, path = paths[place - 1]
            if steps[place + 1].opname == "LOAD_ATTR":  # x.n += 1
                yield is_own, (*path, steps[place + 1].argval)


def _above(steps: list[dis.Instruction], place: int) -> int | None:
    """Return how much lies above what an instruction changes; None if it changes nothing."""
    following = [step.opname for step in steps[place : place + 3]]
    if following == ["COPY", "COPY", "BINARY_SUBSCR"]:  # x[0] += 1
        return 1
    return ABOVE.get(steps[place].opname)


def _end_of(steps: list[dis.Instruction], place: int, above: int) -> int | None:
    """Return the place of the instruction that put the object on the stack that lies under `above` others."""
    height = 0
    for end in range(place - 1, -1, -1):
        if height == -above:
            return end
        height -= dis.stack_effect(steps[end].opcode, steps[end].arg)
    return None
