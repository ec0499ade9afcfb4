"""Prints a tally as a plain line now and then."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console

from tunebridge.display.printable import one_line
from tunebridge.display.text import Text
from tunebridge.progress.tally import Tally
from tunebridge.progress.text import clock, percent
from tunebridge.trial.state import TrialState

PARTS = 10
"""A line for each such part of the budget."""

UNLIMITED_SECONDS = 10.0
"""Seconds between two lines of a study that nothing limits."""

ALWAYS = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED)
"""States whose count is shown even if it is 0."""


class Lines:
    """Prints a line at every tenth of the budget, or every 10 s without one, and a last one at the end.

    Args:
        console: Where to print.
        tally: What changes.
        words: Returns it as one line.
    """

    def __init__(self, console: Console, tally: Tally, words: Callable[[Tally], str]) -> None:
        """Hold all."""
        self._console = console
        self._tally = tally
        self._words = words
        self._last_part = self._part()

    def start(self) -> None:
        """Print nothing: nothing has happened."""

    def update(self) -> None:
        """Print a line if one is due; called when a trial has ended."""
        part = self._part()
        if part > self._last_part and self._tally.fraction != 1:
            self._print()
        self._last_part = part

    def stop(self) -> None:
        """Print the last line."""
        self._print()

    def _part(self) -> int:
        fraction = self._tally.fraction
        return int(self._tally.elapsed / UNLIMITED_SECONDS if fraction is None else fraction * PARTS)

    def _print(self) -> None:
        self._console.print(Text(one_line(self._words(self._tally))), soft_wrap=True)


def line(tally: Tally) -> str:
    """Return a tally as one line."""
    total = tally.budget.n_trials
    shown = (*ALWAYS, *(state for state in tally.counts if state not in ALWAYS and tally.counts[state]))
    shares = ((tally.earlier, "earlier"), (tally.n_heard, "by other processes"))
    whose = [f"{count} of them {what}" for count, what in shares if count]
    listed = f", {', '.join(whose)}," if whose else ""
    parts = [
        f"{tally.done}{'' if total is None else f'/{total}'} trials{listed} in {clock(tally.elapsed)}",
        ", ".join(f"{tally.counts[state]} {state.value}" for state in shown),
        _best(tally),
        _copies(tally),
        f"sampler {percent(tally.sampler_share)} of the time",
        _end(tally),
    ]
    return "; ".join(filter(None, parts))


def _best(tally: Tally) -> str:
    if tally.best_trial is None:
        return ""
    values = ", ".join(f"{value:.6g}" for value in tally.best)
    return f"best {values}" + (f" (trial {tally.best_trial.number})" if len(tally.best) == 1 else "")


def _copies(tally: Tally) -> str:
    if not tally.copies:
        return ""
    last = tally.copies[0]
    return f"{tally.n_copies} copied, last {last.member} from {last.donor}"


def _end(tally: Tally) -> str:
    if tally.stop_reason is not None:
        return f"ended: {tally.stop_reason or 'early'}"
    return "" if tally.remaining is None else f"eta {clock(tally.remaining)}"
