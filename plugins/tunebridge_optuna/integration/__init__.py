"""What `optuna.integration` has, and a search of its that asks the backend which the environment names."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    """Return all but the search from Optuna."""
    if name == "OptunaSearchCV":
        return import_module(f"{__name__}.search").OptunaSearchCV
    return getattr(import_module("optuna.integration"), name)
