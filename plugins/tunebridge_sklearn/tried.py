"""What small models have made of changes, tried once for all numbers that are alike.

scikit-learn's own classes read a param, or do not, whatever its exact value is. So one try, with the class's
own defaults, tells for all of them; values out of their bounds are found with the exact ones. Of a class of
somebody else's this is not known, and each value is tried for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from inspect import signature
from typing import Any

from sklearn import get_config
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import BaseEnsemble, HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from threadpoolctl import threadpool_limits

from tunebridge.training.tries import Tries, changed_stand_in, stand_in
from tunebridge_sklearn.private import check_params
from tunebridge_sklearn.twin import RAISED, RESOURCES, Data, Twin, Unit, fault

Params = Mapping[str, Any]
"""Values of params by name."""

READ: tuple[tuple[tuple[type, ...], tuple[str, ...] | None], ...] = (
    ((MLPClassifier, MLPRegressor), ("batch_size", "shuffle")),
    ((BaseEnsemble, HistGradientBoostingClassifier, HistGradientBoostingRegressor), None),
)
"""Params that training reads at each step although little data may not show it, by kind; all for None."""

SILENT = ("n_jobs", "verbose")
"""Params that change nothing of what a model learns, and so may always change."""

UNREAD = ("random_state", *SILENT, *RESOURCES)
"""Params that a small model does not take over."""

TRIES = Tries[dict[str, str]]()
"""What came of those that were made in this process."""


def effect_faults(model: BaseEstimator, changes: Params, unit: Unit, data: Data) -> dict[str, str]:
    """Return what is wrong with changes, by name; nothing if they are right.

    Args:
        model: It has no other step than itself.
        changes: New values.
        unit: What it is trained by.
        data: What it learns from.
    """
    kind: Any = type(model)
    own = model.get_params(deep=False)
    if kind.__module__.startswith("sklearn."):
        # Checked with the exact values, as `fit` does, and as `partial_fit` does in its first call only.
        try:
            check_params(_changed(model, changes))
        except RAISED as error:
            return {", ".join(changes): str(error)}
        usual = _defaults(kind)
        # Params of estimators within stand for themselves, as these do.
        changes = {
            name: changed_stand_in(own[name], value, usual.get(name)) if name in own else value
            for name, value in changes.items()
        }
        own = {name: stand_in(value, usual.get(name)) for name, value in own.items() if name not in UNREAD}
    changes = {name: value for name, value in changes.items() if name not in SILENT}
    if not changes:
        return {}
    question = (kind, _described(own), _described(changes), unit.value, data.shown, get_config())
    return TRIES.find(question, lambda: try_out(clone(model).set_params(**own), changes, unit, data))


def try_out(model: Any, changes: Params, unit: Unit, data: Data) -> dict[str, str]:
    """Return what is wrong with changes, by name: what a small model makes of these very values."""
    # Limited, because many threads take seconds for what is done in a millisecond.
    with threadpool_limits(1):
        twin = Twin(model, unit, data)
        try:
            twin.train(2)
        except RAISED as error:
            return dict.fromkeys(changes, f"it cannot be tried out on a small model ({error})")
        try:
            Twin(clone(model).set_params(**changes), unit, data).train(1)
        except RAISED as error:
            return {", ".join(changes): str(error)}
        resources = () if unit is Unit.PARTIAL_FIT else RESOURCES
        reasons = {
            name: fault(twin, changes, name, is_read=_is_read(model, name))
            for name in changes
            if name not in resources
        }
    return {name: reason for name, reason in reasons.items() if reason}


def _changed(model: BaseEstimator, changes: Params) -> BaseEstimator:
    own = model.get_params(deep=False)
    if changes.keys() <= own.keys():
        return type(model)(**{**own, **changes})
    return clone(model).set_params(**changes)


def _described(params: Params) -> dict[str, Any]:
    """Return params as plain data, so far as they are; estimators among them by their own."""
    return {
        name: (type(value), _described(value.get_params(deep=False)))
        if isinstance(value, BaseEstimator)
        else value
        for name, value in params.items()
    }


def _is_read(model: Any, name: str) -> bool:
    return any(isinstance(model, kinds) and (names is None or name in names) for kinds, names in READ)


@cache
def _defaults(kind: type) -> Params:
    return {name: one.default for name, one in signature(kind).parameters.items()}
