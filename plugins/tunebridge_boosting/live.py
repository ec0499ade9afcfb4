"""Params of boosters that change between rounds so that they take effect, or are refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.training.tries import is_same
from tunebridge_boosting.growth import Way
from tunebridge_boosting.twin import fault_of

FROZEN = "no round of this model reads it"
"""Why most params cannot change."""


def faults(way: Way, model: Any, changed: Mapping[str, Any]) -> dict[str, str]:
    """Return why params cannot change between rounds, by name; nothing if they can.

    Args:
        way: How models of its library grow.
        model: An estimator with its params set.
        changed: New values by name.
    """
    known, live = model.get_params(), way.live(model)
    changed = {name: value for name, value in changed.items() if not is_same(value, known.get(name))}
    names = {name: way.names.get(name, name) for name in changed}
    found = {name: _reason(way, own) for name, own in names.items() if own not in live}
    if found:
        return found
    reason = fault_of(way, model, changed) if changed else ""
    return dict.fromkeys(changed, reason) if reason else {}


def _reason(way: Way, name: str) -> str:
    return next((reason for names, reason in way.reasons.items() if name in names), FROZEN)
