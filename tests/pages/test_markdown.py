"""Markdown that shows names as they are."""

from __future__ import annotations

import re
from html import unescape

import pytest
from markdown_it import MarkdownIt

from tunebridge.pages.markdown import code, table, text


@pytest.mark.parametrize(
    "shown", ["a|b", "`code`", "*x* _y_ ~z~", "[a](b)", "<b>", "&lt;", "\\|", "a\nb", "x #", "$y$"]
)
def test_text_shows_as_itself(shown: str) -> None:
    render = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render
    cell = re.findall("<td>(.*?)</td>", render(table(["head"], [[shown]])))
    heading = re.findall("<h2>(.*?)</h2>", render(f"## {text(shown)}"))
    assert [unescape(found) for found in (*cell, *heading)] == [shown.replace("\n", " ")] * 2


def test_code_is_fenced_by_more_than_it_holds() -> None:
    shown = "a\n````\nb"
    rendered = MarkdownIt().render(code(shown))
    assert rendered.count("<pre>") == 1
    assert f"{shown}\n" in rendered
