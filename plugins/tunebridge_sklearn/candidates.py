"""What a search is over, and the candidates of a backend that does not learn."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.utils import check_random_state

from tunebridge import Backend, Problem, Reading, Space, open_study
from tunebridge_sklearn.naming import check_names, check_native
from tunebridge_sklearn.reading import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a search is over."""

    given: Any
    """A `Space`, or what scikit-learn takes."""
    n_trials: int | None
    """Candidates at most; None for all points of a grid."""
    random_state: Any
    """As scikit-learn takes it."""
    feedback: str = "auto"
    """After what a candidate is judged."""
    limits: str = "n_trials or max_seconds"
    """The arguments by which it can be ended."""

    @property
    def seed(self) -> int | None:
        """The seed of a study; None for a fresh one, and one drawn from a RandomState."""
        if self.random_state is None or isinstance(self.random_state, numbers.Integral):
            return None if self.random_state is None else int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def name(self, study: str | None) -> str | None:
        """Return the name of a stored study: the one given, or the one that the seed makes, if it does."""
        if study is None and isinstance(self.random_state, numbers.Integral):
            return f"tunebridge-{self.random_state}"
        return study

    def check_limited(self, backend: Backend, max_seconds: float | None = None) -> None:
        """Check that the search comes to an end.

        Raises:
            ValueError: Nothing ends it.
        """
        if self.n_trials is None and max_seconds is None and not backend.spec.capabilities.finite:
            raise ValueError(f"nothing ends a search on {backend.spec.name}: give {self.limits}")

    def native_search(self, backend: Backend) -> str:
        """Return the backend's name if scikit-learn itself may search the space as given, else nothing."""
        return "" if backend.options or isinstance(self.given, Space) else backend.spec.name

    def read(self, backend: Backend, estimator: BaseEstimator) -> Reading:
        """Return the space.

        Raises:
            TypeError, ValueError: It is none, or the estimator lacks a parameter of it; as the backend's own
                search says it, if it has one.
        """
        if self.native_search(backend) == "sklearn:grid":
            ParameterGrid(self.given)
        reading = read(self.given)
        check_names(reading, estimator)
        return reading


def candidates(plan: Plan, backend: Backend, estimator: BaseEstimator) -> Sequence[dict[str, Any]]:
    """Return all candidates of a backend that does not learn, in order.

    scikit-learn's own spaces are drawn from as they are, by scikit-learn itself.

    Raises:
        ValueError: Nothing ends the search, or the estimator lacks a parameter of the space.
    """
    plan.check_limited(backend)
    name = plan.native_search(backend)
    if name == "sklearn:random":
        drawn: Sequence[dict[str, Any]] = ParameterSampler(
            plan.given, plan.n_trials, random_state=plan.random_state
        )
        check_native(plan.given, estimator)
        return drawn
    if name == "sklearn:grid":
        grid = ParameterGrid(plan.given)
        check_native(plan.given, estimator)
        return grid if plan.n_trials is None else list(islice(grid, plan.n_trials))
    reading = plan.read(backend, estimator)
    problem = Problem(reading.params, reading.space)
    with open_study(problem, backend=backend, n_trials=plan.n_trials, seed=plan.seed) as study:
        return [reading.params(trial) for trial in iter(study.ask, None)]
