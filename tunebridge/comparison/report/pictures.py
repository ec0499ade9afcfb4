"""The pictures of a page that matplotlib draws: curves, and critical differences of ranks."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING

from markupsafe import Markup

from tunebridge.comparison.cells import Cells
from tunebridge.comparison.findings.progression import By, progression
from tunebridge.comparison.findings.ranking import ranked_lines
from tunebridge.comparison.pictures.plots import draw_curves
from tunebridge.comparison.pictures.rank_diagram import RankDiagram
from tunebridge.comparison.report.content import Content, ProblemPart
from tunebridge.comparison.statistics.curves import Curve
from tunebridge.pages.figure import FIGURE, PAPER_COLOURS, POINTS, new_figure
from tunebridge.pages.looks import Look, css_colour
from tunebridge.pages.svg import inline_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure


DIAGRAM_WIDTH = 520.0
"""Of critical differences, in points."""


def pictured_curves(comparison: Cells, content: Content, place: int) -> list[tuple[By, Markup]]:
    """Return the curves of a problem along trials and along seconds; none if no line has a median.

    Args:
        comparison: The comparison.
        content: What is said about it.
        place: Of the problem.
    """
    part = content.problems[place]
    found: list[tuple[By, Markup]] = []
    for by in ("trials", "seconds"):
        curves = part.curves if by == "trials" else progression(comparison, part.name, by)
        if not any(isfinite(curve.median[-1]) for curve in curves.values()):
            continue
        figure = _curves(part, curves, content.looks, by)
        label = f"Median best value so far of each line along {by}, with bootstrap bands, on {part.name}"
        name = f"curves-{place}-{by}"
        found.append((by, inline_svg(figure, name=name, label=label, colours=_colours(content.looks))))
    return found


def pictured_ranks(comparison: Cells, content: Content) -> Markup | None:
    """Return the critical differences of ranks, if they were tested."""
    ranking = ranked_lines(comparison)
    if not content.ranks or ranking is None or ranking.impossible:
        return None
    diagram = RankDiagram(ranking=ranking, names=content.names, looks=content.looks, width=DIAGRAM_WIDTH)
    figure = new_figure(DIAGRAM_WIDTH / POINTS, diagram.height / POINTS)
    diagram.draw(figure.add_axes((0, 0, 1, 1)))
    label = "Critical-difference diagram of mean ranks; the table below has the same figures"
    return inline_svg(figure, name="ranks", label=label, colours=_colours(content.looks))


def _curves(part: ProblemPart, curves: Mapping[str, Curve], looks: Mapping[str, Look], by: By) -> Figure:
    """Draw curves whose parts name the place of their line, which is how the page calls it."""
    figure = new_figure(*FIGURE, layout="constrained")
    axes = figure.add_subplot()
    draw_curves(axes, curves, looks, by=by, direction=part.direction, target=part.goal)
    places = {label: place for place, label in enumerate(looks)}
    for artist in (*axes.lines, *axes.collections):
        kind, _, label = (artist.get_gid() or "").partition(":")
        if kind:
            artist.set_gid(f"{kind}:{places[label]}")
    return figure


def _colours(looks: Mapping[str, Look]) -> dict[str, str]:
    return {**PAPER_COLOURS, **{look.colour: css_colour(look) for look in looks.values()}}
