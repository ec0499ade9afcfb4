"""A reader of a library's own studies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tunebridge.contract.events import StoredStudy
from tunebridge.contract.spec import PluginSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSpec(PluginSpec):
    """A library's own study, which `history=` can read, as a plugin registers it."""

    native: str
    """Module and name of its class: `optuna.study.study.Study`."""
    read: Callable[[Any], StoredStudy]
    """Return such an object's trials as imported ones, params by whatever names they have.

    `attempt` is the number of the trial where it comes from. A param of which more or less is
    known than its value is an `Option`.
    """
    takes: Callable[[Any], bool] = lambda source: True
    """Return whether an object of the class is such a study, where not all are."""
