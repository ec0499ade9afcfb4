"""The examples: each is loaded once in a process, and its main runs once, on a small budget."""

from __future__ import annotations

import importlib.util
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "examples"

BUDGETS = {
    "confirmed_winner": {"n_trials": 6, "n_seeds": 3},
    "devices_torch": {"n_trials": 4},
    "digits_optimizers": {"n_trials": 8},
    "digits_resumed": {"n_trials": 4},
    "digits_search_cv": {"n_trials": 8},
    "digits_skorch": {"n_trials": 8},
    "iris_five_searches": {"n_trials": 5},
    "linear_regression_torch": {"n_trials": 3},
    "partial_fit_pruned": {"n_trials": 15},
    "quadratic_population": {"n_steps": 300},
    "random_forest_grid": {"n_trials": 3, "grid_trials": 3},
    "svm_grown": {"n_trials": 24},
    "svm_kernels": {"n_trials": 12},
    "svm_limited": {"n_trials": 20},
    "swap_backends": {"n_trials": 6},
    "tracked_study": {"n_trials": 6},
    "xor_torch": {"n_trials": 4},
}
"""What each main is given: there is one for every example."""


@cache
def load(name: str) -> ModuleType:
    """Import an example as a module: its main does not run."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def run(name: str) -> tuple[Any, str]:
    """Run an example's main once, and return its results and what it printed."""
    with redirect_stdout(StringIO()) as printed:
        results = load(name).main(**BUDGETS[name])
    return results, printed.getvalue()
