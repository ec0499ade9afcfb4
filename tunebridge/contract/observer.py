"""An observer as a plugin registers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tunebridge.contract.spec import PluginSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverSpec(PluginSpec):
    """An observer as a plugin registers it."""

    open: Callable[[Mapping[str, Any]], object]
    """Take the options, whose names are checked, and return an observer for one study.

    It has methods marked by `tunebridge.hookimpl`. It checks the values of its options, and opens nothing
    before `tunebridge_study_started`: a study that is refused calls no hook.
    """
