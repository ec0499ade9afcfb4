"""Explores as Jaderberg et al. (2017) do: each param of a copy is moved a little, or drawn anew."""

from __future__ import annotations

from typing import Any

from tunebridge.population.explorer import Exploration, ExplorerRequest, Interval
from tunebridge.population.moves import drawn, moved


class Perturbation:
    """Moves each param by itself, and learns nothing.

    Args:
        request: What the study needs.
    """

    def __init__(self, request: ExplorerRequest) -> None:
        """Hold the space and the factors."""
        self._space = request.space
        self._factors = request.population.factors
        self._resample = request.population.resample

    def explore(self, copied: Exploration) -> dict[str, Any]:
        """Return the params moved by one of the factors, or drawn anew."""
        nodes, found = self._space.active(copied.params), {}
        for name in copied.names:
            parameter, value = nodes[name].parameter, copied.params[name]
            anew, factor = copied.rng.random() < self._resample, copied.rng.choice(self._factors)
            found[name] = drawn(parameter, value, copied.rng) if anew else moved(parameter, value, factor)
        return found

    def observe(self, interval: Interval) -> None:
        """Learn nothing."""
