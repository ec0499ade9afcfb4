"""What the value of an option has to be: each rule says so in words, and tests a value."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Protocol, runtime_checkable

from tunebridge.checks import is_finite, is_int, plain
from tunebridge.display.brief import brief
from tunebridge.errors import OptionError, did_you_mean


class OptionRule(Protocol):
    """A rule for the value of one option."""

    def __str__(self) -> str:
        """Return what it has to be, after "must be"."""

    def fits(self, value: Any) -> bool:
        """Return whether a value is that."""


@runtime_checkable
class Advising(Protocol):
    """A rule that knows what to do about a value that breaks it."""

    def advice(self, value: Any) -> str:
        """Return it, for the hint."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number; True and False are none."""

    low: int
    """The least."""

    def __str__(self) -> str:
        """Name the bound."""
        return f"an integer >= {self.low}"

    def fits(self, value: Any) -> bool:
        """Compare with the bound."""
        return is_int(value) and value >= self.low


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A finite number; True and False are none."""

    above: float = -inf
    """What it is above."""
    low: float = -inf
    """The least."""
    high: float = inf
    """The greatest."""

    def __str__(self) -> str:
        """Name the bounds."""
        named = [(">", self.above), (">=", self.low), ("<=", self.high)]
        bounds = [f"{sign} {bound:g}" for sign, bound in named if abs(bound) != inf]
        return f"a number {' and '.join(bounds)}" if bounds else "a finite number"

    def fits(self, value: Any) -> bool:
        """Compare with the bounds."""
        return is_finite(value) and value > self.above and self.low <= value <= self.high


class OneOf:
    """One of a few values, each of its own type: 1 is not True.

    Args:
        *values: They.
    """

    def __init__(self, *values: Any) -> None:
        """Hold them."""
        self.values = values

    def __str__(self) -> str:
        """List them."""
        *rest, last = map(repr, self.values)
        return f"{', '.join(rest)} or {last}" if rest else last

    def fits(self, value: Any) -> bool:
        """Look for the value."""
        given = plain(value)
        return any(type(given) is type(one) and given == one for one in self.values)


class Either:
    """What one of several rules says.

    Args:
        *rules: They.
    """

    def __init__(self, *rules: OptionRule) -> None:
        """Hold them."""
        self.rules = rules

    def __str__(self) -> str:
        """Say all."""
        return ", or ".join(map(str, self.rules))

    def fits(self, value: Any) -> bool:
        """Ask each."""
        return any(rule.fits(value) for rule in self.rules)


def check_options(owner: str, rules: Mapping[str, OptionRule], options: Mapping[str, Any]) -> None:
    """Check the values of options, as far as there are rules for them.

    Args:
        owner: Whose they are, in an error.
        rules: By name.
        options: The values given, by name.

    Raises:
        OptionError: Some values break their rules; the message names each.
    """
    wrong = [name for name, value in options.items() if name in rules and not rules[name].fits(value)]
    if wrong:
        faults = (f"{name} of {owner} must be {rules[name]}, got {brief(options[name])}" for name in wrong)
        raise OptionError("; ".join(faults), hint=_advice(rules, wrong, options))


def _advice(rules: Mapping[str, OptionRule], wrong: list[str], options: Mapping[str, Any]) -> str:
    """Return what rules advise, and what to do about texts: the names that were meant, the values shown."""
    advised = [rule.advice(options[name]) for name in wrong if isinstance(rule := rules[name], Advising)]
    texts = {name: options[name] for name in wrong if isinstance(options[name], str)}
    meant = {name: value for name, text in texts.items() if rules[name].fits(value := _read(text))}
    misspelt = [did_you_mean(text, names) for name, text in texts.items() if (names := _names(rules[name]))]
    written = ", ".join(f"{name}={value}" for name, value in meant.items())
    return "; ".join([*advised, *misspelt, *([f"write {written}"] if written else [])])


def _names(rule: OptionRule) -> list[str]:
    """Return the texts that fit."""
    if isinstance(rule, Either):
        return [name for one in rule.rules for name in _names(one)]
    return [one for one in rule.values if isinstance(one, str)] if isinstance(rule, OneOf) else []


def _read(text: str) -> Any:
    """Return the number, or the True, False or None, that a text shows; the text itself if it shows none."""
    try:
        return literal_eval(text.strip().capitalize())
    except (SyntaxError, ValueError):
        return text
