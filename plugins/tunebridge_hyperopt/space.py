"""A space in hyperopt's words.

Every decision:

- Float is `hp.uniform`, with `log` `hp.loguniform`, which takes the logs of the bounds.
- Int is `scope.int(hp.quniform(label, low - .5, high + .5, 1))`: both ends at full weight (`hp.quniform` and
  `hp.uniformint` give them half), and TPE sees the order (it takes `hp.randint` as unordered); with `log` the
  same over `hp.qloguniform`.
- Stepped and Ordinal parameters are that Int form over the index: `hp.quniform` alone is anchored at 0.
- Categorical is `hp.choice` over labels, weighted `hp.pchoice`; branches are a tree of them.
- What is active under some labels of one choice stands under each of them, as one and the same object. What
  depends on numbers, or on several parameters, is drawn in any case, and dropped where it is inactive.
- Normal is `hp.normal`, with `log` `hp.lognormal`.
- Labels are full paths, so that one name may stand in two branches.
- Constants and other parameters of one value never travel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never

from tunebridge import (
    AnyParameter,
    Call,
    Categorical,
    Condition,
    Constant,
    Fidelity,
    Float,
    Int,
    Node,
    Normal,
    Ordinal,
    Space,
    TranslatedParameter,
    Translation,
    fold,
)

Beside = tuple[Condition, ...]
"""Conditions that no branch expresses."""


def translate(space: Space, options: Mapping[str, Any], *, backend: str) -> Translation:
    """Translate for every sampler of hyperopt."""
    flat = Translation.by_value(
        space,
        backend=backend,
        parameters=_rows(space),
        build=lambda: _build(space),
        from_native=from_native,
        to_native=to_native_value,
    )
    return replace(flat, decode=lambda native: flat.decode(_flattened(native)))


def expression(node: Node) -> Call:
    """Return the expression that draws a parameter; a choice draws its label."""
    match node.parameter:
        case Float(step=None, log=False) as number:
            return Call("hp.uniform", (node.path, number.low, number.high))
        case Float(step=None) as number:
            return Call("hp.loguniform", (node.path, _log(number.low), _log(number.high)))
        case Int(step=None, log=False) as number:
            return _integer("hp.quniform", node.path, number.low - 0.5, number.high + 0.5)
        case Int(step=None) as number:
            return _integer("hp.qloguniform", node.path, _log(number.low - 0.5), _log(number.high + 0.5))
        case Float() | Int() | Ordinal() as listed:
            return _integer("hp.quniform", node.path, -0.5, (listed.size or 1) - 0.5)
        case Normal(log=log) as normal:
            return Call("hp.lognormal" if log else "hp.normal", (node.path, normal.mean, normal.sd))
        case Categorical() as choice:
            return _choice(node.path, choice, list(choice.labels))
        case Constant() as constant:
            return Call("hp.choice", (node.path, [constant.value]))
        case _:
            assert_never(node.parameter)


def from_native(parameter: AnyParameter, native: Any) -> Any:
    """Return the declared value of a native one: drawn, evaluated by `space_eval`, or returned by `fmin`."""
    match parameter:
        case Float(step=None):
            return parameter.settle(native)
        case Int(step=None):
            return _settled(native, parameter.low, parameter.high)
        case Float() | Int() | Ordinal():
            return parameter.at(_settled(native, 0, (parameter.size or 1) - 1))
        case Normal():
            return parameter.read(native)
        case Categorical() if isinstance(native, str):
            return parameter.from_natural(native)
        case Categorical():
            return parameter.shown[Int(0, len(parameter.labels) - 1).read(native)]
        case Constant():
            return parameter.value
        case _:
            assert_never(parameter)


def to_native_value(parameter: AnyParameter, value: Any) -> Any:
    """Return the native number of a declared value: choices and ordinals as indices."""
    match parameter:
        case Float(step=None) | Normal():
            return value
        case Int(step=None):
            return float(value)
        case Float() | Int() | Ordinal():
            return float(parameter.index(value))
        case Categorical():
            return parameter.index(value)
        case Constant():
            return 0
        case _:
            assert_never(parameter)


def _settled(native: Any, low: int, high: int) -> int:
    """Return a whole number inside its bounds; a draw of exactly half a unit outside rounds past them."""
    return min(max(Int(low - 1, high + 1).read(native), low), high)


def _log(bound: float) -> Call:
    return Call("log", (bound,))


def _integer(function: str, path: str, low: object, high: object) -> Call:
    return Call("scope.int", (Call(function, (path, low, high, 1)),))


def _choice(path: str, choice: Categorical, options: list[Any]) -> Call:
    if choice.weighted:
        return Call("hp.pchoice", (path, list(zip(choice.probabilities, options, strict=True))))
    return Call("hp.choice", (path, options))


def _build(space: Space) -> Any:
    from hyperopt import hp
    from hyperopt.pyll import scope

    names = ("uniform", "loguniform", "quniform", "qloguniform", "normal", "lognormal", "choice", "pchoice")
    functions: dict[str, Any] = {f"hp.{name}": getattr(hp, name) for name in names}
    functions |= {"scope.int": scope.int, "log": math.log}

    def leaf(node: Node, beside: Beside) -> Any:
        # Built now: a label may stand under several others if it is one and the same object there.
        return expression(node).build(functions)

    def choice(node: Node, branches: Mapping[str, Mapping[str, Any]], beside: Beside) -> Any:
        """Return a choice between dicts: a label, and what is active under it."""
        options = [{node.path: label, **inside} for label, inside in branches.items()]
        return _choice(node.path, node.parameter, options).build(functions)  # type: ignore[arg-type]

    return fold(space, leaf, choice)


def _flattened(native: Mapping[str, Any]) -> dict[str, Any]:
    """Lift the entries of nested branches to the top."""
    flat: dict[str, Any] = {}
    for path, value in native.items():
        flat.update(_flattened(value) if isinstance(value, Mapping) else {path: value})
    return flat


def _rows(space: Space) -> list[TranslatedParameter]:
    """Return the rows: what no branch expresses is drawn in any case, and dropped where it is inactive."""
    branching, loose = set(), {}

    def leaf(node: Node, beside: Beside) -> None:
        loose[node.path] = " and ".join(map(str, beside))

    def choice(node: Node, branches: Mapping[str, Any], beside: Beside) -> None:
        branching.add(node.path)
        leaf(node, beside)

    fold(space, leaf, choice)
    return [
        TranslatedParameter.of(
            node, expression(node), *_fidelity(node.parameter, tree=node.path in branching)
        ).dropped_unless(loose.get(node.path, ""))
        for node in space.nodes
    ]


def _fidelity(parameter: AnyParameter, *, tree: bool) -> tuple[Fidelity, str]:
    match parameter:
        case Int(step=None):
            return Fidelity.EMULATED, "bounds half a unit wider, so that the ends keep full weight"
        case Int() | Ordinal() | Float(step=float()):
            return Fidelity.EMULATED, "its index, so that TPE sees the order and the first value is low"
        case Categorical() if tree:
            return Fidelity.EXACT, "a tree of branches under full paths"
        case Categorical():
            return Fidelity.EXACT, "travels as labels"
        case _:
            return Fidelity.EXACT, ""
