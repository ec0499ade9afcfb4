"""Fingerprints: what values depend on, so that a later process can tell whether that has changed."""
