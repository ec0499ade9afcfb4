"""What members do in ways of their own: learn from their own trials alone, or propose ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.contract.ahead import BESIDE, looks_ahead
from tunebridge.registry.plugins import registry

ALONE = "learns from its own trials alone"
"""What is said of a member that does not learn from trials of others."""


def hearing(members: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
    """Return what is to be said of each of some members; mostly nothing.

    Args:
        members: Their options by full name; of one that is no longer registered little is known.
    """
    specs = registry().backends
    deaf = {name for name, spec in specs.items() if not spec.capabilities.observes_foreign_trials}
    return {
        name: "; ".join([ALONE] * (name in deaf) + [BESIDE] * looks_ahead(options))
        for name, options in members.items()
    }
