"""A report as one page of HTML that needs nothing else."""

from __future__ import annotations

from tunebridge.comparison.cells import Cells
from tunebridge.comparison.pictures.parallel_coordinates import Parallel, parallel
from tunebridge.comparison.report.content import ProblemPart, content_of
from tunebridge.comparison.report.pictures import pictured_curves, pictured_ranks
from tunebridge.pages.html import rendered_page
from tunebridge.pages.looks import css_colour

BADGES = {"better": "▲", "worse": "▼", "equal": "=", "untested": "?", "reference": "•"}
"""Verdicts as letters, so that they do not hang on their colour."""


def page_of(comparison: Cells) -> str:
    """Return the report as HTML: all in one page, which loads nothing."""
    content = content_of(comparison)
    return rendered_page(
        "report.html",
        package="tunebridge.comparison.report",
        script="report.js",
        content=content,
        looks=content.looks,
        places={label: place for place, label in enumerate(content.looks)},
        colours={label: css_colour(look) for label, look in content.looks.items()},
        badges=BADGES,
        diagram=pictured_ranks(comparison, content),
        curves=[pictured_curves(comparison, content, place) for place in range(len(content.problems))],
        parallels=[_parallel(comparison, part) for part in content.problems],
    )


def _parallel(comparison: Cells, part: ProblemPart) -> Parallel | None:
    space = comparison.problems[part.name].space
    return parallel(part.best, space, part.direction) if part.best else None
