"""scikit-learn's ParameterSampler and ParameterGrid, in their own order.

Neither learns, so no outcome is told to the library; pending, failed and infeasible trials change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.utils import check_random_state
from sklearn.utils.random import sample_without_replacement

from tunebridge import OpenRequest, Outcome, Suggestion, to_natural

MAX_DRAWS = 1_000_000
"""How many points of a space of lists are drawn at most when the number of trials is not known."""


class SklearnSession:
    """One study's pass through points that scikit-learn lists.

    Args:
        request: What the study needs.
        points: The native points, in order.
    """

    def __init__(self, request: OpenRequest, points: Iterable[dict[str, Any]]) -> None:
        """Start at the first point."""
        self._decode = request.translation.decode
        self._points: Iterator[dict[str, Any]] = iter(points)
        self._n_asked = 0

    def ask(self) -> Suggestion | None:
        """Return the next point, or None after the last."""
        for native in self._points:
            self._n_asked += 1
            return Suggestion(self._n_asked - 1, self._decode(native))
        return None

    def tell(self, outcome: Outcome) -> str:
        """Take note of nothing."""
        return "not told: the search does not learn"

    def close(self) -> None:
        """Hold nothing."""


class RandomSession(SklearnSession):
    """One whose state can be kept.

    Args:
        request: What the study needs.
        points: The native points, in order.
        rng: The random numbers that each point is drawn by; None if it is known beforehand which come.
    """

    def __init__(
        self, request: OpenRequest, points: Iterable[dict[str, Any]], rng: np.random.RandomState | None
    ) -> None:
        """Start at the first point."""
        super().__init__(request, points)
        self._rng = rng

    def mark(self, suggestion: Suggestion) -> Mapping[str, Any]:
        """Return nothing: no point depends on the others."""
        return {}

    def state(self) -> Mapping[str, Any]:
        """Return the random numbers."""
        if self._rng is None:
            return {}
        state: Any = self._rng.get_state(legacy=False)
        return {**state, "state": {**state["state"], "key": state["state"]["key"].tolist()}}

    def take_up(self, params: Mapping[str, Any], mark: Mapping[str, Any]) -> Suggestion:
        """Count a point, and leave it out if it would come next."""
        if self._rng is None and next(self._points, None) is None:
            raise LookupError("all points of the space were asked for")
        self._n_asked += 1
        return Suggestion(self._n_asked - 1, params)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Set the random numbers."""
        if self._rng is not None:
            words = np.array(state["state"]["key"], dtype=np.uint32)
            self._rng.set_state({**state, "state": {**state["state"], "key": words}})


def open_random(request: OpenRequest) -> RandomSession:
    """Open a session that draws as `RandomizedSearchCV(n_iter=n_trials, random_state=seed)` does."""
    native = request.translation.build()
    dicts = native if isinstance(native, list) else [native]
    if any(hasattr(entry, "rvs") for one in dicts for entry in one.values()):
        rng = check_random_state(request.seed)
        return RandomSession(request, ParameterSampler(native, 2**62, random_state=rng), rng)
    return RandomSession(request, _distinct(request, _of_lists(ParameterGrid(native), request)), None)


def open_grid(request: OpenRequest) -> SklearnSession:
    """Open a session that visits the grid in the order of `GridSearchCV`."""
    return SklearnSession(request, ParameterGrid(request.translation.build()))


def _of_lists(grid: ParameterGrid, request: OpenRequest) -> Iterator[dict[str, Any]]:
    """Yield all points of lists, in the order of a random search.

    Draws with replacement do not depend on their number, so there is no limit. Draws without do: the first
    are those of the study's own number, and the rest come after them, for a study that is given more later.
    If the study has no number, or rejected points may use some up, all points come shuffled: asked for all
    of them, scikit-learn gives them in the order of the grid.
    """
    wanted = 0 if request.space.constrained else min(request.n_trials or 0, len(grid))
    # As `ParameterSampler` draws from lists; by place, because points may be equal, or look alike.
    rng = check_random_state(request.seed)
    drawn = sample_without_replacement(len(grid), wanted, random_state=rng).tolist() if wanted else []
    yield from map(grid.__getitem__, drawn)
    known = set(drawn)
    for place in _shuffled(len(grid), request.seed):
        if place not in known:
            yield grid[place]


def _distinct(request: OpenRequest, points: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the first of all points that differ in nothing but what is inactive."""
    if not request.space.conditional:
        yield from points
        return
    known = set()
    for native in points:
        active = to_natural(request.space, request.translation.decode(native))
        point = frozenset(active.items())
        if point not in known:
            known.add(point)
            yield native


def _shuffled(size: int, seed: int) -> Iterator[int]:
    """Yield the places of a grid in random order, those of a huge one not all."""
    if size <= MAX_DRAWS:
        yield from check_random_state(seed).permutation(size).tolist()
    else:
        yield from sample_without_replacement(size, MAX_DRAWS, random_state=seed).tolist()
