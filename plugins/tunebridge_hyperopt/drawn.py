"""What hyperopt draws under one label, as a parameter, and how its values become hyperopt's numbers.

- `uniform`, `loguniform` (whose bounds are logs), `normal` and `lognormal` are `Float`, `Float(log=True)`,
  `Normal` and `Normal(log=True)`.
- What is drawn and then rounded, `q...`, has a parameter of its own where all its values are equally likely,
  or as likely as those of `Int(log=True)`. Else the parameter is what is drawn, and the graph rounds it: the
  ends of `quniform` keep half the weight.
- `randint` has no order to hyperopt's sampler: it is a `Categorical` of integers; `Int`, if there are many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from hyperopt.pyll import Apply, dfs, rec_eval
from hyperopt.pyll.base import MissingArgument
from hyperopt.pyll.stochastic import implicit_stochastic_symbols

from tunebridge import AnyParameter, Categorical, Fidelity, Float, Int, Normal
from tunebridge.checks import plain
from tunebridge.display.brief import brief

FEW = 50
"""How many integers without order are listed as a choice."""

ARGUMENTS = ("low", "high", "mu", "sigma", "p", "q")
"""What distributions are given, in the order in which one writes it."""

MAX_EXP = 700.0
"""Largest exponent whose exp() is safely a finite float, and > 0 if it is negated."""

HAIR = 1e-9
"""By what share of a step a bound may miss the middle between two steps."""


@dataclass(frozen=True, slots=True)
class Same:
    """A value that is hyperopt's number."""

    parameter: AnyParameter

    def to_native(self, value: Any) -> Any:
        """Return the number."""
        return value

    def from_native(self, native: Any) -> Any:
        """Return the value."""
        number = plain(native)
        return (
            self.parameter.settle(number)
            if isinstance(self.parameter, Float)
            else self.parameter.read(number)
        )


@dataclass(frozen=True, slots=True)
class Rounded:
    """A value that hyperopt rounds to a multiple of `q`."""

    parameter: Float | Int | Normal
    q: float

    def to_native(self, value: Any) -> float:
        """Return the multiple, as hyperopt computes it."""
        return float(np.round(value / self.q) * self.q)

    def from_native(self, native: Any) -> Any:
        """Return a value that is rounded to a multiple."""
        number = float(native)
        if isinstance(self.parameter, Normal):
            return self.parameter.read(max(number, self.q / 4) if self.parameter.log else number)
        return self.parameter.nearest(number)


@dataclass(frozen=True, slots=True)
class Placed:
    """A value that hyperopt knows by its place."""

    parameter: Categorical
    places: Sequence[int]

    def to_native(self, value: Any) -> int:
        """Return the place."""
        return self.places[self.parameter.index(value)]

    def from_native(self, native: Any) -> Any:
        """Return what stands there."""
        return self.parameter.shown[self.places.index(int(native))]


Way = Same | Rounded | Placed
"""How values become hyperopt's numbers, and come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What is drawn under a label."""

    way: Way
    """The parameter, and how its values become hyperopt's."""
    fidelity: Fidelity = Fidelity.EXACT
    """How faithfully it was read."""
    reason: str = ""
    """Why it is not simply exact."""


class Unreadable(Exception):
    """Raised with the reason why something cannot be read."""


def drawn(node: Apply) -> Drawn:
    """Return what a node draws that is no choice.

    Raises:
        Unreadable: It cannot be read; the message says why.
    """
    found = _read(node.name, list(arguments(node).values()))
    faults = list(found.way.parameter.faults())
    if faults:
        raise Unreadable("; ".join(faults))
    return found


def as_written(label: str, node: Apply) -> str:
    """Return how one writes what a node draws, with its numbers as far as they are known."""
    numbers: list[Any] = []
    with suppress(Unreadable):
        numbers += arguments(node).values()
    texts = [f"{one:.12g}" if isinstance(one, int | float) else brief(one) for one in numbers]
    name = "pchoice" if node.name == "categorical" else node.name
    return f"hp.{name}({', '.join([repr(label), *texts])})"


def arguments(node: Apply) -> dict[str, Any]:
    """Return what a distribution is given, by name.

    Raises:
        Unreadable: It is no distribution that is known, or its arguments are no numbers.
    """
    if node.name not in implicit_stochastic_symbols:
        raise Unreadable(f"{node.name} is no distribution of hyperopt's: write hp.uniform(label, low, high)")
    given = {name: node.arg[name] for name in ARGUMENTS if name in node.arg}
    values = {name: _constant(one) for name, one in given.items() if one is not MissingArgument}
    for name, value in values.items():
        if not np.all(np.isfinite(np.asarray(value, dtype=float))):
            raise Unreadable(f"{name} must be a finite number, got {brief(value)}")
    return values


def _constant(node: Apply) -> Any:
    if any(inside.name in implicit_stochastic_symbols for inside in dfs(node)):
        raise Unreadable(
            "what it is given is drawn, too: draw both on their own, and compute in the objective"
        )
    value = plain(rec_eval(node))
    try:
        np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise Unreadable(f"what it is given must be numbers, got {brief(value)}") from error
    return value


def _read(name: str, numbers: list[Any]) -> Drawn:
    match name, numbers:
        case "uniform", [low, high]:
            return Drawn(way=Same(Float(low, high)))
        case "loguniform", [low, high]:
            return Drawn(way=Same(Float(_exp(low), _exp(high), log=True)))
        case (("quniform" | "qloguniform"), [low, high, q]):
            return _rounded(low, high, _step(q), log=name == "qloguniform")
        case (("normal" | "lognormal"), [mean, sd]):
            return Drawn(way=Same(Normal(mean, sd, log=name == "lognormal")))
        case (("qnormal" | "qlognormal"), [mean, sd, q]):
            way = Rounded(Normal(mean, sd, log=name == "qlognormal"), _step(q))
            reason = f"the graph rounds it to a multiple of {q:g}"
            return Drawn(way=way, fidelity=Fidelity.EMULATED, reason=reason)
        case "randint", [*bounds]:
            return _integers(range(*map(int, bounds)))
        case _:
            raise Unreadable(f"{name} is no distribution with a label: write hp.choice or hp.uniform")


def _exp(bound: float) -> float:
    """Return the bound of a log-uniform number, in few digits if it is the logarithm of those."""
    if abs(bound) <= MAX_EXP:
        value = math.exp(bound)
        short = float(f"{value:.12g}")
        return short if math.log(short) == bound else value
    raise Unreadable(
        f"the bounds are logarithms, and exp({bound:g}) is too far out: "
        "write numpy.log(low) and numpy.log(high)"
    )


def _step(q: float) -> float:
    if q > 0:
        return float(q)
    raise Unreadable(f"q must be > 0, got {q!r}")


def _integers(values: range) -> Drawn:
    if not values:
        raise Unreadable(
            "it draws from no integers: the upper bound is excluded, and must be > the lower one"
        )
    if len(values) <= FEW:
        reason = "a choice of integers, as the order of randint's means nothing to hyperopt"
        return Drawn(way=Placed(Categorical(list(values)), values), reason=reason)
    reason = "these integers have an order here, and none to hyperopt's TPE"
    return Drawn(way=Same(Int(values[0], values[-1])), reason=reason)


def _rounded(low: float, high: float, q: float, *, log: bool) -> Drawn:
    """Return a number that is drawn between two bounds, and rounded to a multiple of `q`."""
    ends = (_exp(low), _exp(high)) if log else (low, high)
    own = _of_its_own(ends[0] / q, ends[1] / q, q, log=log)
    if own is not None and not [*own.faults()]:
        return Drawn(way=Rounded(own, q))
    reason = f"drawn in [{ends[0]:g}, {ends[1]:g}], and rounded to a multiple of {q:g} by the graph"
    if not log:
        reason += ", so that an end may have half the weight"
    way = Rounded(Float(*ends, log=log), q)
    return Drawn(way=way, fidelity=Fidelity.EMULATED, reason=reason)


def _of_its_own(low: float, high: float, q: float, *, log: bool) -> Float | Int | None:
    """Return the parameter of the multiples between two bounds in steps, if it has their weights."""
    first, last = math.floor(low + 0.5 + HAIR), math.ceil(high - 0.5 - HAIR)
    shares = (min(first + 0.5, high) - low, high - max(last - 0.5, low))
    is_full = math.isclose(shares[0], 1.0, abs_tol=HAIR)
    is_even = math.isclose(*shares, abs_tol=HAIR) and (last - first < 2 or is_full)
    is_whole = float(q).is_integer()
    if first > last or not is_even or (log and not (q == 1 and first >= 1 and is_full)):
        return None
    if is_whole:
        step = int(q)
        return Int(first * step, last * step, log=log, step=None if step == 1 else step)
    low, high = (float(f"{place * q:.12g}") for place in (first, last))
    return Float(low, high, step=q if last > first else None)
