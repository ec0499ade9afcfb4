"""Conditions: when a parameter is active, as it is written and in normal form.

*Written*, a condition is a mapping of names to values, all of which hold, or a list of such mappings, any
of which holds. In *normal form* it is an any-of of all-of clauses, each of which speaks of one parent by its
full path. A clause on a parent that is itself inactive does not hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from tunebridge.calls import checked
from tunebridge.checks import is_finite, plain
from tunebridge.display.brief import brief
from tunebridge.space.matching import same

EXAMPLE = "{'booster': ['gbtree', 'dart']}, or {'n_layers': Between(2, None)}"
"""What conditions look like, for messages."""


@checked
@dataclass(frozen=True, slots=True)
class Between:
    """The numbers of a range, both ends included.

    Args:
        low: The lower end; None where there is none.
        high: The upper end; None where there is none.
    """

    low: float | None
    high: float | None

    def __post_init__(self) -> None:
        """Make builtin numbers of the ends."""
        object.__setattr__(self, "low", plain(self.low))
        object.__setattr__(self, "high", plain(self.high))

    def __contains__(self, number: Any) -> bool:
        """Return whether a number lies in the range."""
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)

    def faults(self) -> Iterator[str]:
        """Yield every rule that the range breaks."""
        if not all(end is None or is_finite(end) for end in (self.low, self.high)):
            yield f"low and high must be finite numbers, or None for an open end, got {self!r}{self._else()}"
        elif self.low is None and self.high is None:
            yield f"{self!r} has no end: give low or high, or leave the condition out"
        elif self.low is not None and self.high is not None and self.low > self.high:
            yield f"low <= high must hold, got {self!r}; swap them"

    def _else(self) -> str:
        named = any(isinstance(end, str) for end in (self.low, self.high))
        return "; between names there is no range: list the values" if named else ""

    def __repr__(self) -> str:
        """Show the range as it was written."""
        return f"Between({self.low!r}, {self.high!r})"


Wanted = Between | tuple[Any, ...]
"""What a name must be: in a range, or one of some values."""

WhenLike = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""What `when=` takes."""


@dataclass(frozen=True, slots=True, eq=False)
class When:
    """A condition as it was written."""

    any_of: tuple[tuple[tuple[str, Wanted], ...], ...]
    """Alternatives of names and what they must be, all of them."""
    misfit: str = ""
    """Why it is no condition; empty when it is one."""

    @classmethod
    def of(cls, written: WhenLike | When | None) -> When | None:
        """Freeze what was written; what is no condition keeps its fault for the space that names it."""
        if written is None or isinstance(written, When):
            return written
        alternatives = [written] if isinstance(written, Mapping) else written
        is_list = isinstance(alternatives, Sequence) and len(alternatives) > 0
        if not is_list or not all(isinstance(one, Mapping) and one for one in alternatives):
            rule = "must be a mapping of names to values, all of which hold, or a list of such mappings"
            return cls((), f"{rule}, got {brief(written)}; write {EXAMPLE}")
        return cls(tuple(tuple((name, _wanted(one[name])) for name in one) for one in alternatives))

    def faults(self) -> Iterator[str]:
        """Yield every rule that it breaks by itself."""
        if self.misfit:
            yield f"when {self.misfit}"
        for name, wanted in (pair for alternative in self.any_of for pair in alternative):
            if not isinstance(name, str):
                yield f"when: names of parameters must be strings, got {brief(name)}"
            elif isinstance(wanted, Between):
                yield from (f"when {name}: {fault}" for fault in wanted.faults())
            elif any(isinstance(value, Between) for value in wanted):
                yield f"when {name}: a range stands alone: give a list of mappings, one for each range"
            elif any(isinstance(value, set | frozenset) for value in wanted):
                yield f"when {name}: several values are a list, got {brief(wanted[0])}"
            elif not wanted:
                yield f"when {name}: needs at least one value, got an empty list"

    def __eq__(self, other: object) -> bool:
        """Return whether both say the same in the same words, values of any kind included."""
        if not isinstance(other, When):
            return NotImplemented
        return self._names() == other._names() and all(map(_alike, self._all_wanted(), other._all_wanted()))

    def __hash__(self) -> int:
        """Hash by names: values may be unhashable."""
        return hash(self._names())

    def __repr__(self) -> str:
        """Show the condition as it was written."""
        shown = [
            "{" + ", ".join(f"{name!r}: {_shown(wanted)}" for name, wanted in alternative) + "}"
            for alternative in self.any_of
        ]
        return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"

    def _names(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(name for name, _ in alternative) for alternative in self.any_of)

    def _all_wanted(self) -> list[Wanted]:
        return [wanted for alternative in self.any_of for _, wanted in alternative]


def shown_when(when: WhenLike | When | None) -> str:
    """Return a condition as the last argument of a declaration; nothing if there is none."""
    return "" if when is None else f", when={when!r}"


@dataclass(frozen=True, slots=True)
class Clause:
    """What one parent must be.

    Args:
        path: Full path of the parent.
        allowed: The natural values or labels that it may have, in its own order, or a range of numbers.
        text: The clause in words.
    """

    path: str
    allowed: Wanted
    text: str = field(compare=False)

    def holds(self, decided: Mapping[str, Any]) -> bool:
        """Return whether it holds for the natural values of the active parents, by full path."""
        return self.path in decided and decided[self.path] in self.allowed


@dataclass(frozen=True, slots=True)
class Condition:
    """The normal form: any of several alternatives, of each of which all clauses hold."""

    any_of: tuple[tuple[Clause, ...], ...]
    """One alternative without clauses always holds."""

    @property
    def clauses(self) -> Iterator[Clause]:
        """All clauses of all alternatives."""
        return (clause for all_of in self.any_of for clause in all_of)

    def holds(self, decided: Mapping[str, Any]) -> bool:
        """Return whether it holds for the natural values of the active parents, by full path."""
        return any(all(clause.holds(decided) for clause in all_of) for all_of in self.any_of)

    def __and__(self, other: Condition) -> Condition:
        """Return the condition that holds where both do."""
        if not (self and other):
            return other or self
        pairs = product(self.any_of, other.any_of)
        return Condition(tuple(dict.fromkeys(tuple(dict.fromkeys(one + two)) for one, two in pairs)))

    def __bool__(self) -> bool:
        """Return whether it says anything: false for the one that always holds."""
        return self.any_of != ((),)

    def __str__(self) -> str:
        """Return it in words."""
        return ", or ".join(" and ".join(clause.text for clause in all_of) for all_of in self.any_of)


ALWAYS = Condition(((),))
"""The condition that always holds."""


def meet(one: Wanted, other: Wanted) -> Wanted | None:
    """Return what two clauses on one parent allow together; None for nothing."""
    if isinstance(one, Between) and isinstance(other, Between):
        lows = [end for end in (one.low, other.low) if end is not None]
        highs = [end for end in (one.high, other.high) if end is not None]
        both = Between(max(lows, default=None), min(highs, default=None))
        return None if lows and highs and max(lows) > min(highs) else both
    listed, by = (other, one) if isinstance(one, Between) else (one, other)
    return tuple(value for value in listed if value in by) or None  # type: ignore[union-attr]


def _wanted(given: Any) -> Wanted:
    if isinstance(given, Between):
        return given
    several = isinstance(given, Sequence) and not isinstance(given, str | bytes)
    return tuple(map(plain, given)) if several else (plain(given),)


def _shown(wanted: Wanted) -> str:
    if isinstance(wanted, Between):
        return repr(wanted)
    alone = len(wanted) == 1 and (isinstance(wanted[0], str | bytes) or not isinstance(wanted[0], Sequence))
    return repr(wanted[0]) if alone else repr(list(wanted))


def _alike(one: Wanted, other: Wanted) -> bool:
    if isinstance(one, Between) or isinstance(other, Between):
        return one == other
    return len(one) == len(other) and all(map(same, one, other))
