"""Figures of matplotlib as elements of a page, in the page's colours and fonts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import matplotlib as mpl
from markupsafe import Markup

from tunebridge.display.printable import printable
from tunebridge.pages.svg_path import outline, rounded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG = "{http://www.w3.org/2000/svg}"

LINK = "{http://www.w3.org/1999/xlink}href"

REFERENCE = re.compile(r"url\(#([^)]+)\)")

FONT = re.compile(r"font-family:[^;]*;? *")

NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def inline_svg(figure: Figure, *, name: str, label: str, colours: Mapping[str, str]) -> Markup:
    """Return a figure as an element of a page.

    Text stays text, in the page's own font. The parts drawn with a gid `KIND:LINE` get an attribute
    `data-line` of that line, by which a page may hide them.

    Args:
        figure: To be drawn.
        name: Put before all its ids, so that those of several figures differ.
        label: What it shows, for those who cannot see it.
        colours: CSS colours instead of those that were drawn with, by `#rrggbb`.
    """
    drawn = StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(drawn, format="svg", transparent=True, metadata=NO_METADATA)
    root = ET.fromstring(drawn.getvalue())
    for element in root.iter():
        _rename(element, name)
        _restyle(element, colours)
        _shorten(element)
    _strip(root, name)
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.attrib.update({"role": "img", "aria-label": label, "class": "figure"})
    return Markup(printable(_serialised(root)))


def _strip(root: ET.Element, name: str) -> None:
    """Take out what would hold for the page as well, or is of no use to it: ids that nothing refers to."""
    for parent in list(root.iter()):
        for child in [*parent.findall(f"{SVG}metadata"), *parent.findall(f"{SVG}style")]:
            parent.remove(child)
    values = " ".join(value for element in root.iter() for key, value in element.items() if key != "id")
    used = set(re.findall(rf"#({re.escape(name)}-[^)\s]+)", values))
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)


def _rename(element: ET.Element, name: str) -> None:
    """Put a name before the ids of an element, and those that it refers to; keep whose part it is."""
    identity = element.attrib.pop("id", None)
    if identity is not None and ":" in identity:
        element.set("data-line", identity.partition(":")[2])
    elif identity is not None:
        element.set("id", f"{name}-{identity}")
    if LINK in element.attrib:
        element.set("href", f"#{name}-{element.attrib.pop(LINK).removeprefix('#')}")
    for key, value in element.attrib.items():
        element.set(key, REFERENCE.sub(rf"url(#{name}-\1)", value))


def _restyle(element: ET.Element, colours: Mapping[str, str]) -> None:
    """Take the page's colours; what has none was drawn in black, which is the page's ink."""
    for key in ("style", "fill", "stroke"):
        if key in element.attrib:
            text = element.attrib[key]
            for drawn, colour in colours.items():
                text = text.replace(drawn, colour)
            element.set(key, text)


def _shorten(element: ET.Element) -> None:
    """Leave out what is not to be seen: decimals, indentation, and fonts, as the page has its own."""
    for key in element.attrib.keys() & {"x", "y", "transform", "viewBox"}:
        element.set(key, rounded(element.attrib[key]))
    if "d" in element.attrib:
        element.set("d", outline(element.attrib["d"]))
    if "style" in element.attrib:
        element.set("style", FONT.sub("", element.attrib["style"]))
    element.text = (element.text or "").strip()
    element.tail = ""


def _serialised(root: ET.Element) -> str:
    """Return an element as HTML takes it: without prefixes and namespaces."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
    return ET.tostring(root, encoding="unicode")
