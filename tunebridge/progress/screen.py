"""Draws a tally as lines that never wrap and keep their places: six, and one more once there are copies."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderResult
from rich.rule import Rule

from tunebridge.display.text import Text
from tunebridge.progress.sparkline import ASCII_BLOCKS, BLOCKS, curve
from tunebridge.progress.tally import Tally
from tunebridge.progress.text import clock, one_line, params_text, percent, stopwatch
from tunebridge.trial.state import TrialState

LABEL_WIDTH = 8
MIN_BAR_WIDTH = 6

STYLES = {TrialState.COMPLETE: "green", TrialState.PRUNED: "yellow", TrialState.FAILED: "red"}
"""The states that are always shown, in this order; others are shown once there are any."""


class Screen:
    """A rich renderable of a tally: each drawing shows the tally as it is then."""

    def __init__(self, tally: Tally) -> None:
        """Hold the tally."""
        self._tally = tally

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines, cut to the width."""
        width, ascii_only, encoding = options.max_width, options.ascii_only, options.encoding
        yield Rule(Text(one_line(self._tally.title, encoding), "bold"), style="dim", align="left")
        lines = (
            self._trials(width, ascii_only, bool(console.color_system) and not console.no_color),
            self._states(),
            self._best(encoding),
            self._latest(width, ascii_only, encoding),
            *self._copies(ascii_only),
            self._times(),
        )
        for line in lines:
            yield _cut(line, width, ascii_only)

    def _trials(self, width: int, ascii_only: bool, colours: bool) -> Text:
        """Return the line of trials, with a bar if something limits the study."""
        fraction, figures = self._tally.fraction, self._figures()
        room = width - LABEL_WIDTH - len(figures) - 2
        if fraction is None or room < MIN_BAR_WIDTH:
            return _line("trials", figures)
        # Not rich's own bar: without colours that ends where the full part ends, and the figures would move.
        full, block = int(fraction * room), "-" if ascii_only else "━"
        line = _line("trials").append(block * full, "bar.complete")
        return (
            line.append((block if colours else " ") * (room - full), "bar.back")
            .append("  ")
            .append_text(figures)
        )

    def _figures(self) -> Text:
        tally = self._tally
        total = tally.budget.n_trials
        count = str(tally.done) if total is None else f"{tally.done:>{len(str(total))}}/{total}"
        eta = "" if tally.fraction is None else f"  eta {clock(tally.remaining)}"
        # At the end a blank of the same width, so that the bar does not jump.
        return Text(f"{count}  {clock(tally.elapsed)}{eta if tally.stop_reason is None else ' ' * len(eta)}")

    def _states(self) -> Text:
        counts, width = self._tally.counts, len(str(self._tally.budget.n_trials or self._tally.done))
        line = _line("states")
        for state in (*STYLES, *(other for other in counts if other not in STYLES and counts[other])):
            style = STYLES.get(state, "") if counts[state] else "dim"
            line.append(f"{counts[state]:>{width}} {state.value}  ", style)
        heard = self._tally.n_heard
        return line.append(f"({heard} by other processes)", "dim") if heard else line

    def _best(self, encoding: str) -> Text:
        tally = self._tally
        record = tally.best_trial
        if record is None:
            some = tally.counts[TrialState.COMPLETE] > 0
            return _line("best", Text("none may be yet" if some else "no trial is complete", "dim"))
        line = _line("best", Text(", ".join(f"{value:.6g}" for value in tally.best), "bold green"))
        if len(tally.best) > 1:
            return line.append("  each objective by itself")
        params = one_line(params_text(record.params), encoding)
        return line.append(f"  trial {record.number}").append(f"  {params}", "cyan")

    def _latest(self, width: int, ascii_only: bool, encoding: str) -> Text:
        """Return the line of the trial that reported last, or how the study ended."""
        tally, trial = self._tally, self._tally.latest
        if tally.stop_reason is not None:
            return _line("ended", Text(one_line(tally.stop_reason or "early", encoding)))
        if trial is None:
            return _line("now", Text("waiting for the sampler", "dim"))
        line = _line("now", Text(f"trial {trial.number}  {clock(tally.running_seconds(trial))}"))
        if not trial.reports:
            return line
        last = trial.reports[-1]
        line.append(f"  step {last.step:<4} {last.value:<12.6g} ")
        room = max(1, width - line.cell_len)
        by_step = sorted(trial.reports, key=lambda report: report.step)
        values = [report.value for report in by_step[-room:]]
        return line.append(curve(values, ASCII_BLOCKS if ascii_only else BLOCKS), "cyan")

    def _copies(self, ascii_only: bool) -> list[Text]:
        """Return the line of who copied whom in a population, the newest first; none if nobody did."""
        tally = self._tally
        if not tally.copies:
            return []
        arrow = "<-" if ascii_only else "←"
        shown = [f"{one.member} {arrow} {one.donor} at step {one.step}" for one in tally.copies]
        return [_line("copies", Text(f"{tally.n_copies}  ")).append("   ".join(shown), "cyan")]

    def _times(self) -> Text:
        tally, share = self._tally, self._tally.sampler_share
        if not tally.done:
            return _line("time", Text("no trial has ended", "dim"))
        sampler = f"sampler {stopwatch(tally.sampler_seconds)} ({percent(share)})"
        objective = f"objective {stopwatch(tally.objective_seconds)} ({percent(1 - share)})"
        return _line("time", Text(f"{sampler}  {objective}"))


def _line(label: str, rest: Text | None = None) -> Text:
    line = Text(no_wrap=True).append(f"{label:<{LABEL_WIDTH}}", "dim")
    return line if rest is None else line.append_text(rest)


def _cut(line: Text, width: int, ascii_only: bool) -> Text:
    """Cut a line to the width; the ellipsis is no ASCII."""
    line.truncate(width, overflow="crop" if ascii_only else "ellipsis")
    return line
