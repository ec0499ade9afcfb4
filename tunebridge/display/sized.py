"""A size in words."""

from __future__ import annotations

UNITS = ("B", "kB", "MB", "GB", "TB")
"""Each is a thousand of the one before."""


def sized(n_bytes: int) -> str:
    """Return a number of bytes to three digits, as in `12 B` and `3.41 MB`."""
    size, place = float(n_bytes), 0
    while size >= 999.5 and place < len(UNITS) - 1:
        size, place = size / 1000, place + 1
    return f"{size:.3g} {UNITS[place]}"
