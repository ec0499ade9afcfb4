"""What rich shows of a thing, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType


def rendered(thing: RenderableType) -> str:
    """Return a thing as plain text, as wide as the terminal; imports rich."""
    from rich.console import Console

    console = Console(color_system=None)
    with console.capture() as capture:
        console.print(thing)
    return capture.get()
