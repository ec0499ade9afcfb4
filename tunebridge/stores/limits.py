"""Limits as they are stored: those that a problem declares, and those of a trial with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.trial.limit import Limit, Limited


def written(limits: Mapping[str, Limited]) -> dict[str, list[Any]]:
    """Return the numbers of a trial with their limits as JSON: number, side and bound, by name."""
    return {name: [one.value, one.limit.side, one.limit.bound] for name, one in limits.items()}


def read(rows: Mapping[str, Any]) -> dict[str, Limited]:
    """Return what was written."""
    return {name: Limited(value, Limit(**{side: bound})) for name, (value, side, bound) in rows.items()}


def declared(limits: Mapping[str, Limit]) -> dict[str, list[Any]]:
    """Return the limits of a problem as JSON: side and bound, by name."""
    return {name: [one.side, one.bound] for name, one in limits.items()}


def read_declared(rows: Mapping[str, Any]) -> dict[str, Limit]:
    """Return what a problem has declared."""
    return {name: Limit(**{side: bound}) for name, (side, bound) in rows.items()}


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return in words how the declared limits of two problems differ."""
    before, after = read_declared(old), read_declared(new)
    return [
        f"limits: {name!r} was {before.get(name, 'not limited')}, is {after.get(name, 'not limited')}"
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    ]
