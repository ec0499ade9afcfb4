"""SMAC says nothing of what is dealt with here."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from tunebridge.logs import muted

LOUD = (
    "smac.acquisition.function.expected_improvement",
    "smac.facade.abstract_facade",
    "smac.initial_design.abstract_initial_design",
    "smac.intensifier.abstract_intensifier",
    "smac.intensifier.intensifier",
    "smac.main.config_selector",
    "smac.runhistory.runhistory",
)
"""Loggers that speak of small spaces, of few points, and of each better trial."""


@contextmanager
def quiet() -> Iterator[None]:
    """Let SMAC log nothing that is less than an error; its local search warns where it finds no neighbour."""
    with muted(*LOUD), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
