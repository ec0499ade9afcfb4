"""Whether members learn from one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tunebridge.registry.plugins import registry

ALONE = "learns from its own trials alone"
"""What is said of a member that does not learn from trials of others."""


def hearing(names: Iterable[str]) -> Mapping[str, str]:
    """Return what is to be said of each of some members: `ALONE`, or nothing.

    Args:
        names: Their full names; of one that is no longer registered nothing is known.
    """
    specs = registry().backends
    deaf = {name for name, spec in specs.items() if not spec.capabilities.observes_foreign_trials}
    return {name: ALONE if name in deaf else "" for name in names}
