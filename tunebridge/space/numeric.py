"""The parameters that are numbers: Float, Int, Normal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from tunebridge.calls import checked
from tunebridge.checks import is_finite, is_int
from tunebridge.display.brief import brief
from tunebridge.space.conditions import When, WhenLike
from tunebridge.space.parameter import Parameter, even_quantiles, middle, pick

if TYPE_CHECKING:
    from statistics import NormalDist

LARGEST = 2**53
"""Largest integer up to which a float holds every one, as it must in the libraries."""

MAX_EXP = 700.0
"""Largest exponent whose exp() is safely a finite float."""

NORMAL_TAIL = 1e-9
"""Quantiles of a Normal are kept inside [NORMAL_TAIL, 1 - NORMAL_TAIL]."""

STEP_TOLERANCE = 1e-6
"""How far from a whole number of steps a value may be, in steps, to be taken as that number."""

Number = TypeVar("Number", float, int)


@checked
@dataclass(frozen=True, slots=True, repr=False)
class Float(Parameter):
    """A real number in [low, high], uniform, or log-uniform with `log`.

    Args:
        low: Lower bound, included, in natural units.
        high: Upper bound, included, in natural units.
        log: Uniform in the logarithm; needs low > 0.
        step: Distance of the values low, low + step, ..., high, all equally likely.
        when: The condition under which it is active: see `Space`.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    when: WhenLike | When | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Make plain floats of the numbers."""
        _cast(self, float, is_finite)

    @property
    def size(self) -> int | None:
        """Number of values; None when infinite."""
        if self.low == self.high:
            return 1
        return None if self.step is None else _n_steps(self) + 1

    def faults(self) -> Iterator[str]:
        """Yield every rule that the declaration breaks."""
        if not all(is_finite(bound) for bound in (self.low, self.high)):
            yield f"low and high must be finite numbers, got low={brief(self.low)}, high={brief(self.high)}"
            return
        if not is_finite(self.high - self.low):
            yield f"high - low must be a finite number, got low={self.low!r}, high={self.high!r}"
            return
        yield from _bound_faults(self, rule="log=True needs low > 0")

    def read(self, value: Any) -> float:
        """Return `value` as a float of the declared set; a stepped one by its index."""
        if not is_finite(value):
            raise ValueError(f"must be a finite number, got {brief(value)}")
        return _inside(self, float(value)) if self.step is None else self.at(self.index(float(value)))

    def nearest(self, value: Any) -> float:
        """Return the closest declared value to a finite number."""
        if not is_finite(value):
            raise ValueError(f"must be a finite number, got {brief(value)}")
        inside = _clip(self, float(value))
        return inside if self.step is None else self.at(round((inside - self.low) / self.step))

    def settle(self, value: float) -> float:
        """Return a library's value inside the bounds, where its rounding may have left them by a hair.

        Raises:
            ValueError: `value` is further out than rounding can explain.
        """
        if not is_finite(value):
            raise ValueError(f"must be a finite number, got {brief(value)}")
        hair = STEP_TOLERANCE * max(abs(self.low), abs(self.high))
        near = self.low - hair <= value <= self.high + hair
        return _clip(self, float(value)) if near else _inside(self, float(value))

    def at(self, place: int) -> float:
        """Return the stepped value of an index, `low + place * step`."""
        return self.low + place * (self.step or 0.0)

    def index(self, value: float) -> int:
        """Return the index of a stepped value.

        Raises:
            ValueError: `value` is no such value; the message gives the rule.
        """
        step = self.step or 1.0
        place = (value - self.low) / step
        if abs(place - round(place)) > STEP_TOLERANCE or not 0 <= round(place) <= _n_steps(self):
            raise ValueError(
                f"must be {self.low!r} plus a multiple of {step!r}, up to {self.high!r}, got {value!r}"
            )
        return round(place)

    def quantile(self, q: float) -> float:
        """Return the value at probability `q`; the bounds themselves at 0 and 1."""
        if self.step is not None:
            return self.at(pick(_n_steps(self) + 1, q))
        if q <= 0.0 or q >= 1.0:
            return self.low if q <= 0.0 else self.high
        if self.log:
            exponent = math.log(self.low) + q * (math.log(self.high) - math.log(self.low))
            return _clip(self, math.exp(exponent))
        return _clip(self, self.low + q * (self.high - self.low))

    def cdf(self, value: float) -> float:
        """Return the share of the range up to a value; of a stepped Float as `Parameter.cdf` says."""
        number = self.read(value)
        if self.step is not None:
            return middle(self.index(number), _n_steps(self) + 1)
        return _share(float(number), self.low, self.high, log=self.log)

    def grid(self, points: int | None) -> list[float]:
        """Return `points` values, or all values of a stepped Float."""
        if points is None and self.step is not None:
            return [self.at(place) for place in range(_n_steps(self) + 1)]
        if points is None and self.size is None:
            raise ValueError(
                "is continuous, so the grid needs to know how many points to take: "
                "tunebridge.backend(name, points=5)"
            )
        return list(dict.fromkeys(self.quantile(q) for q in even_quantiles(points or 1)))

    def declaration(self, more: str = "") -> str:
        """Return the declaration as it was written, without its condition and with more arguments."""
        return _numeric(self, more)


@checked
@dataclass(frozen=True, slots=True, repr=False)
class Int(Parameter):
    """An integer in [low, high], all equally likely unless `log`.

    Args:
        low: Lower bound, included.
        high: Upper bound, included.
        log: P(k) proportional to ln((k + 1/2) / (k - 1/2)); needs low >= 1.
        step: Distance of the values low, low + step, ..., high.
        when: The condition under which it is active: see `Space`.
    """

    low: int
    high: int
    log: bool = False
    step: int | None = None
    when: WhenLike | When | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Make plain ints of the numbers."""
        _cast(self, int, is_int)

    @property
    def size(self) -> int:
        """Number of values."""
        return (self.high - self.low) // (self.step or 1) + 1

    def faults(self) -> Iterator[str]:
        """Yield every rule that the declaration breaks."""
        if not all(is_int(bound) and abs(bound) <= LARGEST for bound in (self.low, self.high)):
            span = "integers from -2**53 to 2**53"
            yield f"low and high must be {span}, got low={brief(self.low)}, high={brief(self.high)}"
        elif self.step is not None and not is_int(self.step):
            yield f"step must be an integer, got step={brief(self.step)}"
        else:
            yield from _bound_faults(self, rule="log=True needs low >= 1")

    def read(self, value: Any) -> int:
        """Return `value` as an int of the declared set; a float must be whole."""
        if not is_finite(value) or value != round(value):
            raise ValueError(f"must be an integer, got {brief(value)}")
        number = int(_inside(self, round(value)))
        if (number - self.low) % (self.step or 1):
            raise ValueError(f"must be {self.low} plus a multiple of step={self.step}, got {brief(value)}")
        return number

    def nearest(self, value: Any) -> int:
        """Return the closest declared value to a finite number."""
        if not is_finite(value):
            raise ValueError(f"must be a finite number, got {brief(value)}")
        return self.at(round((_clip(self, float(value)) - self.low) / (self.step or 1)))

    def at(self, place: int) -> int:
        """Return the value of an index, `low + place * step`."""
        return self.low + place * (self.step or 1)

    def index(self, value: int) -> int:
        """Return the index of a value."""
        return (self.read(value) - self.low) // (self.step or 1)

    def quantile(self, q: float) -> int:
        """Return the value at probability `q`."""
        if self.log:
            bottom, top = math.log(self.low - 0.5), math.log(self.high + 0.5)
            return _clip(self, round(math.exp(bottom + q * (top - bottom))))
        return self.at(pick(self.size, q))

    def cdf(self, value: int) -> float:
        """Return the middle of a value's share."""
        number = self.read(value)
        if self.log:
            bottom, top = self.low - 0.5, self.high + 0.5
            below, above = (_share(number + half, bottom, top, log=True) for half in (-0.5, 0.5))
            return (below + above) / 2
        return middle(self.index(number), self.size)

    def grid(self, points: int | None) -> list[int]:
        """Return all values, or at most `points` of them."""
        if points is None or points >= self.size:
            return list(range(self.low, self.high + 1, self.step or 1))
        if self.log:
            scale = Float(self.low, self.high, log=True)
            return list(dict.fromkeys(round(value) for value in scale.grid(points)))
        last = self.size - 1
        return [self.at(round(q * last)) for q in even_quantiles(points)]

    def declaration(self, more: str = "") -> str:
        """Return the declaration as it was written, without its condition and with more arguments."""
        return _numeric(self, more)


@checked
@dataclass(frozen=True, slots=True, repr=False)
class Normal(Parameter):
    """A real number, normally distributed and unbounded.

    Args:
        mean: Mean; of ln(x) when `log`.
        sd: Standard deviation, > 0; of ln(x) when `log`.
        log: Log-normal: the values are positive.
        when: The condition under which it is active: see `Space`.
    """

    mean: float
    sd: float
    log: bool = False
    when: WhenLike | When | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Make plain floats of the numbers."""
        _cast(self, float, is_finite, ("mean", "sd"))

    @property
    def size(self) -> None:
        """Infinite."""
        return None

    def faults(self) -> Iterator[str]:
        """Yield every rule that the declaration breaks."""
        if not (is_finite(self.mean) and is_finite(self.sd) and self.sd > 0):
            yield f"needs a finite mean and a finite sd > 0, got mean={self.mean!r}, sd={self.sd!r}"
        elif not isinstance(self.log, bool):
            yield f"log must be True or False, got log={self.log!r}"
        elif self.log and abs(self.mean) + 10 * self.sd > MAX_EXP:
            yield (
                f"log=True takes mean and sd of ln(x): |mean| + 10 sd <= {MAX_EXP:g} must hold, "
                f"got mean={self.mean!r}, sd={self.sd!r}"
            )

    def read(self, value: Any) -> float:
        """Return `value` as a float; a log-normal one must be positive."""
        if not is_finite(value) or (self.log and value <= 0):
            raise ValueError(f"must be a finite number{' > 0' if self.log else ''}, got {brief(value)}")
        return float(value)

    def quantile(self, q: float) -> float:
        """Return the value at probability `q`, kept inside the tails."""
        kept = min(max(q, NORMAL_TAIL), 1.0 - NORMAL_TAIL)
        number = self._normal.inv_cdf(kept)
        return math.exp(number) if self.log else number

    def cdf(self, value: float) -> float:
        """Return the probability of a value up to `value`, kept inside the tails."""
        number = self.read(value)
        q = self._normal.cdf(math.log(number) if self.log else number)
        return min(max(q, NORMAL_TAIL), 1.0 - NORMAL_TAIL)

    @property
    def _normal(self) -> NormalDist:
        """The distribution of the value, or of its logarithm."""
        from statistics import NormalDist

        return NormalDist(self.mean, self.sd)

    def grid(self, points: int | None) -> list[float]:
        """Refuse: an unbounded parameter has no ends to include."""
        raise ValueError("is unbounded, so it has no grid; declare an Ordinal of the values to try")

    def declaration(self, more: str = "") -> str:
        """Return the declaration as it was written, without its condition and with more arguments."""
        return f"Normal({self.mean!r}, {self.sd!r}{', log=True' if self.log else ''}{more})"


def _clip(bounded: Float | Int, number: Number) -> Number:
    """Return `number` kept inside the bounds."""
    return min(max(number, bounded.low), bounded.high)  # type: ignore[return-value]


def _share(number: float, low: float, high: float, *, log: bool) -> float:
    """Return how far from `low` to `high` a number inside lies; the middle if they are one."""
    scale = math.log if log else float
    width = scale(high) - scale(low)
    return min(max((scale(number) - scale(low)) / width, 0.0), 1.0) if width else 0.5


def _cast(
    numeric: Float | Int | Normal,
    kind: Callable[[Any], Any],
    fits: Callable[[Any], bool],
    names: tuple[str, ...] = ("low", "high", "step"),
) -> None:
    for name in names:
        if fits(getattr(numeric, name)):
            object.__setattr__(numeric, name, kind(getattr(numeric, name)))
    object.__setattr__(numeric, "when", When.of(numeric.when))


def _n_steps(stepped: Float) -> int:
    return round((stepped.high - stepped.low) / (stepped.step or 1.0))


def _inside(bounded: Float | Int, number: Number) -> Number:
    if not bounded.low <= number <= bounded.high:
        raise ValueError(f"must be in [{bounded.low!r}, {bounded.high!r}], got {number!r}")
    return number


def _bound_faults(bounded: Float | Int, *, rule: str) -> Iterator[str]:
    low, high, step = bounded.low, bounded.high, bounded.step
    if low > high:
        yield f"low <= high must hold, got low={low!r}, high={high!r}; swap them"
    if not isinstance(bounded.log, bool):
        yield f"log must be True or False, got log={bounded.log!r}"
    elif bounded.log and low <= 0:
        yield f"{rule}, got low={low!r}; raise low or drop log"
    if bounded.log and step is not None:
        yield (
            f"log=True with step={brief(step)} has no meaning that all libraries share; "
            "list the values with Ordinal([...])"
        )
    elif step is not None and not (is_finite(step) and step > 0):
        yield f"step must be > 0, got step={brief(step)}"
    elif step is not None and low <= high:
        yield from _step_faults(bounded, (high - low) / step)


def _step_faults(bounded: Float | Int, places: float) -> Iterator[str]:
    low, high, step = bounded.low, bounded.high, bounded.step or 1
    if not places < LARGEST:
        yield f"step={step!r} makes more than 2**53 values between low={low!r} and high={high!r}; raise it"
    elif (high - low) % step if isinstance(bounded, Int) else abs(places - round(places)) > STEP_TOLERANCE:
        reached = [low + math.floor(places) * step, low + math.ceil(places) * step]
        yield (
            f"step={step!r} from low={low!r} misses high={high!r}; "
            f"set high to {reached[0]!r} or {reached[1]!r}"
        )


def _numeric(numeric: Float | Int, more: str) -> str:
    log = ", log=True" if numeric.log else ""
    step = f", step={numeric.step!r}" if numeric.step is not None else ""
    return f"{type(numeric).__name__}({numeric.low!r}, {numeric.high!r}{log}{step}{more})"
