"""Who grows a model by rounds, of all that plugins have registered."""

from __future__ import annotations

from tunebridge.contract.grower import GrowerSpec
from tunebridge.registry import plugins


def grower_of(model: object) -> GrowerSpec | None:
    """Return what grows a model by rounds; None if nothing that is installed does.

    Args:
        model: Any estimator.
    """
    specs: list[GrowerSpec] = list(plugins.registry().growers.values())
    return next((spec for spec in specs if spec.takes(model)), None)
