"""SMAC as a backend; importing this package loads neither smac nor ConfigSpace."""

from __future__ import annotations

fingerprint_version = 1
"""Its code is not compared when a stored study goes on: what it makes of params does not change."""
