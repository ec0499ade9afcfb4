"""A document as one page of HTML."""

from __future__ import annotations

from markupsafe import Markup

from tunebridge.pages.document import Document, Picture
from tunebridge.pages.figure import PAPER_COLOURS
from tunebridge.pages.html import rendered_page
from tunebridge.pages.looks import css_colour
from tunebridge.pages.svg import inline_svg


def page_of(document: Document) -> str:
    """Return a document as HTML: all in one page, which loads nothing."""
    looks = {place: line.look for place, line in document.lines.items()}
    colours = {place: css_colour(look) for place, look in looks.items()}
    drawn = {**PAPER_COLOURS, **{look.colour: colours[place] for place, look in looks.items()}}

    def picture(one: Picture, name: str) -> Markup:
        return inline_svg(one.draw(), name=name, label=one.label, colours=drawn)

    return rendered_page(
        "document.html",
        document=document,
        looks=looks,
        colours=colours,
        places={place: place for place in looks},
        picture=picture,
    )
