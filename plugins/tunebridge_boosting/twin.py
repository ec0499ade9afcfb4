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

N_CLASSES = (2, 3)
"""How many classes, whichever the model takes: an objective for several refuses two."""


def fault_of(way: Way, model: Any, changed: Mapping[str, Any]) -> str:
    """Return what is wrong with the values of changes; nothing if a small model trains with them.

    Where none trains without them, as with what fits its own data alone, nothing can be said of them.

    Args:
        way: How models of its library grow.
        model: Whose params the small one has.
        changed: New values by name.
    """
    for n_classes in N_CLASSES if is_classifier(model) else N_CLASSES[:1]:
        growth = _small(way, model, n_classes)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if not _grows(growth):
                    continue
                growth.change(changed)
                growth.grow(2)
        except Exception as error:  # noqa: BLE001 - a library may raise anything for a value
            return brief_text(str(error).splitlines()[0])
        finally:
            growth.close()
        return ""
    return ""


def _small(way: Way, model: Any, n_classes: int) -> WaitingGrowth:
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(N_ROWS, N_FEATURES))
    y = np.arange(N_ROWS) % n_classes if is_classifier(model) else X[:, 0]
    small = way.small(clone(model), 2)
    return WaitingGrowth(way, GrowthRequest(model=small, X=X, y=y, params=way.of_fit(small, N_ROWS)))


def _grows(growth: WaitingGrowth) -> bool:
    try:
        growth.grow(1)
    except Exception:  # noqa: BLE001 - a library may raise anything for data that are not its own
        return False
    return True
