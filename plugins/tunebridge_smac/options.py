"""The options of SMAC's parts: SMAC itself takes values with which it fails later, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf, isfinite
from typing import Any

from tunebridge import OptionError
from tunebridge.display.brief import brief

Rule = tuple[str, Callable[[Any], bool]]


def _whole(least: int) -> Rule:
    def fits(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and value >= least

    return f"a whole number, at least {least}", fits


def _number(words: str, low: float, high: float, *, above: bool = False) -> Rule:
    def fits(value: Any) -> bool:
        if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
            return False
        return low <= value <= high and not (above and value == low)

    return words, fits


DESIGN: dict[str, Rule] = {
    "n_configs": _whole(0),
    "n_configs_per_hyperparameter": _whole(1),
    "max_ratio": _number("a number > 0, up to 1", 0.0, 1.0, above=True),
}
"""Of the initial design."""

FOREST: dict[str, Rule] = {
    "n_trees": _whole(1),
    "ratio_features": _number("a number > 0, up to 1", 0.0, 1.0, above=True),
    "min_samples_split": _whole(2),
    "min_samples_leaf": _whole(1),
    "max_depth": _whole(1),
    "bootstrapping": ("True or False", lambda value: isinstance(value, bool)),
}
"""Of the forest that stands for the objective."""

ACQUISITION: dict[str, Rule] = {"xi": _number("a finite number >= 0", 0.0, inf)}
"""Of the expected improvement."""

MAXIMIZER: dict[str, Rule] = {"challengers": _whole(1), "local_search_iterations": _whole(1)}
"""Of the search for the best expected improvement."""

RANDOM: dict[str, Rule] = {"probability": _number("a number from 0 to 1", 0.0, 1.0)}
"""Of the random points in between."""

SELECTOR: dict[str, Rule] = {"retrain_after": _whole(1), "retries": _whole(1)}
"""Of what hands proposals out."""

RULES: dict[str, Rule] = {**DESIGN, **FOREST, **ACQUISITION, **MAXIMIZER, **RANDOM, **SELECTOR}
"""What each option must be, in words and as a test."""


def check(options: Mapping[str, Any]) -> None:
    """Check options by name; the names are known.

    Raises:
        OptionError: A value is none that works.
    """
    for option, value in options.items():
        words, fits = RULES[option]
        if not fits(value):
            raise OptionError(f"{option} of smac:rf must be {words}, got {brief(value)}")
