"""A document as Markdown: the same words and tables, without the pictures that show these."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tunebridge.pages.document import Document, Section
from tunebridge.pages.markdown import failures, listed, table, text


def markdown_of(document: Document) -> str:
    """Return a document as Markdown, in the dialect that has tables; names come into it as text."""
    parts = chain(_opening(document), chain.from_iterable(map(_section, document.sections)))
    return "\n\n".join(parts) + "\n"


def _opening(document: Document) -> Iterator[str]:
    yield f"# {text(document.title)}"
    yield f"**{text(document.verdict)}**"
    yield from (f"> {text(note)}" for note in document.notes)
    yield listed(document.facts)


def _section(section: Section) -> Iterator[str]:
    yield f"## {text(section.title)}"
    yield from map(text, section.words)
    for one in section.tables:
        yield text(one.caption)
        yield table(one.heads, one.rows)
    yield from failures(section.failures)
