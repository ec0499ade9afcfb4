"""How two descriptions of a callable differ."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tunebridge.fingerprint.objective import SCHEME

DIGEST = re.compile(r"[\w-]+:[0-9a-f]{64}")
"""The digest of an item: of code with the kind of bytecode before it, of data with `sha256`."""

DATA = "sha256"

HIDDEN = re.compile(r"[0-9a-f]{16}|\n|.{80}")
"""What is not shown of an item: digests, also those that an objective has made itself, and long texts."""


def same_code(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether two descriptions can be of the same code.

    Digests are compared only where both exist and are of the same kind of bytecode; so are versions.
    """
    versions = {which["version"] for which in (old, new) if "version" in which}
    return old["name"] == new["name"] and _same(old["code"], new["code"]) and len(versions) <= 1


def changed_items(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return in words which items are not what they were; those that cannot be compared do not count."""
    before, after = old.get("items", {}), new.get("items", {})
    unknown = () if "attributes" in old else new.get("attributes", ())
    skipped = {*unknown, *uncompared(old, new), *old.get("not_compared", ()), *new.get("not_compared", ())}
    names = sorted((before.keys() | after.keys()) - skipped)
    pairs = [(name, before.get(name), after.get(name)) for name in names]
    return [f"{name} is not what it was{_shown(was, now)}" for name, was, now in pairs if not _same(was, now)]


def uncompared(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the items that an earlier tunebridge did not describe, or by another digest."""
    if old.get("scheme") == SCHEME:
        return []
    before, after = old.get("items", {}), new.get("items", {})
    return [name for name, now in after.items() if name not in before or DIGEST.fullmatch(now)]


def _same(was: str | None, now: str | None) -> bool:
    """Return whether two items are equal, or are digests of code of two kinds, which nobody can compare."""
    if was == now or "" in (was, now):
        return True
    tags = {one.partition(":")[0] for one in (was, now) if one is not None and DIGEST.fullmatch(one)}
    return None not in (was, now) and len(tags) == 2 and DATA not in tags


def _shown(was: str | None, now: str | None) -> str:
    """Return two values to be read, unless they are digests."""
    shown = [one for one in (was, now) if one is not None and not HIDDEN.search(one)]
    return f": was {shown[0]}, is {shown[1]}" if len(shown) == 2 else ""
