"""One page of HTML that needs nothing else, made by a template."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tunebridge.display.printable import printable
from tunebridge.pages.failure import MOST_FAILURES

MARKS = {"": "─", "o": "●", "s": "■", "^": "▲", "D": "◆", "v": "▼", "P": "✚", "X": "✖"}
"""Markers of curves as letters."""

ROOM = "tunebridge.pages"
"""Where the templates are that several pages share."""


def rendered_page(template: str, *, package: str = ROOM, script: str = "page.js", **shown: Any) -> str:
    """Return a page: all in one file, which loads nothing.

    What is shown comes into it as text, by the template's escaping. Besides, the page's own policy runs no
    script but its own, known by its hash, and lets it load nothing.

    Args:
        template: Its name.
        package: Which has it, in a folder `templates`, if it is not one of this room.
        script: Name of the template that is the page's script.
        **shown: What the template asks for.
    """
    loaders = [PackageLoader(name) for name in dict.fromkeys((package, ROOM))]
    environment = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_printable,
    )
    environment.filters["printable"] = printable
    environment.globals["most_failures"] = MOST_FAILURES
    style, code = (environment.get_template(name).render() for name in ("page.css", script))
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return environment.get_template(template).render(
        marks=MARKS,
        style=Markup(style),
        script=Markup(code),
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
        **shown,
    )


def _printable(shown: object) -> object:
    """Return what is written into a page: strings as they may be printed; what is HTML already stays."""
    return printable(shown) if type(shown) is str else shown
