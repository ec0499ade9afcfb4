"""How the lines of pictures are told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

COLOURS = ("#1f6fb4", "#c4501b", "#17805a", "#8a4fa3", "#b83a72", "#6b6f00", "#8a5a2b")
"""Each has a contrast of at least 3 with white."""

GREY = "#707070"
"""Of random search, which the others are measured by."""

Dash = Literal["solid"] | tuple[float, tuple[float, ...]]

DASHES: tuple[Dash, ...] = ("solid", (0, (5, 2)), (0, (1.5, 1.5)))
"""One round of colours each."""

MARKERS = "osD^vPX"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A line's colour, dashes and marker: no two lines share all three, up to 21."""

    colour: str
    """As `#rrggbb`."""
    dash: Dash
    """As matplotlib takes it."""
    marker: str
    """As matplotlib names it; empty for random search."""


def looks_of(labels: Sequence[str], random: str) -> dict[str, Look]:
    """Return the look of each line, by label.

    Args:
        labels: In their order.
        random: That of random search.
    """
    looks = {random: Look(colour=GREY, dash="solid", marker="")}
    for place, label in enumerate(label for label in labels if label != random):
        turn, index = divmod(place, len(COLOURS))
        dash = DASHES[turn % len(DASHES)]
        looks[label] = Look(colour=COLOURS[index], dash=dash, marker=MARKERS[index])
    return {label: looks[label] for label in labels}


def css_colour(look: Look) -> str:
    """Return the CSS colour of a line; a page has a light and a dark shade of each."""
    return f"var(--c{look.colour[1:]})"
