"""A page as data: sections of words, tables, pictures and failures, which HTML and Markdown are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tunebridge.pages.failure import Failure
from tunebridge.pages.looks import Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under heads."""

    caption: str
    """What the rows are."""
    heads: Sequence[str]
    """Of the columns; the first names the row."""
    rows: Sequence[Sequence[str]]
    """Of as many cells; an empty one has nothing to say."""
    figures: Sequence[int] = ()
    """Places of the columns of numbers."""
    bar: int | None = None
    """Place of a column of shares, as in `12.5 %`, that are drawn as bars, too."""
    summary: str = ""
    """Under which a page folds it; empty for not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure, which a table of the same section has in numbers."""

    label: str
    """What it shows, for those who cannot see it."""
    caption: str
    """What stands below."""
    draw: Callable[[], Figure]
    """Return the figure; its parts with a gid `KIND:PLACE` are hidden with the line of that place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A kind of line, the same in all pictures."""

    name: str
    """What it is."""
    look: Look
    """How it is drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What stands under one head."""

    key: str
    """By which it is linked to: letters only."""
    title: str
    """Its head."""
    words: Sequence[str] = ()
    """Paragraphs, below the head."""
    pictures: Sequence[Picture] = ()
    """Side by side where there is room."""
    tables: Sequence[Table] = ()
    """Below."""
    failures: Sequence[Failure] = ()
    """Below these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A page."""

    kind: str
    """Of what it is, in a few words."""
    title: str
    """Its head."""
    verdict: str
    """What was found, in a sentence or two."""
    notes: Sequence[str]
    """What one has to know to take the figures for what they are."""
    facts: Sequence[tuple[str, str]]
    """Pairs of a name and a text."""
    lines: Mapping[int, Line]
    """The kinds of lines of its pictures that there are, by place."""
    sections: Sequence[Section]
    """One after another."""
