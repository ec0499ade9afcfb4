"""Curves of trials along their steps, each drawn as its end is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from tunebridge.pages.figure import FIGURE, count_along, dress, new_figure, say, scale, unseen
from tunebridge.pages.looks import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DrawStyle = Literal["default", "steps-post"]

EDGE = 0.02
"""Share of the values at either end that may lie outside the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One curve."""

    steps: Sequence[float]
    """From the left to the right."""
    values: Sequence[float]
    """At these steps."""
    line: int
    """Place of its kind of line."""
    breaks: Sequence[int] = ()
    """Places in `steps` where it went on from elsewhere."""


def draw(
    curves: Sequence[Drawn],
    looks: Sequence[Look],
    *,
    up: str,
    steps: bool = False,
    logarithmic: bool | None = None,
    labels: Sequence[str] = (),
) -> Figure:
    """Draw curves; those of later kinds of lines lie below.

    Args:
        curves: At least one.
        looks: Of the kinds of lines, by place.
        up: Name of the values.
        steps: Whether a value holds up to the next.
        logarithmic: Whether the scale is a logarithmic one; None for one where values are wide.
        labels: What stands for the values 0, 1, 2, ... where these are no numbers.
    """
    figure = new_figure(*FIGURE, layout="constrained")
    axes = figure.add_subplot()
    span = (-0.5, len(labels) - 0.5) if labels else _span(curves)
    words = unseen(span)
    if words:
        say(axes, words)
    else:
        for curve in curves:
            _draw_curve(axes, curve, looks[curve.line], "steps-post" if steps else "default")
        scale(axes, span, logarithmic=False if labels else logarithmic)
    if labels:
        axes.set_yticks(range(len(labels)), list(labels), parse_math=False)
    dress(axes, across="step", up=up)
    count_along(axes)
    return figure


def _draw_curve(axes: Axes, curve: Drawn, look: Look, style: DrawStyle) -> None:
    is_first = curve.line == 0
    axes.plot(
        curve.steps, curve.values, color=look.colour, linestyle=look.dash, drawstyle=style,
        linewidth=2.2 if is_first else 1.0, alpha=1.0 if is_first else 0.65,
        marker=look.marker or None, markersize=4.5 if is_first else 3.5,
        markevery=[len(curve.steps) - 1], zorder=4 - 0.1 * curve.line, gid=f"curve:{curve.line}",
    )  # fmt: skip
    if curve.breaks:
        axes.plot(
            np.take(curve.steps, curve.breaks), np.take(curve.values, curve.breaks), "|",
            color=look.colour, markersize=8, gid=f"break:{curve.line}",
        )  # fmt: skip


def _span(curves: Sequence[Drawn]) -> tuple[float, float]:
    """Return the least and the largest value, but for those at the edges; all of the first kind is seen."""
    values = np.concatenate([np.asarray(curve.values, dtype=float) for curve in curves])
    low, high = np.quantile(values, [EDGE, 1 - EDGE], method="nearest")
    first = [value for curve in curves if curve.line == 0 for value in curve.values]
    return min([float(low), *first]), max([float(high), *first])
