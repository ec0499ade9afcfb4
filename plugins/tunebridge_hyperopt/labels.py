"""The labels of a graph of hyperopt's: which params its native values are, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

from tunebridge import Space, SpaceError, read_space
from tunebridge_hyperopt.graph import Graph
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
    def of_graph(cls, graph: Any, on_lossy: Any) -> Self:
        """Return the labels of a graph that is read.

        Raises:
            TranslationError: Some label cannot be read; or is lossy, and `on_lossy` is "error".
        """
        reading = read_space(graph, on_lossy=on_lossy)
        way = cast(Graph, reading.back)
        return cls(space=reading.space, params=way.params, vals=way.natives)
