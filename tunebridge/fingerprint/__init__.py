"""Fingerprints: what values depend on, so that a later process can tell whether that has changed."""

from tunebridge.fingerprint.began import Objects, note_changed
from tunebridge.fingerprint.changes import changed_items, same_code, uncompared
from tunebridge.fingerprint.objective import Fingerprinted, describe, describe_with_objects, fingerprint

__all__ = [
    "Fingerprinted",
    "Objects",
    "changed_items",
    "describe",
    "describe_with_objects",
    "fingerprint",
    "note_changed",
    "same_code",
    "uncompared",
]
