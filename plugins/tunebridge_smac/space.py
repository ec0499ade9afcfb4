"""A space in ConfigSpace's words, as SMAC needs it.

Every decision:

- Float is `UniformFloatHyperparameter`, with `log` too. ConfigSpace rounds floats to 13 decimals: where that
  would cut digits that count, or where numbers are too great to be rounded, the float is in units of a
  power of two, and loses nothing on its way.
- Int, stepped and Ordinal parameters of up to 32 values are `OrdinalHyperparameter` over the index, so that
  each point comes once. SMAC's initial designs give both ends of its own integers half their weight.
- Longer ones are a float from half a unit below to half a unit above, rounded here; an Int with `log` is
  that float with `log`.
- Categorical is `CategoricalHyperparameter` over indices: ConfigSpace takes `[1, 1.0, True]` for one choice,
  and returns numpy's texts. A weighted one is a coordinate between 0 and 1, cut where the weights say, as
  SMAC's initial designs ignore ConfigSpace's weights.
- Normal is the quantile of a coordinate between 0 and 1: SMAC's initial designs draw ConfigSpace's own normal
  ones evenly, and its forest takes none that may be inactive.
- Conditions and branches are ConfigSpace's own: see `tunebridge_smac.conditions`.
- Constants and other parameters of one value never travel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge import (
    AnyParameter,
    Categorical,
    Fidelity,
    Float,
    Int,
    Node,
    Normal,
    Ordinal,
    Space,
    TranslatedParameter,
    Translation,
)
from tunebridge_smac.natives import exponent, from_native, hyperparameter, is_listed, to_native

BACKEND = "smac:rf"
EMULATED, EXACT = Fidelity.EMULATED, Fidelity.EXACT

WIDEST = 1e280
"""How many times the lower bound of a `log` float its upper bound may be."""


def translate(space: Space, options: Mapping[str, Any]) -> Translation:
    """Translate for SMAC."""
    return Translation.by_value(
        space,
        backend=BACKEND,
        parameters=[_row(node) for node in space.nodes],
        build=lambda: _build(space),
        from_native=from_native,
        to_native=to_native,
    )


def _row(node: Node) -> TranslatedParameter:
    parameter = node.parameter
    if isinstance(parameter, Float) and parameter.log and parameter.high / parameter.low > WIDEST:
        reason = f"high is more than {WIDEST:g} times low: search its logarithm, as a Float without log"
        return TranslatedParameter.of(node, "", Fidelity.REFUSED, reason)
    fidelity, reason = _fidelity(parameter)
    if node.condition:
        reason += f"{'; ' if reason else ''}a condition of ConfigSpace's: {node.condition}"
    return TranslatedParameter.of(node, hyperparameter(node.path, parameter), fidelity, reason)


def _fidelity(parameter: AnyParameter) -> tuple[Fidelity, str]:
    if is_listed(parameter):
        return EMULATED, "its index in a list: SMAC's first points give the ends of integers half weight"
    match parameter:
        case Float(step=None) as number if unit := exponent(number):
            return EMULATED, f"in units of 2**{-unit}: ConfigSpace rounds to 13 decimals"
        case Float(step=None):
            return EXACT, "ConfigSpace rounds to 13 decimals"
        case Int(step=None):
            return EMULATED, "rounded, from bounds half a unit wider, so that the ends keep full weight"
        case Float() | Int() | Ordinal():
            return EMULATED, "its index, rounded, from bounds half a unit wider"
        case Categorical(weighted=True):
            return EMULATED, "a coordinate cut where the weights say; SMAC's first points ignore weights"
        case Categorical():
            return EXACT, "travels as an index: ConfigSpace takes 1, 1.0 and True for one choice"
        case Normal():
            return EMULATED, "the quantile of a coordinate; SMAC's first points ignore the distribution"
        case _:
            return EXACT, ""


def _build(space: Space) -> Any:
    from tunebridge_smac.building import configuration_space

    return configuration_space(space)
