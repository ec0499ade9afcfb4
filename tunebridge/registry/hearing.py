"""What members do in ways of their own: learn from their own trials alone or not at all, or propose ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.contract.ahead import BESIDE, looks_ahead
from tunebridge.registry.plugins import registry

ALONE = "learns from its own trials alone"
"""What is said of a member that does not learn from trials of others."""

NOT_AT_ALL = "learns from no trial"
"""What is said of a member that searches without learning."""


def hearing(members: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
    """Return what is to be said of each of some members; mostly nothing.

    Args:
        members: Their options by full name; of one that is no longer registered little is known.
    """
    return {
        name: "; ".join(filter(None, [_learns(name), BESIDE * looks_ahead(options)]))
        for name, options in members.items()
    }


def _learns(name: str) -> str:
    """Return what is to be said of how a member learns; nothing of one that learns from trials of others."""
    spec = registry().backends.get(name)
    if spec is None or spec.capabilities.observes_foreign_trials:
        return ""
    return ALONE if spec.capabilities.learns else NOT_AT_ALL
