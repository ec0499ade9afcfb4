"""Draws the last reports of a trial as one line of blocks."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
"""Lowest to highest."""

ASCII_BLOCKS = "_.,-=+*#"
"""The same for a terminal that cannot show blocks."""


def curve(values: Sequence[float], blocks: str = BLOCKS) -> str:
    """Return one block per value, scaled to the range of the values; equal values are a flat middle line.

    Args:
        values: Finite numbers, oldest first; none gives an empty string.
        blocks: Characters from lowest to highest.
    """
    if not values:
        return ""
    # Halves, because the difference of two floats may be infinite.
    low = min(values) / 2
    span = max(values) / 2 - low
    if span == 0:
        return blocks[len(blocks) // 2] * len(values)
    top = len(blocks) - 1
    return "".join(blocks[round((value / 2 - low) / span * top)] for value in values)
