"""Params that a library does not know, though its estimators take whatever they are given.

xgboost and LightGBM say so in a warning, in each fit, and train without them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from inspect import Parameter, signature
from typing import Any

import numpy as np

from tunebridge_boosting.names import OTHER_ROUNDS

N_ROWS = 20
"""Rows on which a library is asked."""

BOOSTERS = ("gbtree", "dart", "gblinear")
"""The kinds of xgboost's: what another kind reads is not unknown."""

UNUSED = re.compile(r"Parameters: \{ (.+?) \} are not used")
"""How xgboost says it."""


def by_xgboost(model: Any, names: Sequence[str]) -> list[str]:
    """Return what no booster reads with the objective of a model; none where that needs other data."""
    import xgboost

    params = model.get_params()
    asked = {name: params[name] for name in names}
    found = set(names)
    for booster in BOOSTERS:
        own: dict[str, Any] = (
            {"objective": params["objective"]} if isinstance(params["objective"], str) else {}
        )
        if str(params["objective"]).startswith("multi:"):
            own["num_class"] = 2
        X, y = _rows()
        with warnings.catch_warnings(record=True) as said, xgboost.config_context(verbosity=1):
            warnings.simplefilter("always")
            try:
                given = {**own, **asked, "booster": booster, "validate_parameters": True, "nthread": 1}
                xgboost.train(given, xgboost.DMatrix(X, y), 1)
            except xgboost.core.XGBoostError:
                return []
        named = [match[1] for one in said if (match := UNUSED.search(str(one.message)))]
        found &= {name.strip().strip('"') for listed in named for name in listed.split(",")}
    return [name for name in names if name in found]


def by_lightgbm(model: Any, names: Sequence[str]) -> list[str]:
    """Return what changes no param of a booster of LightGBM's, whose text lists all of them."""
    import lightgbm

    X, y = _rows()
    data = lightgbm.Dataset(X, y, params={"verbose": -1})

    def listed(**given: Any) -> str:
        booster = lightgbm.Booster({"verbose": -1, "num_threads": 1, **given}, data)
        return str(booster.model_to_string()).partition("\nparameters:")[2]

    params, plain = model.get_params(), listed()
    known = {*re.findall(r"\[(\w+):", plain), *OTHER_ROUNDS}

    def is_read(name: str) -> bool:
        try:
            return any(listed(**{name: value}) != plain for value in _tried(params[name]))
        except lightgbm.basic.LightGBMError:
            return True

    return [name for name in names if name not in known and not is_read(name)]


def by_catboost(model: Any, names: Sequence[str]) -> list[str]:
    """Return what a class of CatBoost's does not list; none for a class that takes anything."""
    listed = signature(type(model).__init__).parameters
    takes_all = any(one.kind is Parameter.VAR_KEYWORD for one in listed.values())
    return [] if takes_all else [name for name in names if name not in listed]


def _tried(value: Any) -> tuple[Any, ...]:
    """Return a value and another one, as one of them may be the default."""
    match value:
        case bool():
            return value, not value
        case int():
            return value, value + 1
        case float():
            return value, value / 2
        case _:
            return (value,)


def _rows() -> tuple[Any, Any]:
    y = np.arange(N_ROWS) % 2
    return np.column_stack((y, np.arange(N_ROWS))).astype(float), y
