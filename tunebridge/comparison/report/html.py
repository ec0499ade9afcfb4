"""A report as one page of HTML that needs nothing else."""

from __future__ import annotations

import base64
import hashlib

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tunebridge.comparison.cells import Cells
from tunebridge.comparison.pictures.parallel_coordinates import Parallel, parallel
from tunebridge.comparison.report.content import ProblemPart, content_of
from tunebridge.comparison.report.pictures import css_colour, pictured_curves, pictured_ranks
from tunebridge.comparison.report.provenance import MOST_FAILURES
from tunebridge.display.printable import printable

MARKS = {"": "─", "o": "●", "s": "■", "^": "▲", "D": "◆", "v": "▼", "P": "✚", "X": "✖"}
"""Markers of curves as letters."""

BADGES = {"better": "▲", "worse": "▼", "equal": "=", "untested": "?", "reference": "•"}
"""Verdicts as letters, so that they do not hang on their colour."""


def page_of(comparison: Cells) -> str:
    """Return the report as HTML: all in one page, which loads nothing.

    Names, params and errors come into it as text, by the template's escaping. Besides, the page's own policy
    runs no script but its own, known by its hash, and lets it load nothing.
    """
    loader = PackageLoader("tunebridge.comparison.report")
    environment = Environment(
        loader=loader,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_printable,
    )
    environment.filters["printable"] = printable
    style, script = (loader.get_source(environment, name)[0] for name in ("report.css", "report.js"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    content = content_of(comparison)
    places = {label: place for place, label in enumerate(content.looks)}
    return environment.get_template("report.html").render(
        content=content,
        places=places,
        colours={label: css_colour(look) for label, look in content.looks.items()},
        marks=MARKS,
        badges=BADGES,
        most_failures=MOST_FAILURES,
        style=Markup(style),
        script=Markup(script),
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
        diagram=pictured_ranks(comparison, content),
        curves=[pictured_curves(comparison, content, place) for place in range(len(content.problems))],
        parallels=[_parallel(comparison, part) for part in content.problems],
    )


def _printable(shown: object) -> object:
    """Return what is written into a page: strings as they may be printed; what is HTML already stays."""
    return printable(shown) if type(shown) is str else shown


def _parallel(comparison: Cells, part: ProblemPart) -> Parallel | None:
    space = comparison.problems[part.name].space
    return parallel(part.best, space, part.direction) if part.best else None
