"""A comparison as a figure of matplotlib: incumbents along the budget, and critical differences of ranks."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, inf, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from tunebridge.comparison.cells import Cells
from tunebridge.comparison.findings.progression import By, is_wide, progression
from tunebridge.comparison.findings.ranking import ranked_lines
from tunebridge.comparison.findings.summary import summarised
from tunebridge.comparison.findings.verdict import shown
from tunebridge.comparison.pictures.looks import Look, looks_of
from tunebridge.comparison.pictures.rank_diagram import RankDiagram
from tunebridge.comparison.statistics.curves import Curve
from tunebridge.display.brief import brief
from tunebridge.display.printable import printable
from tunebridge.errors import MissingLibraryError, ProblemError
from tunebridge.problem.problem import Direction

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure


MOST_COLUMNS = 3
"""Panels side by side."""

PANEL = (4.4, 3.1)
"""Width and height of a panel, in inches."""

POINTS = 72
"""Per inch."""

LARGEST = 1e100
"""Of larger values matplotlib cannot make an axis in all cases."""

EARLY = 0.1
"""Share of the budget whose values may lie outside the picture: those of the first points are far off."""

DECADES = 100.0
"""From this ratio of values of one sign on they are drawn on a logarithmic scale."""

TARGET = "#444444"
"""Colour of the target's line."""

DOTS = (0, (2, 3))


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


def plotted(comparison: Cells, by: By) -> Figure:
    """Draw a panel per problem, and below them the critical differences if ranks were tested."""
    if by not in ("trials", "seconds"):
        raise ProblemError(f"by must be 'trials' or 'seconds', got {brief(by)}")
    looks = looks_of(comparison.labels, comparison.random)
    ranking = ranked_lines(comparison)
    n_columns = min(MOST_COLUMNS, len(comparison.problems))
    n_rows = ceil(len(comparison.problems) / n_columns)
    width, heights = max(6.4, PANEL[0] * n_columns), [PANEL[1] * n_rows]
    diagram = None
    if ranking is not None and not ranking.impossible:
        names = {label: _drawable(shown(comparison, label)) for label in comparison.labels}
        diagram = RankDiagram(ranking=ranking, names=names, looks=looks, width=width * POINTS)
        heights.append(diagram.height / POINTS)
    figure = new_figure(width, sum(heights) + 0.4, layout="constrained")
    parts = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    panels = parts[0].subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes, problem in zip(panels, comparison.problems, strict=False):
        _draw_panel(axes, comparison, problem, by, looks)
    for axes in panels[len(comparison.problems) :]:
        axes.set_axis_off()
    _add_legend(parts[0], comparison, looks)
    if diagram is not None:
        diagram.draw(parts[1].add_axes((0, 0, 1, 1)))
    return figure


def draw_curves(
    axes: Axes,
    curves: Mapping[str, Curve],
    looks: Mapping[str, Look],
    *,
    by: By,
    direction: Direction,
    target: float | None = None,
) -> None:
    """Draw the median of each line along its budget in its bootstrap band; nothing of one without values.

    Args:
        axes: Where.
        curves: By label, in the user's sign.
        looks: By label.
        by: What the budget is counted in.
        direction: Of the problem.
        target: Value to be reached, in the user's sign; None for none.
    """
    span = _span(curves, direction)
    unseen = _unseen(span)
    if unseen:
        axes.text(0.5, 0.5, unseen, ha="center", va="center", transform=axes.transAxes, color=TARGET)
        axes.set(xticks=[], yticks=[])
    else:
        _draw_lines(axes, curves, looks)
        _scale(axes, span, wide=by == "seconds" and is_wide(dict(curves)))
    if target is not None and not unseen:
        axes.axhline(target, color=TARGET, linewidth=0.9, linestyle=DOTS, zorder=1)
    axes.set_xlabel("trials" if by == "trials" else "seconds of sampler and objective")
    axes.set_ylabel(f"best value so far ({direction})")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)


def _draw_lines(axes: Axes, curves: Mapping[str, Curve], looks: Mapping[str, Look]) -> None:
    for place, (label, curve) in enumerate(curves.items()):
        if not np.isfinite(curve.median).any():
            continue
        look = looks[label]
        axes.fill_between(
            curve.positions, curve.band_low, curve.band_high, step="post",
            color=look.colour, alpha=0.16, linewidth=0, gid=f"band:{label}",
        )  # fmt: skip
        axes.plot(
            curve.positions, curve.median, drawstyle="steps-post", color=look.colour, linewidth=1.8,
            linestyle=look.dash, marker=look.marker or None, markersize=4.5, gid=f"median:{label}",
            markevery=(0.04 + 0.05 * (place % 4), 0.23),
        )  # fmt: skip


def _draw_panel(axes: Axes, comparison: Cells, problem: str, by: By, looks: Mapping[str, Look]) -> None:
    curves = progression(comparison, problem, by)
    direction = comparison.problems[problem].directions[0]
    axes.set_title(_drawable(problem), parse_math=False, fontsize="medium")
    draw_curves(
        axes, curves, looks, by=by, direction=direction, target=summarised(comparison, problem).target
    )


def _unseen(span: tuple[float, float]) -> str:
    """Return why there is nothing to see, if so."""
    if not all(map(isfinite, span)):
        return "no values"
    return "values too far apart to be drawn" if max(map(abs, span)) > LARGEST else ""


def _scale(axes: Axes, span: tuple[float, float], *, wide: bool) -> None:
    """Choose limits and scales: what comes after the first points is seen, however far off these are.

    Args:
        axes: Of the panel.
        span: The best value and the worst.
        wide: Whether the budget is drawn on a logarithmic scale.
    """
    if wide:
        axes.set_xscale("log")
    low, high = sorted(span)
    nearest, farthest = sorted(map(abs, span))
    if low * high > 0 and DECADES < farthest / nearest < inf:
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


def _span(curves: Mapping[str, Curve], direction: Direction) -> tuple[float, float]:
    """Return the best value in the picture and the worst after the early part; NaN if there is none."""
    sign = direction.sign
    best, worst = [float("nan")], [float("nan")]
    for curve in curves.values():
        losses = sign * np.array([curve.band_low, curve.median, curve.band_high])
        places = np.flatnonzero(np.isfinite(losses).any(axis=0))
        if places.size:
            early = max(int(EARLY * len(curve.positions)), int(places[0]))
            best.append(float(np.nanmin(losses)))
            worst.append(float(np.nanmax(losses[:, early])))
    if len(best) == 1:
        return best[0], worst[0]
    return sign * min(best[1:]), sign * max(worst[1:])


def _add_legend(figure: SubFigure, comparison: Cells, looks: Mapping[str, Look]) -> None:
    """Name the lines above all panels, by text as it is: `$` and `_` mean nothing here."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=look.colour, linestyle=look.dash, marker=look.marker or None, markersize=4.5)
        for look in looks.values()
    ]
    names = [_drawable(shown(comparison, label)) for label in looks]
    if any(comparison.common_seeds(problem) for problem in comparison.problems):
        handles.append(Line2D([], [], color=TARGET, linewidth=0.9, linestyle=DOTS))
        names.append("target")
    n_columns = max(1, int(figure.bbox.width / figure.dpi * POINTS / (max(map(len, names)) * 6 + 50)))
    legend = figure.legend(
        handles, ["line"] * len(handles), loc="outside upper center", ncols=n_columns, frameon=False
    )
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(name)


def _drawable(name: str) -> str:
    """Return a name as it may be printed: a font has no controls, and UTF-8 no halves of surrogate pairs."""
    return printable(name)
