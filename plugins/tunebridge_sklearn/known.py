"""The classes that are known to train in steps what one `fit` does, and a small check for all others."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from tunebridge_sklearn.private import safe_split
from tunebridge_sklearn.training import Feedback, Procedure, Training

BOOSTED = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")
"""Those with `warm_start` whose `max_iter` counts what has been trained; of others it limits each `fit`."""

KNOWN = {
    Feedback.EPOCHS: (
        "MLPClassifier",
        "MLPRegressor",
        "PassiveAggressiveClassifier",
        "PassiveAggressiveRegressor",
        "Perceptron",
        "SGDClassifier",
        "SGDOneClassSVM",
        "SGDRegressor",
    ),
    Feedback.STAGES: (
        "BaggingClassifier",
        "BaggingRegressor",
        "ExtraTreesClassifier",
        "ExtraTreesRegressor",
        "GradientBoostingClassifier",
        "GradientBoostingRegressor",
        *BOOSTED,
        "IsolationForest",
        "RandomForestClassifier",
        "RandomForestRegressor",
        "RandomTreesEmbedding",
    ),
}
"""scikit-learn's classes, each tried by a test. Epochs visit the rows in an order of their own."""

OUTPUTS = ("predict_proba", "decision_function", "predict", "transform")
"""The methods by which two models are compared: the first that there is."""

N_ROWS = 100
"""How many rows a check is made on."""

N_STAGES = 4
"""How many stages it has."""


def is_one_of(kind: type, names: tuple[str, ...]) -> bool:
    """Return whether a class is one of scikit-learn's, or overrides nothing of it but the constructor."""
    own: set[str] = set()
    for base in kind.__mro__:
        if base.__module__.startswith("sklearn.") and base.__name__ in names:
            return not any(hasattr(base, name) for name in own)
        own.update(name for name, one in vars(base).items() if _is_code(one) and not name.startswith("__"))
    return False


@dataclass(frozen=True, slots=True)
class Check:
    """Data on which a model may show that its stages train what one `fit` does."""

    X: Any
    """Shape (n_samples, n_features)."""
    y: Any
    """Targets, or None."""

    def shows(self, model: BaseEstimator, procedure: Procedure) -> bool:
        """Return whether some stages and one `fit` are equal where two fits are, and fewer stages are not."""
        if procedure.feedback is not Feedback.STAGES:
            return False
        small = clone(model).set_params(**{procedure.resource: N_STAGES, "warm_start": False})
        if "random_state" in small.get_params(deep=False):
            small.set_params(random_state=0)
        fewer = clone(small).set_params(**{procedure.resource: N_STAGES // 2})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                whole, again, half = (self._outputs(one, Procedure()) for one in (small, small, fewer))
                staged = self._outputs(small, procedure)
            except Exception:  # noqa: BLE001  # a model that cannot be trained on so little shows nothing
                return False
        return bool(
            np.array_equal(whole, again) and np.array_equal(whole, staged) and not np.array_equal(whole, half)
        )

    def _outputs(self, model: BaseEstimator, procedure: Procedure) -> Any:
        """Train a copy of a model on some rows, and return what it makes of them."""
        n_rows = self.X.shape[0] if hasattr(self.X, "shape") else len(self.X)
        rows = np.unique(np.linspace(0, n_rows - 1, N_ROWS).astype(int))
        X, y = safe_split(model, self.X, self.y, rows)
        training = Training(clone(model))
        for step in procedure.steps(training.model):
            training.advance(procedure, X, y, step, {})
        method = next(name for name in OUTPUTS if hasattr(training.model, name))
        found = getattr(training.model, method)(X)
        return found.toarray() if hasattr(found, "toarray") else np.asarray(found)


def _is_code(member: object) -> bool:
    return isinstance(member, FunctionType | property | classmethod | staticmethod)
