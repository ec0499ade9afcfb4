"""What everything has that a plugin registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tunebridge.contract.option_rules import OptionRule


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSpec:
    """What all registered things have."""

    name: str
    """The name users choose it by."""
    summary: str
    """One line for lists."""
    requires: tuple[str, ...] = ()
    """Distributions that must be installed, the library itself first."""
    extra: str = ""
    """What brings them: the part in brackets of `pip install "tunebridge[...]"`; empty if `requires` does."""
    options: Sequence[str] = ()
    """Names of the options it takes."""
    rules: Mapping[str, OptionRule] = field(default_factory=dict)
    """What the values of options have to be, by name: checked when it is chosen. An option without a rule, or
    one that depends on others or on the study, is for the plugin to check."""
