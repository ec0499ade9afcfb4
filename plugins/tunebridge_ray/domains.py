"""One domain of Ray Tune's as a parameter, with what makes Ray's value of it.

- `uniform`, `loguniform`, `randn` and `randint`, whose top is excluded, are `Float`, `Float(log=True)`,
  `Normal` and `Int`.
- `lograndint` is a float of which the whole part counts: `Int(log=True)` has other weights.
- `quniform`, `qloguniform` and `qrandn` are floats that are rounded to multiples of q. So each end of the
  first two has about half the weight of its neighbour.
- `qrandint` is an `Int` over the multiples of q, all equally likely; its top is included, but for q=1.
- `qlograndint` is a float that is cut off to a multiple of q.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ray.tune.search import sample

from tunebridge import AnyParameter, Fidelity, Float, Int, Normal
from tunebridge_ray.making import Counted, Floored, Make, Rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A domain, as it was read."""

    native: str
    """The domain as it would be written."""
    parameter: AnyParameter | None = None
    """The parameter; None if it cannot be one."""
    make: Make | None = None
    """What makes Ray's value of a param; None if it is the same."""
    reason: str = ""
    """Why it is not simply exact."""

    @property
    def fidelity(self) -> Fidelity:
        """How faithful it is."""
        if self.parameter is None:
            return Fidelity.REFUSED
        return Fidelity.EXACT if self.make is None else Fidelity.EMULATED


def read(domain: Any) -> Drawn:
    """Return what a domain of numbers is."""
    sampler, q = domain.get_sampler(), None
    if isinstance(sampler, sample.Quantized):
        sampler, q = sampler.get_sampler(), sampler.q
    match domain, sampler:
        case sample.Float(), sample.Normal():
            return _normal(sampler, q)
        case sample.Float(), sample.Uniform() | sample.LogUniform():
            return _float(domain, q, log=isinstance(sampler, sample.LogUniform))
        case sample.Integer(), sample.Uniform():
            return _int(domain, q)
        case sample.Integer(), sample.LogUniform():
            return _log_int(domain, q)
        case _:
            known = "is a sampler of your own: write it with tune.uniform, tune.randint and the like"
            return Drawn(native=f"{type(domain).__name__} by {type(sampler).__name__}", reason=known)


def _normal(sampler: Any, q: float | None) -> Drawn:
    parameter = Normal(sampler.mean, sampler.sd)
    if q is None:
        return Drawn(native=f"tune.randn({sampler.mean}, {sampler.sd})", parameter=parameter)
    native = f"tune.qrandn({sampler.mean}, {sampler.sd}, {q})"
    return Drawn(native=native, parameter=parameter, make=Rounded(q), reason=f"rounded to multiples of {q}")


def _float(domain: Any, q: float | None, *, log: bool) -> Drawn:
    name = "loguniform" if log else "uniform"
    if q is None:
        low, high = sorted((domain.lower, domain.upper))
        native = f"tune.{name}({domain.lower}, {domain.upper})"
        return Drawn(native=native, parameter=Float(low, high, log=log))
    low, high = sorted(round(bound / q) * q for bound in (domain.lower, domain.upper))
    return Drawn(
        native=f"tune.q{name}({domain.lower}, {domain.upper}, {q})",
        parameter=Float(low, high, log=log),
        make=Rounded(q),
        reason=f"rounded to multiples of {q}: each end has half the range of the others, as in Ray",
    )


def _int(domain: Any, q: float | None) -> Drawn:
    if q is None:
        native = f"tune.randint({domain.lower}, {domain.upper})"
        first, last = int(domain.lower), int(domain.upper) - 1
        return Drawn(native=native, parameter=Int(first, last)) if first <= last else _empty(native)
    native = f"tune.qrandint({domain.lower}, {domain.upper}, {q})"
    first, last = _counts(domain, q)
    if first > last:
        return _empty(native)
    if q == int(q):
        step = None if q == 1 else int(q)
        return Drawn(native=native, parameter=Int(first * int(q), last * int(q), step=step))
    reason = f"how many times {q}, which is cut off to an integer, as in Ray"
    return Drawn(native=native, parameter=Int(first, last), make=Counted(q), reason=reason)


def _log_int(domain: Any, q: float | None) -> Drawn:
    low, high = sorted((domain.lower, domain.upper))
    if q is None:
        parameter, make = Float(low, high, log=True), Floored(math.ceil(high) - 1)
        reason = "the whole part of a float, as in Ray: Int(log=True) has other weights"
        native = f"tune.lograndint({domain.lower}, {domain.upper})"
        return Drawn(native=native, parameter=parameter, make=make, reason=reason)
    native = f"tune.qlograndint({domain.lower}, {domain.upper}, {q})"
    first, last = _counts(domain, q)
    if not 1 <= first <= last:
        return _empty(native)
    parameter, make = Float(first * q, (last + 1) * q, log=True), Floored(last, q)
    return Drawn(
        native=native, parameter=parameter, make=make, reason=f"cut off to a multiple of {q}, as in Ray"
    )


def _empty(native: str) -> Drawn:
    return Drawn(native=native, reason="has no value that can be drawn: check the order of its bounds, and q")


def _counts(domain: Any, q: float) -> tuple[int, int]:
    """Return the first and the last multiple of q between the bounds, as counts; of 1 the top is excluded."""
    if q <= 0:
        return 1, 0
    first, last = (
        nearest if math.isclose(bound / q, nearest := round(bound / q)) else int(inwards(bound / q))
        for bound, inwards in ((domain.lower, math.ceil), (domain.upper, math.floor))
    )
    return first, last - (q == 1)
