"""A progress bar, as an observer of a study."""

from __future__ import annotations

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tunebridge.hookspecs import hookimpl
from tunebridge.problem import Direction
from tunebridge.trial import TrialRecord, TrialState


class ProgressBar:
    """Shows trials done, failures and the best value of one study.

    Args:
        console: Where to draw; nothing moves when it is no terminal.
        total: Trials of the study, if limited.
        direction: The direction of a single objective; None shows no best value.
    """

    def __init__(self, console: Console, total: int | None, direction: Direction | None) -> None:
        """Prepare the bar."""
        self._direction = direction
        self._best: float | None = None
        self._failed = 0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("trials", total=total, note="")

    def __enter__(self) -> Self:
        """Start drawing."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing; the last state stays."""
        self._bar.stop()

    @hookimpl
    def tunebridge_trial_finished(self, trial: TrialRecord) -> None:
        """Count one trial."""
        self._failed += trial.state is TrialState.FAILED
        if trial.value is not None and self._direction is not None:
            best = trial.value if self._best is None else self._best
            self._best = min(best, trial.value, key=lambda value: value * self._sign)
        self._bar.update(self._task, advance=1, note=self._note())

    @property
    def _sign(self) -> float:
        return 1.0 if self._direction is None else self._direction.sign

    def _note(self) -> str:
        best = "" if self._best is None else f"best {self._best:.6g}"
        failed = f"{self._failed} failed" if self._failed else ""
        return ", ".join(filter(None, (best, failed)))
