"""Keeps Optuna's notes to itself while something is made."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import optuna


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the log line of a new study and the warnings on experimental classes, then restore both."""
    verbosity = optuna.logging.get_verbosity()
    is_loud = verbosity < optuna.logging.WARNING
    if is_loud:  # to set it makes all loggers of the process forget what they have looked up
        optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        if is_loud:
            optuna.logging.set_verbosity(verbosity)
