"""Values of two objectives as points, and the front of those that none is better than in both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tunebridge.pages.figure import FIGURE, LARGEST, SOFT, dress, new_figure, say
from tunebridge.pages.looks import Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Point = tuple[float, float]


def draw(
    points: Sequence[Point], front: Sequence[Point], look: Look, *, across: str, up: str, place: int
) -> Figure:
    """Draw points, and those of the front larger, in the look of a line.

    Args:
        points: All others.
        front: At least one.
        look: Of the front.
        across: Name of the first objective.
        up: Name of the second.
        place: Of the line on its page.
    """
    figure = new_figure(*FIGURE, layout="constrained")
    axes = figure.add_subplot()
    if max(abs(value) for point in (*points, *front) for value in point) > LARGEST:
        say(axes, "values too far apart to be drawn")
    else:
        axes.plot(*_columns(points), ".", color=SOFT, markersize=3.5, alpha=0.55)
        axes.plot(*_columns(front), look.marker, color=look.colour, markersize=5.5, gid=f"front:{place}")
    dress(axes, across=across, up=up)
    return figure


def _columns(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]
