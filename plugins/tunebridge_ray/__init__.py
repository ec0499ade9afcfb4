"""Ray Tune's search spaces, read by `tunebridge.read_space`; importing this package loads no Ray."""

from __future__ import annotations

fingerprint_version = 1
"""Its code is not compared when a stored study goes on: what it makes of params does not change."""
