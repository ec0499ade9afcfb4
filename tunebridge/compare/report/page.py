"""A report as one page of HTML that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tunebridge.compare.looks import Look
from tunebridge.compare.plots import POINTS, TARGET, draw_curves, new_figure
from tunebridge.compare.progression import By, progression
from tunebridge.compare.rank_diagram import INK, RankDiagram
from tunebridge.compare.report.content import Content, ProblemPart, content_of
from tunebridge.compare.report.parallel import Parallel, parallel
from tunebridge.compare.report.provenance import MOST_FAILURES
from tunebridge.compare.report.svg import inline_svg

if TYPE_CHECKING:
    from tunebridge.compare.comparison import Comparison

FIGURE = (4.8, 3.3)
"""Width and height of curves, in inches: so small that their text can still be read on a telephone."""

DIAGRAM_WIDTH = 520.0
"""Of critical differences, in points."""

PAPER_COLOURS = {"#dddddd": "var(--rule)", TARGET: "var(--soft)", INK: "var(--ink)", "#000000": "var(--ink)"}
"""What figures have besides lines."""

MARKS = {"": "─", "o": "●", "s": "■", "^": "▲", "D": "◆", "v": "▼", "P": "✚", "X": "✖"}
"""Markers of curves as letters."""

BADGES = {"better": "▲", "worse": "▼", "equal": "=", "untested": "?", "reference": "•"}
"""Verdicts as letters, so that they do not hang on their colour."""


def page_of(comparison: Comparison) -> str:
    """Return the report as HTML: all in one page, which loads nothing.

    Names, params and errors come into it as text, by the template's escaping. Besides, the page's own policy
    runs no script but its own, known by its hash, and lets it load nothing.
    """
    environment = Environment(
        loader=PackageLoader("tunebridge.compare.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    style, script = (_source(environment, name) for name in ("report.css", "report.js"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    content = content_of(comparison)
    places = {label: place for place, label in enumerate(content.looks)}
    return environment.get_template("report.html").render(
        content=content,
        places=places,
        colours=_variables(content.looks),
        marks=MARKS,
        badges=BADGES,
        most_failures=MOST_FAILURES,
        style=Markup(style),
        script=Markup(script),
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
        diagram=_diagram(comparison, content),
        curves=[_curves(comparison, part, content.looks, n) for n, part in enumerate(content.problems)],
        parallels=[_parallel(comparison, part) for part in content.problems],
    )


def _source(environment: Environment, name: str) -> str:
    loader = environment.loader
    if loader is None:
        raise LookupError(name)
    return loader.get_source(environment, name)[0]


def _variables(looks: Mapping[str, Look]) -> dict[str, str]:
    """Return the CSS colour of each line; the page knows a light and a dark shade of each."""
    return {label: f"var(--c{look.colour[1:]})" for label, look in looks.items()}


def _drawn_colours(looks: Mapping[str, Look]) -> dict[str, str]:
    return PAPER_COLOURS | {look.colour: f"var(--c{look.colour[1:]})" for look in looks.values()}


def _curves(
    comparison: Comparison, part: ProblemPart, looks: Mapping[str, Look], place: int
) -> list[tuple[By, Markup]]:
    """Return the curves of a problem along trials and along seconds; none if no line has a median."""
    found: list[tuple[By, Markup]] = []
    for by in ("trials", "seconds"):
        curves = part.curves if by == "trials" else progression(comparison, part.name, by)
        if not any(isfinite(curve.median[-1]) for curve in curves.values()):
            continue
        figure = new_figure(*FIGURE, layout="constrained")
        axes = figure.add_subplot()
        target = comparison.summary(part.name).target
        draw_curves(axes, curves, looks, by=by, direction=part.direction, target=target)
        numbered = dict(zip(looks, map(str, range(len(looks))), strict=True))
        for artist in (*axes.lines, *axes.collections):
            kind, _, label = (artist.get_gid() or "").partition(":")
            if kind:
                artist.set_gid(f"{kind}:{numbered[label]}")
        label = f"Median best value so far of each line along {by}, with bootstrap bands, on {part.name}"
        name = f"curves-{place}-{by}"
        found.append((by, inline_svg(figure, name=name, label=label, colours=_drawn_colours(looks))))
    return found


def _diagram(comparison: Comparison, content: Content) -> Markup | None:
    """Return the critical differences of ranks, if they were tested."""
    ranking = comparison.ranking
    if not content.ranks or ranking is None or ranking.impossible:
        return None
    diagram = RankDiagram(ranking=ranking, names=content.names, looks=content.looks, width=DIAGRAM_WIDTH)
    figure = new_figure(DIAGRAM_WIDTH / POINTS, diagram.height / POINTS)
    diagram.draw(figure.add_axes((0, 0, 1, 1)))
    label = "Critical-difference diagram of mean ranks; the table beside it has the same figures"
    return inline_svg(figure, name="ranks", label=label, colours=_drawn_colours(content.looks))


def _parallel(comparison: Comparison, part: ProblemPart) -> Parallel | None:
    space = comparison.problems[part.name].space
    return parallel(part.best, space, part.direction) if part.best else None
