"""What a condition says of one parent: from values as they were written to natural ones."""

from __future__ import annotations

from typing import Any, assert_never

from tunebridge.checks import is_finite
from tunebridge.display.brief import brief
from tunebridge.space.choices import Categorical, Constant, Listed, Ordinal
from tunebridge.space.conditions import Between, Clause, Wanted
from tunebridge.space.node import AnyParameter
from tunebridge.space.numeric import STEP_TOLERANCE, Float, Int, Normal


def clause(path: str, name: str, parameter: AnyParameter, wanted: Wanted) -> Clause:
    """Return what a condition says of a parent.

    Args:
        path: Full path of the parent.
        name: Its name, as the condition says it.
        parameter: Its declaration.
        wanted: What it must be, as written.

    Raises:
        ValueError: No value of the parent fits, or it takes no such condition; the message gives the rule.
    """
    allowed = _in_range(parameter, wanted) if isinstance(wanted, Between) else _listed(parameter, wanted)
    return Clause(path, allowed, _text(name, parameter, wanted))


def covers(parameter: AnyParameter, allowed: Wanted) -> bool:
    """Return whether a clause allows every value of its parent."""
    if isinstance(parameter, Float | Int) and isinstance(allowed, Between):
        return parameter.low in allowed and parameter.high in allowed
    if isinstance(parameter, Float | Int):
        return parameter.size == len(allowed)  # type: ignore[arg-type]
    if isinstance(parameter, Normal):
        return parameter.log and allowed == Between(0.0, None)
    return {parameter.to_natural(value) for value in parameter.grid(None)} <= set(allowed)  # type: ignore[arg-type]


def within(parameter: AnyParameter, allowed: Wanted | None) -> Any:
    """Return the declared value in the middle of a parameter, or one that a clause allows."""
    middle = parameter.quantile(0.5)
    if allowed is None or parameter.to_natural(middle) in allowed:
        return middle
    if isinstance(allowed, Between):
        return parameter.read(allowed.high if allowed.low is None else allowed.low)
    return parameter.from_natural(allowed[0])


def _listed(parameter: AnyParameter, wanted: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the natural values, in the order of the parameter."""
    match parameter:
        case Float(step=None) | Normal():
            raise ValueError(
                f"{brief(parameter)} is a real number, so a condition needs a range: write "
                f"Between(low, high), with None for an open end, got {brief(list(wanted))}"
            )
        case Float() | Int():
            return tuple(sorted({parameter.read(value) for value in wanted}))
        case Ordinal() | Categorical() | Constant():
            found = {parameter.to_natural(parameter.read(value)) for value in wanted}
            return tuple(label for label in parameter.labels if label in found)
        case _:
            assert_never(parameter)


def _in_range(parameter: AnyParameter, wanted: Between) -> Wanted:
    match parameter:
        case Float() | Int():
            _check_inside(wanted, parameter.low, parameter.high)
            is_real = isinstance(parameter, Float) and parameter.step is None
            return wanted if is_real else _snapped(parameter, wanted)
        case Normal():
            if parameter.log:
                _check_inside(wanted, 0.0, None)
            return wanted
        case Ordinal() if all(map(is_finite, parameter.values)):
            _check_inside(wanted, min(parameter.values), max(parameter.values))
            pairs = zip(parameter.labels, parameter.values, strict=True)
            return _some(tuple(label for label, value in pairs if value in wanted), wanted)
        case Ordinal():
            raise ValueError(f"{brief(parameter)} has values that are no numbers: list those that fit")
        case Categorical() | Constant():
            raise ValueError(f"{brief(parameter)} has no order: list the values, or declare an Ordinal")
        case _:
            assert_never(parameter)


def _check_inside(wanted: Between, low: float, high: float | None) -> None:
    """Check that the ends of a range are inside the bounds of a parent."""
    bounds = Between(low, high)
    if not all(end is None or end in bounds for end in (wanted.low, wanted.high)):
        shown = f"[{low!r}, {high!r}]" if high is not None else f"[{low!r}, ...)"
        raise ValueError(f"{wanted!r} reaches out of the bounds {shown}; write None for an open end")


def _snapped(parameter: Float | Int, wanted: Between) -> Between:
    """Return a range whose ends are values of the parameter."""
    step = parameter.step or 1

    def place(end: float, outwards: float) -> int:
        exact = (end - parameter.low) / step
        near = round(exact)
        is_value = abs(exact - near) <= STEP_TOLERANCE
        return near if is_value or (near - exact) * outwards > 0 else near + int(outwards)

    low = None if wanted.low is None else parameter.at(place(wanted.low, 1.0))
    high = None if wanted.high is None else parameter.at(place(wanted.high, -1.0))
    if low is not None and high is not None and low > high:
        raise ValueError(f"no value of {brief(parameter)} lies in {wanted!r}")
    return Between(low, high)


def _some(labels: tuple[str, ...], wanted: Between) -> tuple[str, ...]:
    if not labels:
        raise ValueError(f"no value lies in {wanted!r}")
    return labels


def _text(name: str, parameter: AnyParameter, wanted: Wanted) -> str:
    if not isinstance(wanted, Between):
        return f"{name} is {' or '.join(_value(parameter, value) for value in wanted)}"
    low, high = wanted.low, wanted.high
    if low == high:
        return f"{name} is {low!r}"
    if low is None or high is None:
        return f"{name} <= {high!r}" if low is None else f"{name} >= {low!r}"
    return f"{low!r} <= {name} <= {high!r}"


def _value(parameter: AnyParameter, written: Any) -> str:
    """Return a value as people write it: a label where there is no literal."""
    if not isinstance(parameter, Listed):
        return brief(written)
    value = parameter.read(written)
    is_literal = value is None or isinstance(value, bool | int | float | str)
    return brief(value if is_literal else parameter.to_natural(value))
