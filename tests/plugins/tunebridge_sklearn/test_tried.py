"""One try answers for all numbers that are alike, and for no other configuration."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import Perceptron, SGDClassifier, SGDRegressor
from sklearn.neural_network import MLPClassifier

from tunebridge_sklearn import apply
from tunebridge_sklearn.tried import TRIES, effect_faults, try_out
from tunebridge_sklearn.twin import Data, Unit

LABELS = (0, 1, 2)
BY_EPOCHS, WARM = Unit.PARTIAL_FIT, Unit.WARM_START
SGD: tuple[dict[str, Any], ...] = (
    {"eta0": 0.3},
    {"power_t": 0.9},
    {"alpha": 0.2},
    {"l1_ratio": 0.7},
    {"penalty": "l1"},
    {"learning_rate": "adaptive"},
    {"learning_rate": "invscaling", "power_t": 0.8},
    {"average": True},
)
MLP: tuple[dict[str, Any], ...] = ({"alpha": 0.2}, {"momentum": 0.3}, {"learning_rate_init": 0.3})
TREES: tuple[dict[str, Any], ...] = ({"learning_rate": 0.3}, {"subsample": 0.6}, {"max_depth": 2})

CASES: list[tuple[BaseEstimator, Unit, tuple[dict[str, Any], ...]]] = [
    *(
        (SGDClassifier(learning_rate=rate, eta0=0.04, penalty=penalty), BY_EPOCHS, SGD)
        for rate in ("constant", "optimal", "invscaling")
        for penalty in ("l2", "elasticnet")
    ),
    (SGDClassifier(learning_rate="constant", eta0=0.04, penalty=None), BY_EPOCHS, SGD),
    *((SGDRegressor(loss=loss), BY_EPOCHS, ({"epsilon": 0.3},)) for loss in ("squared_error", "huber")),
    *((Perceptron(penalty=one), BY_EPOCHS, ({"l1_ratio": 0.5},)) for one in ("l2", "elasticnet")),
    *((MLPClassifier((4,), solver=one), BY_EPOCHS, MLP) for one in ("sgd", "adam")),
    *((MLPClassifier((4,), solver=one, max_iter=3), WARM, MLP) for one in ("sgd", "adam")),
    (GradientBoostingClassifier(subsample=0.9, warm_start=True), WARM, TREES),
    (HistGradientBoostingClassifier(learning_rate=0.3, warm_start=True), WARM, ({"learning_rate": 0.7},)),
]
"""Models as they are trained, and changes."""


def data(model: BaseEstimator) -> Data:
    return Data(4, () if isinstance(model, SGDRegressor) else LABELS)


@pytest.mark.parametrize("backwards", [False, True])
def test_what_is_remembered_is_what_a_try_of_the_very_values_finds(backwards: bool) -> None:
    TRIES.forget()
    asked = [(model, unit, change) for model, unit, changes in CASES for change in changes]
    for model, unit, change in reversed(asked) if backwards else asked:
        remembered = effect_faults(model, change, unit, data(model))
        if not backwards:
            assert remembered.keys() == try_out(model, change, unit, data(model)).keys(), (model, change)
        assert remembered == effect_faults(model, change, unit, data(model))


@pytest.mark.parametrize(
    ("own", "change", "is_live"),
    [
        ({"learning_rate": "constant"}, {"eta0": 0.5}, True),
        ({"learning_rate": "optimal"}, {"eta0": 0.5}, False),
        ({"learning_rate": "invscaling"}, {"power_t": 0.2}, True),
        ({"learning_rate": "constant"}, {"power_t": 0.2}, False),
        ({"penalty": "elasticnet"}, {"l1_ratio": 0.5}, True),
        ({"penalty": "l2"}, {"l1_ratio": 0.5}, False),
        ({"loss": "hinge"}, {"learning_rate": "optimal"}, True),
    ],
)
def test_one_configuration_does_not_answer_for_another(
    own: dict[str, Any], change: dict[str, Any], is_live: bool
) -> None:
    base = {"eta0": 0.1, "learning_rate": "constant"}
    found = [
        effect_faults(SGDClassifier(**base | others), change, BY_EPOCHS, data(SGDClassifier()))
        for others in ({"learning_rate": "optimal"}, {"penalty": "elasticnet"}, {"penalty": "l2"}, own)
    ]
    assert (not found[-1]) is is_live


def test_solver_and_unit_are_part_of_the_question() -> None:
    change = {"learning_rate_init": 0.3}
    found = [
        bool(effect_faults(MLPClassifier((4,), max_iter=3), change, unit, Data(4, LABELS)))
        for unit in (BY_EPOCHS, WARM, BY_EPOCHS)
    ]
    assert found == [True, False, True]
    found = [
        bool(effect_faults(model, {"beta_1": 0.3}, WARM, Data(4, LABELS)))
        for model in (MLPClassifier((4,), solver=solver, max_iter=3) for solver in ("adam", "sgd", "adam"))
    ]
    assert found == [False, True, False]


def test_a_value_out_of_bounds_is_refused_after_others_of_the_param_were_taken() -> None:
    model = SGDClassifier(learning_rate="constant", eta0=0.1)
    assert effect_faults(model, {"eta0": 0.2}, BY_EPOCHS, data(model)) == {}
    assert "must be a float" in effect_faults(model, {"eta0": -0.2}, BY_EPOCHS, data(model))["eta0"]


def test_each_value_of_a_foreign_estimator_is_tried_for_itself() -> None:
    class Late(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
        """Reads its rate only if that is above a half, so that one value says nothing of another."""

        def __init__(self, rate: float = 0.1) -> None:
            self.rate = rate

        def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Late:
            self.classes_ = np.unique(y)
            self.place_ = getattr(self, "place_", 0.0) + max(self.rate, 0.5)
            return self

        def decision_function(self, X: Any) -> Any:
            return np.full(len(X), self.place_)

    assert effect_faults(Late(), {"rate": 0.9}, BY_EPOCHS, Data(4, LABELS)) == {}
    assert "does not read" in effect_faults(Late(), {"rate": 0.2}, BY_EPOCHS, Data(4, LABELS))["rate"]


def test_a_value_that_is_there_already_is_no_change() -> None:
    rng = np.random.default_rng(0)
    model = SGDClassifier().partial_fit(rng.normal(size=(9, 2)), np.arange(9) % 2, classes=[0, 1])
    apply(model, {"power_t": model.power_t, "random_state": None, "eta0": model.eta0})


def test_a_change_that_was_tried_before_trains_no_model() -> None:
    """By hand: .3 to .6 ms, beside 22 to 50 ms for a try."""
    rng = np.random.default_rng(0)
    model = SGDClassifier(learning_rate="constant", eta0=0.1)
    model.partial_fit(rng.normal(size=(9, 2)), np.arange(9) % 2, classes=[0, 1])
    apply(model, {"eta0": 0.3})
    begun = perf_counter()
    for number in range(100):
        apply(model, {"eta0": 0.3 + number / 1000})
    assert perf_counter() - begun < 100 * 0.008
