"""Text for a terminal: rich's, but that what others wrote does nothing there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from rich import text
from rich.style import Style

from tunebridge.display.printable import printable


class Text(text.Text):  # noqa: TID251  # this is what stands in its place
    """A `rich.text.Text` of what is printable.

    Tables measure it as it is shown; markup shows as written. This is the only way from a name to a terminal:
    the gates refuse rich's own.
    """

    def __init__(self, plain: str = "", style: str | Style = "", **settings: Any) -> None:
        """Make the text printable, before rich drops what it knows."""
        super().__init__(printable(plain), style, **settings)

    def append(self, text: text.Text | str, style: str | Style | None = None) -> Self:  # noqa: TID251
        """Append a text, or a string as it is printable."""
        super().append(printable(text) if isinstance(text, str) else text, style)
        return self

    def append_text(self, text: text.Text) -> Self:  # noqa: TID251
        """Append a text with its styles."""
        super().append_text(text)
        return self

    def join(self, lines: Iterable[text.Text]) -> Text:  # noqa: TID251
        """Return texts with this one between them."""
        return Text().append_text(super().join(lines))
