"""What to write in the place of something that is no parameter, or no space.

The object of a library is known by the module of its class: no library is imported for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from tunebridge.checks import is_finite, is_int
from tunebridge.display.brief import brief
from tunebridge.space.foreign.distributions import of_bounds, of_scipy
from tunebridge.space.foreign.expressions import of_hyperopt
from tunebridge.space.foreign.written import written_choice, written_float, written_int
from tunebridge.space.parameter import Parameter


def unread(value: Any) -> str:
    """Return nothing: what this is cannot be told from public attributes."""
    return ""


LIBRARIES: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "hyperopt": ("hyperopt", of_hyperopt),
    "optuna": ("Optuna", of_bounds),
    "scipy.stats": ("scipy", of_scipy),
    "ConfigSpace": ("ConfigSpace", of_bounds),
    "skopt": ("scikit-optimize", of_bounds),
    "ray.tune": ("Ray Tune", unread),
    "nevergrad": ("nevergrad", unread),
}
"""Name of a library, and what writes the parameter of one of its objects, by the module of their classes."""

READ = frozenset({"ConfigSpace", "Optuna", "Ray Tune", "hyperopt"})
"""The libraries whose spaces `read_space` reads."""

KINDS = "Float, Int, Normal, Ordinal, Categorical or Constant"
"""What a space is made of."""


def library_of(value: Any) -> str:
    """Return the library of tuning or of distributions that an object is of; nothing if it is of none."""
    return next((LIBRARIES[module][0] for module in _modules(value)), "")


def in_place_of(value: Any) -> str:
    """Return what to write in the place of something that is no parameter."""
    if isinstance(value, type) and issubclass(value, Parameter):
        return f"that is the class: write {value.__name__}(...)"
    if library := library_of(value):
        return f"that is of {library}: {_translated(value)}"
    constant = f"for a fixed value write Constant({brief(value)})"
    listed = _listed(value)
    return f"{listed}, {constant}" if listed else constant


def in_place_of_space(value: Any) -> str:
    """Return what to write in the place of something that is no space."""
    if library := library_of(value):
        return _read(library) or (
            f"that is of {library}: declare it anew as tunebridge.Space(name=parameter, ...), of {KINDS}"
        )
    if isinstance(value, Mapping) and value:
        named = {name: _parameter(one) for name, one in value.items()}
        if all(named.values()) and all(isinstance(name, str) for name in named):
            inside = ", ".join(f"{name!r}: {text}" for name, text in named.items())
            return f"write tunebridge.Space({{{inside}}})"
        read = filter(None, (_read(library_of(one)) for one in value.values()))
        return next(read, "write tunebridge.Space(name=parameter, ...)")
    return "write tunebridge.Space(name=parameter, ...)"


def _read(library: str) -> str:
    """Return how a space of a library's is read; nothing if it is not."""
    return f"that is of {library}: read it, tunebridge.read_space(...).space" if library in READ else ""


def _modules(value: Any) -> list[str]:
    """Return the modules of the table that the class of an object, or one above it, is from."""
    places = [f"{kind.__module__}." for kind in type(value).__mro__]
    return [module for module in LIBRARIES if any(place.startswith(f"{module}.") for place in places)]


def _translated(value: Any) -> str:
    return f"write {text}" if (text := _parameter(value)) else f"declare it anew, as {KINDS}"


def _parameter(value: Any) -> str:
    """Return the parameter that means the same as an object, as written; nothing if it is unknown."""
    if isinstance(value, Parameter):
        return brief(value)
    with suppress(ArithmeticError, AttributeError, IndexError, TypeError, ValueError):
        for module in _modules(value):
            return LIBRARIES[module][1](value)
    return ""


def _listed(value: Any) -> str:
    """Return what to write for several values; nothing if it is one."""
    match value:
        case range() if value:
            ends = sorted((value[0], value[-1]))
            return f"for a range write {written_int(*ends, step=abs(value.step))}"
        case (low, high) if isinstance(value, tuple) and is_finite(low) and is_finite(high):
            write = written_int if is_int(low) and is_int(high) else written_float
            return f"for a range write {write(low, high)}"
        case Mapping():
            return "for a choice between spaces write Categorical({'label': Space(...)})"
        case Sequence() | set() | frozenset() if not isinstance(value, str | bytes) and value:
            return f"for a choice write {written_choice(value)}"
        case _:
            return ""
