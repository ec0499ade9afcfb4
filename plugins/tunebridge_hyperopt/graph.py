"""A graph of hyperopt's with the parameters that were read of it: the way back from params to its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hyperopt.pyll import Apply, rec_eval

from tunebridge_hyperopt.drawn import Way


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph of hyperopt's. Params have its labels for names; inactive ones are absent."""

    root: Apply
    """The graph."""
    nodes: Mapping[str, Apply]
    """The node of each label."""
    ways: Mapping[str, Way]
    """How the values of each label become hyperopt's numbers, and come back."""

    def __call__(self, params: Mapping[str, Any]) -> Any:
        """Return the point that the graph makes of flat params, as `fmin` hands it to an objective."""
        natives = self.natives(params)
        return rec_eval(self.root, memo={self.nodes[label]: native for label, native in natives.items()})

    def natives(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return hyperopt's number of every active label: an index for a choice, as `Trials` keep it."""
        return {label: self.ways[label].to_native(value) for label, value in params.items()}

    def params(self, natives: Mapping[str, Any]) -> dict[str, Any]:
        """Return the flat params of hyperopt's numbers of all active labels.

        Raises:
            ValueError: A number is out of the bounds of its label.
        """
        return {label: self.ways[label].from_native(native) for label, native in natives.items()}
