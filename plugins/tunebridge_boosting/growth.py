"""A model that grows by rounds, in a fit that waits between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tunebridge import GrowthRequest
from tunebridge.training.tries import is_same
from tunebridge_boosting.waiting import Between, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How the models of one library are fitted, shown and changed."""

    library: str
    """Its name."""
    rounds: Callable[[Any], int]
    """How many rounds one `fit` has at most."""
    stops: Callable[[GrowthRequest], bool]
    """Whether a model has a rule to stop early, by rows that are given."""
    fit: Callable[[GrowthRequest, Between], None]
    """Fit, and call what is given after each round with the model of then, until it returns false; from the
    state of the request, go on with the rounds that are left."""
    saved: Callable[[Any], Any]
    """Return what a model that is trained is made of, which can be pickled: the `model` of a state."""
    keeps: Callable[[Any], bool]
    """Whether a model with its params can go on from there."""
    shown: Callable[[GrowthRequest, Any], Any]
    """Take also the model that is trained, and return what predicts as this does at any time."""
    change: Callable[[Any, Mapping[str, Any]], None]
    """Give the model that is trained new params."""
    left: Callable[[Any], int]
    """How many rounds a fitted estimator predicts with."""
    small: Callable[[Any, int], Any]
    """Give a copy of an estimator so many rounds, and take from it what fits its own data alone."""
    of_fit: Callable[[Any, int], Mapping[str, Any]]
    """Take an estimator and a number of rows; return what its `fit` needs besides data."""
    live: Callable[[Any], frozenset[str]]
    """Return the params that the rounds of a model read, under the names of its estimators."""
    names: Mapping[str, str]
    """By other names of these params, those of its estimators."""
    reasons: Mapping[tuple[str, ...], str]
    """Why others cannot change, where it is not that training begins with them."""


class WaitingGrowth:
    """A model of one library that grows by rounds.

    Args:
        way: How its library does it.
        request: What it grows from.
    """

    def __init__(self, way: Way, request: GrowthRequest) -> None:
        """Make ready; nothing is trained yet."""
        self._way = way
        self._request = request
        self._stops = way.stops(request)
        self._most = way.rounds(request.model)
        self._params = request.model.get_params()
        self._training: Any = None
        self._shown: Any = None
        self._n_rounds = 0 if request.state is None else int(request.state["n_rounds"])
        self._fit = Waiting(lambda between: way.fit(request, between), way.library, self._n_rounds)

    @property
    def n_rounds(self) -> int | None:
        """How many rounds a rule to stop early has left; None without one, or before the end."""
        return self._way.left(self._request.model) if self._stops and self.is_over else None

    @property
    def is_over(self) -> bool:
        """Whether it grows no more."""
        return self._fit.is_over

    def grow(self, n_rounds: int) -> Any:
        """Train until there are so many rounds, and return what predicts as the model of now does.

        Raises:
            Exception: Whatever the training raises.
        """
        if not self.is_over:
            before = self._training
            self._training = self._fit.until(math.inf if n_rounds >= self._most else n_rounds)
            self._n_rounds = n_rounds
            if self.is_over:
                self._shown = self._request.model
            elif self._training is not before:
                self._shown = self._way.shown(self._request, self._training)
        return self._shown

    def change(self, changed: Mapping[str, Any]) -> None:
        """Give the model new params, which hold from the next round on.

        It gets no value that it has: LightGBM draws columns anew for each that it is given.
        """
        own = {name: self._way.names.get(name, name) for name in changed}
        news = {name: one for name, one in changed.items() if not is_same(one, self._params.get(own[name]))}
        self._params |= {own[name]: one for name, one in news.items()}
        if news:
            self._way.change(self._training, news)

    def state(self) -> Any:
        """Return the model as it is trained, without the state of its random numbers, and its rounds."""
        return {"model": self._way.saved(self._training), "n_rounds": self._n_rounds}

    def close(self) -> None:
        """Let go of a model that grows no more."""
        self._fit.close()
