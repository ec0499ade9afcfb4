"""The options of nevergrad's optimizers: nevergrad itself takes values with which it fails later, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from tunebridge import OptionError
from tunebridge.display.brief import brief

CROSSOVERS = ("onepoint", "twopoints", "rotated_twopoints", "dimension", "random", "parametrization")
MUTATIONS = ("gaussian", "cauchy")
"""Those that draw from the study's own generator; the log-normal ones draw from numpy's global one."""
SIZES = ("small", "standard", "dimension", "large")


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


Rule = tuple[str, Callable[[Any], bool]]

SIZE: Rule = ("a whole number, at least 2", lambda value: value is None or _is_whole(value, 2))
NUMBER: Rule = ("a finite number", _is_number)
FLAG: Rule = ("True or False", lambda value: isinstance(value, bool))

RULES: dict[str, Rule] = {
    "num_workers": ("a whole number, at least 1", lambda value: _is_whole(value, 1)),
    "popsize": SIZE,
    "crossover": (
        f"a float between 0 and 1, or one of {', '.join(CROSSOVERS)}",
        lambda value: (
            value in CROSSOVERS if isinstance(value, str) else _is_number(value) and 0 <= value <= 1
        ),
    ),
    "mutation": (f"one of {', '.join(MUTATIONS)}", lambda value: value in MUTATIONS),
    "scale": ("a number > 0", lambda value: _is_number(value) and value > 0),
    "elitist": FLAG,
    "diagonal": FLAG,
    **dict.fromkeys(("F1", "F2", "omega", "phip", "phig"), NUMBER),
}
"""What each option must be, in words and as a test."""

OF_DE: dict[str, Rule] = {
    "popsize": (
        f"a whole number, at least 4, or one of {', '.join(SIZES)}",
        lambda value: value in SIZES if isinstance(value, str) else _is_whole(value, 4),
    )
}
"""What is different for both kinds of differential evolution."""


def check(name: str, options: Mapping[str, Any]) -> None:
    """Check the options of an optimizer.

    Args:
        name: The name after the colon.
        options: By name; the names are known.

    Raises:
        OptionError: A value is none that works.
    """
    rules = {**RULES, **OF_DE} if name.endswith("de") else RULES
    for option, value in options.items():
        words, fits = rules[option]
        if not fits(value):
            raise OptionError(f"{option} of nevergrad:{name} must be {words}, got {brief(value)}")
