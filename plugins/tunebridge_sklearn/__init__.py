"""scikit-learn behind tunebridge, and tunebridge inside scikit-learn.

Its random and grid search are backends, and every backend is a search estimator: `TuneSearchCV`. Importing
this package loads no scikit-learn; the names below do.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunebridge_sklearn.live import apply
    from tunebridge_sklearn.search_cv import TuneGridSearchCV, TuneRandomizedSearchCV, TuneSearchCV
    from tunebridge_sklearn.successive import halving
    from tunebridge_sklearn.validation import cross_validation

__all__ = [
    "TuneGridSearchCV",
    "TuneRandomizedSearchCV",
    "TuneSearchCV",
    "apply",
    "cross_validation",
    "halving",
]

fingerprint_version = 1
"""Its code is not compared when a stored study goes on: its objectives state versions of their own."""

MODULES = {
    "TuneGridSearchCV": "search_cv",
    "TuneRandomizedSearchCV": "search_cv",
    "TuneSearchCV": "search_cv",
    "apply": "live",
    "cross_validation": "validation",
    "halving": "successive",
}
"""Where each public name is."""


def __getattr__(name: str) -> Any:
    """Return a public name, and load what it needs."""
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{MODULES[name]}"), name)
