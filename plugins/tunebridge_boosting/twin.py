"""A small booster with the same params, which shows what a change does before the real one is changed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier

from tunebridge import GrowthRequest
from tunebridge.display.brief import brief_text
from tunebridge_boosting.growth import WaitingGrowth, Way

N_ROWS = 100
"""Rows that a small model learns."""

N_FEATURES = 6
"""How many features they have."""


def fault_of(way: Way, model: Any, changed: Mapping[str, Any]) -> str:
    """Return what is wrong with the values of changes; nothing if a small model trains with them.

    Args:
        way: How models of its library grow.
        model: Whose params the small one has.
        changed: New values by name.
    """
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(N_ROWS, N_FEATURES))
    y = np.arange(N_ROWS) % 2 if is_classifier(model) else X[:, 0]
    small = way.small(clone(model), 2)
    growth = WaitingGrowth(way, GrowthRequest(model=small, X=X, y=y, params=way.of_fit(small, N_ROWS)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            growth.grow(1)
            growth.change(changed)
            growth.grow(2)
    except Exception as error:  # noqa: BLE001 - a library may raise anything for a value
        return brief_text(str(error).splitlines()[0])
    finally:
        growth.close()
    return ""
