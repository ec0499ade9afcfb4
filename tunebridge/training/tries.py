"""What has been found out by trying a change on something small: the same change is not tried twice.

A param's exact number decides nothing here: whether training reads a rate does not depend on whether it is
.1 or .12. So a number that may be any stands for all of its range, and has the value that is usual there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from math import isfinite
from types import BuiltinFunctionType, FunctionType
from typing import Any, Generic, TypeVar

Found = TypeVar("Found")

Faults = Callable[[Mapping[str, Any]], Mapping[str, str]]
"""Returns, by name, what is wrong with new values; nothing if they are right."""

USUAL = {"below 0": -0.5, "0": 0.0, "below 1": 0.5, "1": 1.0, "above 1": 2.0}
"""By range, the number that stands for the others where no default does. 0 and 1 switch things off."""


class Tries(Generic[Found]):
    """Remembers what came of tries.

    Args:
        most: How many at most; after that it begins anew.
    """

    def __init__(self, most: int = 4096) -> None:
        """Begin without any."""
        self._most = most
        self._found: dict[Hashable, Found] = {}

    def find(self, question: Sequence[Any], attempt: Callable[[], Found]) -> Found:
        """Return what came of a question before, or try it.

        Args:
            question: All that the answer depends on. One that holds what cannot be described is always tried.
            attempt: Makes the try.
        """
        try:
            key = described(question)
        except TypeError:
            return attempt()
        if key not in self._found:
            found = attempt()
            if len(self._found) >= self._most:
                self._found.clear()
            self._found[key] = found
            return found
        return self._found[key]

    def forget(self) -> None:
        """Begin anew."""
        self._found.clear()


def described(value: Any) -> Hashable:
    """Return a key that two values share only if they are of one type and equal.

    Raises:
        TypeError: It is no plain data, nor a class or a function.
    """
    match value:
        case None | bool() | int() | float() | str() | bytes():
            return type(value), value
        case tuple() | list():
            return type(value), tuple(described(one) for one in value)
        case Mapping():
            return type(value), tuple((described(name), described(one)) for name, one in value.items())
        case type() | FunctionType() | BuiltinFunctionType():
            return value
        case _:
            raise TypeError(f"{type(value).__name__} is no plain data")


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values are one object, or equal plain data of one type."""
    try:
        return one is other or described(one) == described(other)
    except TypeError:
        return False


def able_to_change(values: Mapping[str, Any], faults: Faults) -> list[str]:
    """Return the names of params that are numbers, or tuples of them, and can change from what they are.

    Args:
        values: What they are.
        faults: Returns, by name, what is wrong with new values; nothing if they are right.
    """
    known = {name: value for name, value in values.items() if has_others(value)}
    return [name for name, value in known.items() if not reason_against(name, value, faults)]


def has_others(value: Any) -> bool:
    """Return whether other values than this one are known: it is a number, or a tuple of some."""
    if isinstance(value, tuple):
        return bool(value) and all(map(has_others, value))
    return isinstance(value, int | float)


def reason_against(name: str, value: Any, faults: Faults) -> str:
    """Return why a param cannot change from what it is; nothing if some other value is right.

    Args:
        name: The param.
        value: A number, or a tuple of numbers.
        faults: Returns, by name, what is wrong with new values; nothing if they are right.
    """
    reasons = []
    for other in other_values(value):
        reasons.append(faults({name: other}).get(name, ""))
        if not reasons[-1]:
            return ""
    return reasons[0]


def other_values(value: Any) -> tuple[Any, ...]:
    """Return other values that a param with this number may have, the likeliest first."""
    if isinstance(value, tuple):
        return (tuple(other_values(one)[0] for one in value),)
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (value * 2, value // 2) if value else (1,)
    return (value * 2, value / 2) if value > 1 else (value / 2, value * 2) if value else (0.25,)


def stand_in(value: Any, default: Any = None) -> Any:
    """Return what stands for all values like this one: a default that is like it, or what is usual there.

    Args:
        value: A finite float, or a tuple of such, stands for others; anything else for itself.
        default: What it is if nobody sets it.
    """
    if isinstance(value, tuple):
        defaults = default if isinstance(default, tuple) and len(default) == len(value) else value
        return tuple(stand_in(one, usual) for one, usual in zip(value, defaults, strict=True))
    if not _stands_for_others(value):
        return value
    like = _stands_for_others(default) and _range(default) == _range(value)
    return float(default) if like else USUAL[_range(value)]


def changed_stand_in(old: Any, new: Any, default: Any = None) -> Any:
    """Return what stands for all new values like this one, beside the `stand_in` of the old value."""
    if isinstance(old, tuple) and isinstance(new, tuple) and len(old) == len(new):
        defaults = default if isinstance(default, tuple) and len(default) == len(new) else old
        return tuple(map(changed_stand_in, old, new, defaults))
    before, after = stand_in(old, default), stand_in(new, default)
    return other_values(after)[0] if old != new and before == after else after


def _stands_for_others(value: Any) -> bool:
    return isinstance(value, float) and isfinite(value)


def _range(value: float) -> str:
    if value in (0, 1):
        return str(int(value))
    return "below 0" if value < 0 else "below 1" if value < 1 else "above 1"
