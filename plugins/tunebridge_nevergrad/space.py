"""A space in nevergrad's words.

Every decision:

- Float is `ng.p.Scalar` between its bounds, with `log` `ng.p.Log`, which overshoots its bounds by a
  hair: what comes back is settled inside them.
- Int is a Scalar from half a unit below to half a unit above, rounded here (`set_integer_casting` gives both
  ends half their weight); with `log` the same over Log.
- Stepped and Ordinal parameters are that Int form over the index.
- Categorical is `ng.p.Choice` over labels. It has no weights: a weighted one is a coordinate between 0 and 1,
  cut where the weights say.
- Normal is a Scalar without bounds that begins at the mean with the standard deviation as sigma; with `log`
  it is that of the logarithm.
- Constants and other parameters of one value never travel.
- Conditions are refused: nevergrad would learn from what it drew of inactive parameters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, assert_never

from tunebridge import (
    AnyParameter,
    Call,
    Categorical,
    Constant,
    Fidelity,
    Float,
    Int,
    Normal,
    Ordinal,
    Space,
    TranslatedParameter,
    Translation,
)

EMULATED, EXACT = Fidelity.EMULATED, Fidelity.EXACT


def translate(space: Space, options: Mapping[str, Any], *, backend: str) -> Translation:
    """Translate for every optimizer of nevergrad."""
    rows = [
        TranslatedParameter.of(node, _call(node.parameter), *_fidelity(node.parameter))
        for node in space.nodes
    ]
    return Translation.by_value(
        space,
        backend=backend,
        parameters=rows,
        build=lambda: _build(space),
        from_native=_from_native,
        to_native=_to_native,
    )


def _call(parameter: AnyParameter) -> Call:
    """Return the call that makes the native of a parameter."""
    match parameter:
        case Float(step=None, log=log) as number:
            return _between(number.low, number.high, log=log)
        case Int(step=None, log=log) as number:
            return _between(number.low - 0.5, number.high + 0.5, log=log)
        case Float() | Int() | Ordinal() as listed:
            return _between(-0.5, (listed.size or 1) - 0.5)
        case Normal() as normal:
            begin = Call("ng.p.Scalar", (), {"init": float(normal.mean)})
            return Call("ng.p.Scalar.set_mutation", (begin,), {"sigma": float(normal.sd)})
        case Categorical(weighted=True):
            return _between(0.0, 1.0)
        case Categorical() as choice:
            return Call("ng.p.Choice", (list(choice.labels),))
        case Constant():
            return Call("ng.p.Constant", ())
        case _:
            assert_never(parameter)


def _between(low: float, high: float, *, log: bool = False) -> Call:
    return Call("ng.p.Log" if log else "ng.p.Scalar", (), {"lower": float(low), "upper": float(high)})


def _from_native(parameter: AnyParameter, native: Any) -> Any:
    """Return the declared value of a native one."""
    match parameter:
        case Float(step=None):
            return parameter.settle(float(native))
        case Int(step=None):
            return _rounded(native, parameter.low, parameter.high)
        case Float() | Int() | Ordinal():
            return parameter.at(_rounded(native, 0, (parameter.size or 1) - 1))
        case Normal(log=log):
            return parameter.read(math.exp(native) if log else float(native))
        case Categorical(weighted=True):
            return parameter.quantile(float(native))
        case Categorical():
            return parameter.from_natural(native)
        case Constant():
            return parameter.value
        case _:
            assert_never(parameter)


def _to_native(parameter: AnyParameter, value: Any) -> Any:
    """Return the native value of a declared one."""
    match parameter:
        case Float(step=None) | Int(step=None):
            return float(value)
        case Float() | Int() | Ordinal():
            return float(parameter.index(value))
        case Normal(log=log):
            return math.log(value) if log else float(value)
        case Categorical(weighted=True):
            return parameter.cdf(value)
        case Categorical():
            return parameter.labels[parameter.index(value)]
        case Constant():
            return parameter.value
        case _:
            assert_never(parameter)


def _rounded(native: Any, low: int, high: int) -> int:
    """Return the whole number inside the bounds; exactly half a unit outside rounds past them."""
    return min(max(round(float(native)), low), high)


def _fidelity(parameter: AnyParameter) -> tuple[Fidelity, str]:
    match parameter:
        case Int(step=None):
            return EMULATED, "rounded, from bounds half a unit wider, so that the ends keep full weight"
        case Int() | Ordinal() | Float(step=float()):
            return EMULATED, "its index, rounded"
        case Categorical(weighted=True):
            return EMULATED, "a coordinate cut where the weights say; nevergrad's choices have none"
        case Normal(log=True):
            return EMULATED, "the logarithm of it"
        case _:
            return EXACT, ""


def _build(space: Space) -> Any:
    """Make the native space; nevergrad draws from numpy's global generator as it makes bounds."""
    import nevergrad as ng
    import numpy as np

    scalar = ng.p.Scalar
    functions: dict[str, Any] = {"ng.p.Scalar": scalar, "ng.p.Scalar.set_mutation": scalar.set_mutation}
    functions |= {"ng.p.Log": ng.p.Log, "ng.p.Choice": ng.p.Choice}
    drawn = np.random.get_state()  # noqa: NPY002 - it is the global one that is put back
    try:
        free = [node for node in space.nodes if not node.fixed]
        return ng.p.Dict(**{node.path: _call(node.parameter).build(functions) for node in free})
    finally:
        np.random.set_state(drawn)  # noqa: NPY002
