"""Figures as elements of a page."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from tunebridge.pages.figure import new_figure
from tunebridge.pages.svg import inline_svg
from tunebridge.pages.svg_path import outline


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M 1.04 2.96 \nL 3 2.96 \nL 5 2.96 \nL 5 7.5 \nz \n", "M1 3L5 3L5 7.5z"),
        ("M 0 0 L 1 1 L 2 2", "M0 0L1 1L2 2"),
        ("M 0 0 L 0 5 L 0 2 L 4 2", "M0 0L0 5L0 2L4 2"),
        ("M 0 -1234567.04 L 1e-05 0", "M0 -1234567L0 0"),
        ("M 0 1.55 C 1.26 2 3 4 5 6", "M 0 1.6 C 1.3 2 3 4 5 6"),
        ("M 0 0 L 1 0 M 2 0 L 3 0", "M0 0L1 0M2 0L3 0"),
    ],
)
def test_an_outline_keeps_its_corners_alone(path: str, short: str) -> None:
    assert outline(path) == short


def test_a_figure_becomes_an_element_in_the_colours_of_its_page() -> None:
    figure = new_figure(2, 2)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="#1f6fb4", gid="median:3")
    axes.set_title("<script>&", parse_math=False)
    drawn = inline_svg(figure, name="one", label='a "label" <b>', colours={"#1f6fb4": "var(--blue)"})
    root = ET.fromstring(drawn)
    assert (root.tag, root.get("aria-label")) == ("svg", 'a "label" <b>')
    (line,) = root.findall(".//*[@data-line='3']")
    assert "var(--blue)" in ET.tostring(line, encoding="unicode")
    assert "#1f6fb4" not in drawn
    assert "<script>&" in [text.text for text in root.iter("text")]
    assert "font-family" not in drawn
    assert list(root.iter("style")) == list(root.iter("metadata")) == []
    assert all((part.get("id") or "one-").startswith("one-") for part in root.iter())
    again = inline_svg(figure, name="one", label='a "label" <b>', colours={"#1f6fb4": "var(--blue)"})
    assert again == drawn
