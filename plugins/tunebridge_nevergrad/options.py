"""The options of nevergrad's optimizers: nevergrad itself takes values with which it fails later, or none."""

from __future__ import annotations

from collections.abc import Mapping

from tunebridge import Either, Number, OneOf, OptionRule, Whole

CROSSOVERS = OneOf("onepoint", "twopoints", "rotated_twopoints", "dimension", "random", "parametrization")
MUTATIONS = OneOf("gaussian", "cauchy")
"""Those that draw from the study's own generator; the log-normal ones draw from numpy's global one."""
FLAG = OneOf(True, False)
SIZES = OneOf("small", "standard", "dimension", "large")

RULES: dict[str, OptionRule] = {
    "num_workers": Whole(1),
    "popsize": Either(Whole(2), OneOf(None)),
    "crossover": Either(Number(low=0, high=1), CROSSOVERS),
    "mutation": MUTATIONS,
    "scale": Number(above=0),
    "elitist": FLAG,
    "diagonal": FLAG,
    **dict.fromkeys(("F1", "F2", "omega", "phip", "phig"), Number()),
}
"""What each option must be."""

OF_DE: dict[str, OptionRule] = {"popsize": Either(Whole(4), SIZES)}
"""What is different for both kinds of differential evolution."""


def rules(optimizer: str, options: tuple[str, ...]) -> Mapping[str, OptionRule]:
    """Return the rules of an optimizer's options.

    Args:
        optimizer: The name after the colon.
        options: The names that it takes.
    """
    known = {**RULES, **OF_DE} if optimizer.endswith("de") else RULES
    return {option: known[option] for option in options}
