"""A small model with the same params, which shows what a change does before the real one is changed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier

from tunebridge.display.brief import brief

N_ROWS = 200
"""Rows that a small model learns; some trees want 20 of them in each leaf."""

MOST_FEATURES = 64
"""How many features it has at most."""

MOST_CLASSES = 3
"""How many classes it has at most, unless some have weights of their own."""

OUTPUTS = ("decision_function", "predict_proba", "predict", "transform", "score_samples")
"""Methods that show what a model has learned; the first that it has is asked."""

RAISED = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What scikit-learn and others raise for params, and for models that are changed in the middle."""

RESOURCES = ("n_estimators", "max_iter")
"""Params that say how far a warm start trains."""


class Unit(StrEnum):
    """What a model is trained by."""

    PARTIAL_FIT = "partial_fit"
    """Calls of `partial_fit`."""
    WARM_START = "warm_start"
    """Calls of `fit` with `warm_start=True` and more of its resource."""


@dataclass(frozen=True, slots=True)
class Data:
    """What a small model needs to know of the data of a large one."""

    n_features: int
    """How many features there are."""
    classes: tuple[Any, ...] = ()
    """The labels, for a classifier."""

    @property
    def shown(self) -> tuple[int, tuple[Any, ...]]:
        """The features and labels of which random data is made."""
        return min(self.n_features, MOST_FEATURES), self.classes


class Twin:
    """A model that is trained by units on random data.

    Args:
        model: Whose params it has.
        unit: What it is trained by.
        data: What it would learn from.
    """

    def __init__(self, model: BaseEstimator, unit: Unit, data: Data) -> None:
        """Copy the params, and make the data."""
        rng = np.random.default_rng(0)
        n_features, classes = data.shown
        self._unit = unit
        self._model = clone(model)
        params = self._model.get_params(deep=False)
        fixed = {"random_state": 0, "verbose": 0, "n_jobs": None}
        self._model.set_params(**{name: value for name, value in fixed.items() if name in params})
        if not isinstance(params.get("class_weight"), Mapping):
            classes = classes[:MOST_CLASSES]
        self._output = ""
        self._X = rng.uniform(size=(max(N_ROWS, 3 * len(classes)), n_features))
        rows = np.arange(len(self._X))
        self._y = np.asarray(classes)[rows % len(classes)] if len(classes) else rng.normal(size=len(rows))
        self._n_units = 0

    def train(self, n_units: int) -> None:
        """Train it for some more units."""
        for _ in range(n_units):
            self._n_units += 1
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._train()
        if not self._output:
            self._output = next(name for name in OUTPUTS if hasattr(self._model, name))

    def changed(self, params: Mapping[str, Any]) -> Twin:
        """Return a copy with other params."""
        twin = deepcopy(self)
        twin.set_params(params)
        return twin

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Give it other params."""
        self._model.set_params(**params)

    def shown(self) -> Any:
        """Return what it has learned, as an array."""
        return np.asarray(getattr(self._model, self._output)(self._X))

    def _train(self) -> None:
        if self._unit is Unit.PARTIAL_FIT:
            first = is_classifier(self._model) and self._n_units == 1
            self._model.partial_fit(self._X, self._y, **({"classes": np.unique(self._y)} if first else {}))
            return
        known = self._model.get_params(deep=False)
        resource = {name: 2 * self._n_units for name in RESOURCES if name in known}
        self._model.set_params(warm_start=True, **resource).fit(self._X, self._y)


def fault(twin: Twin, changes: Mapping[str, Any], name: str, *, is_read: bool) -> str:
    """Return what is wrong with the change of one param among others; nothing if it is right.

    Args:
        twin: After some training.
        changes: All new values by name.
        name: The param that is asked about.
        is_read: Whether training is known to read it, although little data may not show it.
    """
    others = {one: value for one, value in changes.items() if one != name}
    try:
        with_it, without = twin.changed(changes), twin.changed(others)
        if not _same(with_it.shown(), without.shown()):
            return "it acts on what was trained before, too"
        without.train(2)
    except RAISED as error:
        return f"it cannot be tried out on a small model ({brief(error)})"
    try:
        with_it.train(2)
        is_ignored = not is_read and _same(with_it.shown(), without.shown())
    except RAISED as error:
        return f"its training raises {brief(error)}"
    return "its training does not read it any more" if is_ignored else ""


def _same(one: Any, other: Any) -> bool:
    return one.shape == other.shape and bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
