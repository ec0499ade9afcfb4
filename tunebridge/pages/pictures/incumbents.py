"""Values as points, and the best of them so far as steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tunebridge.pages.figure import FIGURE, SOFT, dress, new_figure, say, scale, unseen
from tunebridge.pages.looks import Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EARLY = 0.1
"""Share of the points whose values may lie outside the picture: the first are often far off."""

FAR = 0.95
"""Share of the others that are seen; the worst may lie outside."""

WIDER = 3.0
"""How often as wide a picture may be for the sake of the first best values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What is drawn, in the user's sign."""

    places: Sequence[float]
    """Of the points, from the left to the right."""
    values: Sequence[float]
    """At these places."""
    best_places: Sequence[float]
    """Where a value is better than all before."""
    best_values: Sequence[float]
    """At these places."""
    end: float
    """Up to where the last of them holds."""


def draw(found: Values, look: Look, *, across: str, up: str, place: int, logarithmic: bool | None) -> Figure:
    """Draw values along something that is spent.

    Args:
        found: At least one value.
        look: Of the line.
        across: Name of what is spent.
        up: Name of the values.
        place: Of the line on its page.
        logarithmic: Whether the scale is a logarithmic one; None for one where values are wide.
    """
    figure = new_figure(*FIGURE, layout="constrained")
    axes = figure.add_subplot()
    span = _span(found)
    words = unseen(span)
    if words:
        say(axes, words)
    else:
        axes.plot(found.places, found.values, ".", color=SOFT, markersize=3.5, alpha=0.55)
        axes.plot(
            [*found.best_places, found.end], [*found.best_values, found.best_values[-1]],
            drawstyle="steps-post", color=look.colour, linewidth=2.2, marker=look.marker, markersize=4.5,
            markevery=slice(0, len(found.best_places)), gid=f"best:{place}",
        )  # fmt: skip
        scale(axes, span, logarithmic=logarithmic)
    dress(axes, across=across, up=up)
    return figure


def _span(found: Values) -> tuple[float, float]:
    """Return the best value, and the worst of most that come after the first best ones."""
    best = found.best_values[-1]
    values = np.asarray(found.values, dtype=float)
    late = values[int(EARLY * len(values)) :]
    away = np.abs(late / 2 - best / 2)  # the difference of two floats may be infinite
    far = float(late[np.argsort(away)[int(FAR * (len(late) - 1))]])
    widest = WIDER * abs(far / 2 - best / 2)
    near = [value for value in found.best_values if abs(value / 2 - best / 2) <= widest]
    return best, max((far, *near), key=lambda value: abs(value / 2 - best / 2))
