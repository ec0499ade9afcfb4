"""Parts of a page as Markdown, in the dialect that has tables; names come into it as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tunebridge.display.printable import printable
from tunebridge.pages.failure import MOST_FAILURES, Failure
from tunebridge.pages.text import NOTHING

SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$&])")
"""What may mean something within a line; a backslash before it makes it text."""

FENCE = re.compile(r"`{3,}")


def text(shown: str) -> str:
    """Return a text that shows as itself, in one line."""
    return SPECIAL.sub(r"\\\1", printable(" ".join(shown.split())))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of texts, which are shown as they are."""
    lines = [heads, *rows]
    written = [f"| {' | '.join(text(cell) or NOTHING for cell in line)} |" for line in lines]
    return "\n".join([written[0], f"|{' --- |' * len(heads)}", *written[1:]])


def listed(pairs: Sequence[tuple[str, str]]) -> str:
    """Return pairs of a name and a text as a list."""
    return "\n".join(f"- {text(name)}: {text(shown)}" for name, shown in pairs)


def code(shown: str) -> str:
    """Return a block of code, in a fence longer than any within."""
    shown = printable(shown)
    longest = max((len(found) for found in FENCE.findall(shown)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{shown.rstrip()}\n{fence}"


def failures(found: Sequence[Failure]) -> Iterator[str]:
    """Yield failures, each with its traceback, up to as many as are shown."""
    for failure in found[:MOST_FAILURES]:
        yield f"**{text(failure.where)}**: {text(failure.what)}"
        yield code(failure.traceback)
    if len(found) > MOST_FAILURES:
        yield f"{len(found) - MOST_FAILURES} more kinds of failures."
