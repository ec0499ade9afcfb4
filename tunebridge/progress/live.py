"""Draws a screen in place, four times a second."""

from __future__ import annotations

from importlib.util import find_spec

from rich.console import Console, RenderableType
from rich.live import Live

from tunebridge.progress.redirection import Redirection

REFRESHES_PER_SECOND = 4


class LiveView:
    """A rich `Live` whose thread draws; what happens in the study costs no drawing.

    Args:
        console: Where to draw.
        screen: Shows the study as it is when it is drawn.
    """

    def __init__(self, console: Console, screen: RenderableType) -> None:
        """Prepare the view."""
        # rich's own redirection parses a flushed half line as markup, which may raise in the objective.
        self._live = Live(
            screen,
            console=console,
            refresh_per_second=REFRESHES_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._redirection = None if console.is_jupyter else Redirection(console)

    def start(self) -> None:
        """Draw, hide the cursor, and let what the objective prints appear above."""
        self._live.start(refresh=True)
        if self._redirection is not None:
            self._redirection.start()

    def update(self) -> None:
        """Do nothing: the thread draws."""

    def stop(self) -> None:
        """Draw for the last time, and give the terminal back as it was."""
        try:
            if self._redirection is not None:
                self._redirection.stop()
            else:
                self._live.refresh()  # in a notebook `Live.stop` leaves the drawing before the last
        finally:
            self._live.stop()


def redraws(console: Console) -> bool:
    """Return whether a view can be drawn in place there; in a notebook rich needs ipywidgets for it."""
    return find_spec("ipywidgets") is not None if console.is_jupyter else console.is_interactive
