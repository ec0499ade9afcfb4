"""What others wrote, in the one line that an error has for it."""

from __future__ import annotations

import re
from typing import Any

LENGTH = 160
"""The most characters that an error shows of one value."""

BREAK = re.compile(r"\s*\n\s*")
"""Where a `repr` goes on in another line."""


def brief(value: Any) -> str:
    """Return the `repr` of a value in one line; of a long one its beginning and its end."""
    return brief_text(repr(value))


def brief_text(text: str) -> str:
    """Return a text in one line, of a long one its beginning and its end."""
    return shortened(BREAK.sub(" ", text), LENGTH)


def shortened(text: str, length: int) -> str:
    """Return a text with its middle left out if it is longer than so many characters."""
    if len(text) <= length:
        return text
    half = length // 2
    return f"{text[:half]} … {text[-half:]}"
