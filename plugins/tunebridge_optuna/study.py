"""What `optuna.study` has, its two ways to a study with a backend."""

from __future__ import annotations

from typing import Any

import optuna.study

from tunebridge_optuna import create_study, load_study

__all__ = ["create_study", "load_study"]


def __getattr__(name: str) -> Any:
    """Return all else from Optuna."""
    return getattr(optuna.study, name)
