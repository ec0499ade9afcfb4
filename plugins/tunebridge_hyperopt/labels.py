"""The labels of a graph of hyperopt's: which params its native values are, and the way back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from hyperopt.pyll import Apply, as_apply
from hyperopt.pyll_utils import expr_to_config

from tunebridge import AnyParameter, Categorical, Float, Normal, Space, SpaceError, UnsupportedError
from tunebridge_hyperopt.space import translate


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """A declared space, and how its params are written under the labels of a graph."""

    space: Space
    """What a backend proposes from."""
    params: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    """Return the flat params of the native values of active labels."""
    vals: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    """Return the native value of every active label for flat params."""

    @classmethod
    def of(cls, space: Any) -> Self:
        """Return the labels of a declared space, or of a graph."""
        return cls.of_space(space) if isinstance(space, Space) else cls.of_graph(space)

    @classmethod
    def of_space(cls, space: Space) -> Self:
        """Return the labels of `tunebridge.to_native(space, "hyperopt:tpe")`: full paths."""
        translation = translate(space, {}, backend="hyperopt:tpe")
        paths = {node.path for node in space.nodes}

        def params(vals: Mapping[str, Any]) -> Mapping[str, Any]:
            if unknown := sorted(vals.keys() - paths):
                raise SpaceError([f"{label}: is no parameter of this space" for label in unknown])
            return translation.decode(vals)

        return cls(space=space, params=params, vals=translation.encode)

    @classmethod
    def of_graph(cls, graph: Any) -> Self:
        """Return the labels of a graph in which all of them are active in every trial.

        Raises:
            UnsupportedError: Some label is not, or has a distribution that has no counterpart.
        """
        found: dict[str, Any] = {}
        expr_to_config(as_apply(graph), (), found)
        params = {label: _parameter(label, one["node"], one["conditions"]) for label, one in found.items()}

        def vals(flat: Mapping[str, Any]) -> dict[str, Any]:
            return {label: _native(found[label]["node"], value) for label, value in flat.items()}

        return cls(space=Space(params), params=dict, vals=vals)


def _parameter(label: str, node: Apply, conditions: set[Any]) -> AnyParameter:
    if any(conditions):
        raise UnsupportedError(f"{label}: it is not active in every trial", hint='give algo="hyperopt:tpe"')
    given = {name: one.obj for name, one in node.arg.items() if hasattr(one, "obj")}
    match node.name:
        case "uniform":
            return Float(given["low"], given["high"])
        case "loguniform":
            return Float(math.exp(given["low"]), math.exp(given["high"]), log=True)
        case "quniform":
            low, high = (round(given[end] / given["q"]) * given["q"] for end in ("low", "high"))
            return Float(low, high, step=given["q"])
        case "normal" | "lognormal":
            return Normal(given["mu"], given["sigma"], log=node.name == "lognormal")
        case "randint":
            high = given.get("high")
            return Categorical([*(range(given["low"]) if high is None else range(given["low"], high))])
        case "categorical":
            return Categorical([*range(len(given["p"]))], weights=[*map(float, given["p"])])
        case _:
            raise UnsupportedError(
                f"{label}: {node.name} has no counterpart", hint='give algo="hyperopt:tpe"'
            )


def _native(node: Apply, value: Any) -> Any:
    if node.name != "quniform":
        return value
    return round(value / node.arg["q"].obj) * node.arg["q"].obj
