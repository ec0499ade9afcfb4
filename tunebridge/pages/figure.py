"""Figures of matplotlib for pages: without global state, in colours that a page replaces by its own."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from tunebridge.errors import MissingLibraryError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


POINTS = 72
"""Per inch."""

LARGEST = 1e100
"""Of larger values matplotlib cannot make an axis in all cases."""

DECADES = 100.0
"""From this ratio of values of one sign on they are drawn on a logarithmic scale."""

INK = "#1a1a1a"
"""Of axes and of text."""

SOFT = "#444444"
"""Of what stands behind."""

RULE = "#dddddd"
"""Of the grid."""

FIGURE = (4.8, 3.3)
"""Width and height of curves, in inches: so small that their text can still be read on a telephone."""

PAPER_COLOURS: Mapping[str, str] = {
    RULE: "var(--rule)",
    SOFT: "var(--soft)",
    INK: "var(--ink)",
    "#000000": "var(--ink)",
}
"""What figures have besides lines, and the CSS colours of a page."""


def new_figure(width: float, height: float, **options: Any) -> Figure:
    """Return an empty figure that belongs to no global state of matplotlib.

    Args:
        width: In inches.
        height: In inches.
        options: Of the figure.

    Raises:
        MissingLibraryError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingLibraryError(
            "plots need matplotlib", hint="run: pip install 'tunebridge[plots]'"
        ) from error
    return Figure(figsize=(width, height), **options)


def dress(axes: Axes, *, across: str, up: str) -> None:
    """Name the axes, and take away what is not to be looked at."""
    axes.set_xlabel(across, parse_math=False)
    axes.set_ylabel(up, parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=RULE, linewidth=0.7)
    axes.set_axisbelow(True)


def count_along(axes: Axes) -> None:
    """Let the ticks from left to right be whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))


def unseen(span: tuple[float, float]) -> str:
    """Return why there is nothing to see between two values, if so."""
    if not all(map(isfinite, span)):
        return "no values"
    return "values too far apart to be drawn" if max(map(abs, span)) > LARGEST else ""


def say(axes: Axes, words: str) -> None:
    """Write words where there is nothing to see."""
    axes.text(0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes, color=SOFT)
    axes.set(xticks=[], yticks=[])


def scale(axes: Axes, span: tuple[float, float], *, logarithmic: bool | None = None) -> None:
    """Choose limits and scale of values between two.

    Args:
        axes: Of the figure.
        span: Two values, in either order.
        logarithmic: Whether the scale is to be a logarithmic one; None for one where values are wide.
    """
    low, high = sorted(span)
    nearest, farthest = sorted(map(abs, span))
    if low * high > 0 and _is_logarithmic(nearest, farthest, logarithmic):
        margin = (farthest / nearest) ** 0.05
        if low > 0:
            axes.set_yscale("log")
            axes.set_ylim(low / margin, high * margin)
        else:
            axes.set_yscale("symlog", linthresh=nearest / margin)
            axes.set_ylim(low * margin, high / margin)
    elif high > low:
        margin = 0.05 * (high - low)
        axes.set_ylim(low - margin, high + margin)


def _is_logarithmic(nearest: float, farthest: float, wanted: bool | None) -> bool:
    if wanted is None:
        return DECADES < farthest / nearest < inf
    return wanted and nearest < farthest and farthest / nearest < inf
