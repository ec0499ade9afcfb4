"""Fingerprints: what values depend on, so that a later process can tell whether that has changed."""

from tunebridge.fingerprint.changes import changed_items, same_code, uncompared
from tunebridge.fingerprint.objective import Fingerprinted, describe, fingerprint

__all__ = ["Fingerprinted", "changed_items", "describe", "fingerprint", "same_code", "uncompared"]
