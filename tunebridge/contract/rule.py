"""A feedback rule as a plugin registers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tunebridge.contract.spec import PluginSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec(PluginSpec):
    """A feedback rule as a plugin registers it."""

    make: Callable[..., Any]
    """Take the options as keywords and return the rule: see `tunebridge.training.rules.Rule`."""
