"""How scikit-learn's histogram boosting grows by rounds: by warm starts, which lose nothing on the way.

A warm start bins, splits rows off and samples by the seed that the first part has drawn, and its columns by a
generator that goes on; so the parts are one training, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.base import clone, is_classifier

from tunebridge import GrowthRequest
from tunebridge_sklearn.bins import Bins
from tunebridge_sklearn.live import ASSUMED_FEATURES
from tunebridge_sklearn.live import faults as faults_of
from tunebridge_sklearn.twin import Unit

LARGE = 10_000
"""Of more rows than that, `early_stopping="auto"` stops early."""

PLANNED = "the rounds of a model are planned when it begins"
"""Why what says how many there are cannot change."""

OF_ROUNDS = ("early_stopping", "max_iter", "n_iter_no_change", "scoring", "tol", "validation_fraction")
"""What says how many there are."""

OF_ITS_DATA = ("categorical_features", "class_weight", "interaction_cst", "monotonic_cst")
"""Params that fit the data of a model alone."""


class HistogramGrowth:
    """A model of histogram boosting that grows by rounds.

    Args:
        request: What it grows from.
    """

    def __init__(self, request: GrowthRequest) -> None:
        """Make ready; nothing is trained yet."""
        self._model, self._X, self._y = request.model, request.X, request.y
        self._own = self._model.get_params(deep=False)
        self._is_begun = request.state is not None
        if self._is_begun and request.state is not self._model:
            self._model.__setstate__(request.state.__getstate__())
            self._model.set_params(**self._own)
        self._stops, self._params = _ruled(request)
        self._changed: set[str] = set()
        self._bins, self._is_warm = Bins(), False
        self.is_over = False

    @property
    def n_rounds(self) -> int | None:
        """How many rounds a rule to stop early has left; None without one, or before the end."""
        return int(self._model.n_iter_) if self._stops and self.is_over else None

    def grow(self, n_rounds: int) -> Any:
        """Train until there are so many rounds, and return the estimator.

        Raises:
            Exception: Whatever the training raises.
        """
        if self.is_over:
            return self._model
        most = rounds(self._model)
        given = {"max_iter": most, "warm_start": self._own["warm_start"]}
        try:
            self._model.set_params(
                max_iter=min(n_rounds, most), warm_start=self._is_begun or given["warm_start"]
            )
            with self._bins.used(self._model, is_warm=self._is_warm):
                self._model.fit(self._X, self._y, **self._params)
        finally:
            # Left on, a warm start would let the user's next `fit` of the best model do nothing.
            self._model.set_params(**given)
        self._is_begun = self._is_warm = True
        if n_rounds >= most or (self._stops and _has_stopped(self._model)):
            self._end()
        return self._model

    def change(self, changed: Mapping[str, Any]) -> None:
        """Give the model new params, which hold from the next round on."""
        self._changed = {*self._changed, *changed}
        self._model.set_params(**changed)

    def state(self) -> Any:
        """Return the model: it holds all that it goes on with."""
        return self._model

    def close(self) -> None:
        """Let go of its rows; nothing waits."""
        self._bins = Bins()

    def _end(self) -> None:
        """Give the model back the params that it began with."""
        self.is_over = True
        self._bins = Bins()
        self._model.set_params(**{name: self._own[name] for name in self._changed})


def rounds(model: Any) -> int:
    """Return how many rounds one `fit` has at most."""
    return int(model.max_iter)


def faults(model: Any, changed: Mapping[str, Any]) -> dict[str, str]:
    """Return why params cannot change between rounds, by name; nothing if they can.

    Args:
        model: An estimator with its params set.
        changed: New values by name.
    """
    found = {name: PLANNED for name in changed if name in OF_ROUNDS}
    known = model.get_params(deep=False)
    small = clone(model).set_params(**{name: None for name in OF_ITS_DATA if name in known})
    classes = (0, 1) if is_classifier(model) else ()
    return found or faults_of(small, changed, Unit.WARM_START, n_features=ASSUMED_FEATURES, classes=classes)


def _ruled(request: GrowthRequest) -> tuple[bool, dict[str, Any]]:
    """Return whether a rule to stop early holds, and the params of `fit`, with the rows that it decides by.

    Without rows it is put aside for good: what the model was is said by its number of rounds.
    """
    model, params = request.model, dict(request.params)
    if not _has_rule(model, request.X):
        return False, params
    if params.get("X_val") is not None:
        return True, params
    if request.valid is None:
        model.set_params(early_stopping=False)
        return False, params
    if model.validation_fraction is not None:  # Else the user has it go by the training rows.
        params["X_val"], params["y_val"] = request.valid
    return True, params


def _has_rule(model: Any, X: Any) -> bool:
    if model.early_stopping != "auto":
        return bool(model.early_stopping)
    return (X.shape[0] if hasattr(X, "shape") else len(X)) > LARGE


def _has_stopped(model: Any) -> bool:
    """Return whether a rule has stopped a model after its last round: no score of late was better."""
    scores = model.validation_score_ if len(model.validation_score_) else model.train_score_
    reference, *late = scores[-model.n_iter_no_change - 1 :]
    return len(late) == model.n_iter_no_change and not any(score > reference + model.tol for score in late)
