"""What the command that tunes prints before the first new trial."""

from __future__ import annotations

from rich.console import Console

from tunebridge.display.text import Text
from tunebridge.registry.hookspecs import hookimpl
from tunebridge.registry.study_view import StudyView


class Opening:
    """An observer that prints what became of the trials of earlier calls, before the first new one."""

    def __init__(self, console: Console) -> None:
        """Print to a console."""
        self._console = console

    @hookimpl
    def tunebridge_study_started(self, study: StudyView) -> None:
        """Print what was carried, if there was something."""
        if study.carried is not None:
            self._console.print(Text(str(study.carried)), soft_wrap=True)
