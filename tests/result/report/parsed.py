"""A page as a browser would read it: sections, and the cells of their tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path


@dataclass(slots=True)
class Part:
    """One section."""

    text: list[str] = field(default_factory=list)
    """What stands in it, piece by piece."""
    tables: list[list[list[str]]] = field(default_factory=list)
    """Tables of rows of cells, heads first."""
    n_pictures: int = 0
    """Figures in it."""

    @property
    def words(self) -> str:
        """All text in one line."""
        return " ".join(" ".join(self.text).split())


class Page(HTMLParser):
    """Takes a page in, and keeps what it says."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.parts: dict[str, Part] = {"head": Part()}
        self._now = "head"
        self._in_cell = self._silent = False
        self.lines: list[tuple[str, str]] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "section":
            self._now = given["id"] or ""
            self.parts[self._now] = Part()
        part = self.parts[self._now]
        if tag == "table":
            part.tables.append([])
        elif tag == "tr":
            part.tables[-1].append([])
        elif tag in ("td", "th"):
            part.tables[-1][-1].append("")
            self._in_cell = True
        elif tag == "figure":
            part.n_pictures += 1
        elif tag in ("style", "script"):
            self._silent = True
        if "data-line" in given:
            self.lines.append((self._now, given["data-line"] or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False
        elif tag in ("style", "script"):
            self._silent = False

    def handle_data(self, data: str) -> None:
        part = self.parts[self._now]
        if self._in_cell:
            part.tables[-1][-1][-1] += data
        if not self._silent:
            part.text.append(data)
