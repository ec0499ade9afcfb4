"""scikit-learn's ParameterSampler and ParameterGrid, in their own order.

Neither learns, so no outcome is told to the library; pending, failed and infeasible trials change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sklearn.model_selection import ParameterGrid, ParameterSampler

from tunebridge import OpenRequest, Outcome, Suggestion

MAX_DRAWS = 1_000_000
"""How many points of a space of lists are drawn at once when the number of trials is not known."""


class SklearnSession:
    """One study's pass through points that scikit-learn lists.

    Args:
        request: What the study needs.
        points: The native points, in order.
    """

    def __init__(self, request: OpenRequest, points: Iterable[dict[str, Any]]) -> None:
        """Start at the first point."""
        self._decode = request.translation.decode
        self._points: Iterator[tuple[int, dict[str, Any]]] = enumerate(points)

    def ask(self) -> Suggestion | None:
        """Return the next point, or None after the last."""
        for number, native in self._points:
            return Suggestion(number, self._decode(native))
        return None

    def tell(self, outcome: Outcome) -> str:
        """Take note of nothing."""
        return "not told: the search does not learn"

    def close(self) -> None:
        """Hold nothing."""


def open_random(request: OpenRequest) -> SklearnSession:
    """Open a session that draws as `RandomizedSearchCV(n_iter=n_trials, random_state=seed)` does."""
    native = request.translation.build()
    draws = ParameterSampler(native, _n_iter(native, request), random_state=request.seed)
    return SklearnSession(request, draws)


def open_grid(request: OpenRequest) -> SklearnSession:
    """Open a session that visits the grid in the order of `GridSearchCV`."""
    return SklearnSession(request, ParameterGrid(request.translation.build()))


def _n_iter(native: Any, request: OpenRequest) -> int:
    """Return how many points to draw.

    Draws without replacement depend on their number, so it is the study's own, unless rejected points
    may use some up; draws with replacement do not, so there is no limit.
    """
    dicts = native if isinstance(native, list) else [native]
    if any(hasattr(entry, "rvs") for one in dicts for entry in one.values()):
        return 2**62
    size = len(ParameterGrid(native))
    unlimited = request.n_trials is None or request.space.constrained
    return min(size, MAX_DRAWS if unlimited else request.n_trials or size)
