"""Boosters beside tunebridge: models that grow by rounds, and are judged and changed while they do.

Importing this package loads no library of boosters, and no scikit-learn.
"""

from __future__ import annotations

fingerprint_version = 1
"""Its code is not compared when a stored study goes on: its objectives state versions of their own."""
