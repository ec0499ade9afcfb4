"""A comparison as a figure of matplotlib: incumbents along the budget, and critical differences of ranks."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from tunebridge.comparison.cells import Cells
from tunebridge.comparison.findings.progression import By, is_wide, progression
from tunebridge.comparison.findings.ranking import ranked_lines
from tunebridge.comparison.findings.summary import summarised
from tunebridge.comparison.findings.verdict import shown
from tunebridge.comparison.pictures.rank_diagram import RankDiagram
from tunebridge.comparison.statistics.curves import Curve
from tunebridge.display.brief import brief
from tunebridge.display.printable import printable
from tunebridge.errors import ProblemError, did_you_mean
from tunebridge.pages.figure import POINTS, SOFT, dress, new_figure, say, scale, unseen
from tunebridge.pages.looks import Look, looks_of
from tunebridge.problem.problem import Direction

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure


MOST_COLUMNS = 3
"""Panels side by side."""

PANEL = (4.4, 3.1)
"""Width and height of a panel, in inches."""

EARLY = 0.1
"""Share of the budget whose values may lie outside the picture: those of the first points are far off."""

DOTS = (0, (2, 3))


def plotted(comparison: Cells, by: By) -> Figure:
    """Draw a panel per problem, and below them the critical differences if ranks were tested."""
    if by not in ("trials", "seconds"):
        hint = did_you_mean(str(by), ("trials", "seconds"))
        raise ProblemError(f"by must be 'trials' or 'seconds', got {brief(by)}", hint=hint)
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
    words = unseen(span)
    if words:
        say(axes, words)
    else:
        _draw_lines(axes, curves, looks)
        if by == "seconds" and is_wide(dict(curves)):
            axes.set_xscale("log")
        scale(axes, span)
    if target is not None and not words:
        axes.axhline(target, color=SOFT, linewidth=0.9, linestyle=DOTS, zorder=1)
    across = "trials" if by == "trials" else "seconds of sampler and objective"
    dress(axes, across=across, up=f"best value so far ({direction})")


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
        handles.append(Line2D([], [], color=SOFT, linewidth=0.9, linestyle=DOTS))
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
