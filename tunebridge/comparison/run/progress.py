"""The live view of a comparison: how many cells of each line have ended, drawn in place or as plain lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.rule import Rule

from tunebridge.display.text import Text
from tunebridge.progress import Progress
from tunebridge.progress.tally import Tally
from tunebridge.progress.text import clock, one_line
from tunebridge.registry.hookspecs import hookimpl
from tunebridge.registry.study_view import StudyView
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState
from tunebridge.trial.trial import Trial

BAR_WIDTH = 20
MAX_LABEL = 40


class CellsProgress(Progress):
    """Follows the study of a comparison, whose trials are cells.

    Args:
        lines: Labels of the lines, in order.
        cells: The params of all cells that are run.
        console: Where to show it; as for `Progress`.
    """

    def __init__(
        self, lines: Sequence[str], cells: Sequence[Mapping[str, Any]], console: Console | None = None
    ) -> None:
        """Show nothing yet."""
        super().__init__(console)
        self._board = Board(lines, cells)

    @hookimpl
    def tunebridge_study_started(self, study: StudyView) -> None:
        """Begin to show; cells of earlier calls count."""
        for record in study.result.trials:
            self._board.end(record)
        super().tunebridge_study_started(study)

    @hookimpl
    def tunebridge_trial_started(self, trial: Trial) -> None:
        """Note that a cell begins."""
        self._board.running[trial.number] = f"{trial['problem']}, {trial['line']}, seed {trial['seed']}"
        super().tunebridge_trial_started(trial)

    @hookimpl
    def tunebridge_trial_finished(self, trial: TrialRecord) -> None:
        """Count the cell."""
        self._board.end(trial)
        super().tunebridge_trial_finished(trial)

    def screen(self, tally: Tally) -> RenderableType:
        """Return the board, as it is at each drawing."""
        self._board.tally = tally
        return self._board

    def words(self, tally: Tally) -> str:
        """Return how far it is, as one line."""
        counts = ", ".join(f"{n} {state.value}" for state, n in tally.counts.items() if n)
        if tally.stop_reason is None:
            end = f"eta {clock(tally.remaining)}"
        else:
            end = "interrupted" if tally.stop_reason == "interrupted" else "ended"
        return f"{tally.done}/{tally.budget.n_trials or 0} cells in {clock(tally.elapsed)}; {counts}; {end}"


class Board:
    """A rich renderable: one row per line.

    Args:
        lines: Labels of the lines, in order.
        cells: The params of all cells that are run.
    """

    def __init__(self, lines: Sequence[str], cells: Sequence[Mapping[str, Any]]) -> None:
        """Begin with nothing that has ended."""
        self.tally: Tally | None = None
        self.running: dict[int, str] = {}
        # All lines from the start, and lists that are only ever appended to: another thread draws them.
        self._totals = {line: sum(cell["line"] == line for cell in cells) for line in lines}
        self._ended: dict[str, list[TrialRecord]] = {line: [] for line in lines if self._totals[line]}
        self._is_one = len({cell["problem"] for cell in cells}) == 1

    def end(self, record: TrialRecord) -> None:
        """Take in a cell that is over; one that was interrupted is not."""
        self.running.pop(record.number, None)
        if record.state.counts and record.params["line"] in self._ended:
            self._ended[record.params["line"]].append(record)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the rows, cut to the width."""
        encoding = options.encoding
        done, total = sum(map(len, self._ended.values())), sum(self._totals.values())
        yield Rule(Text(f"{done}/{total} cells  {self._clock()}", "bold"), style="dim", align="left")
        width = min(MAX_LABEL, max((cell_len(one_line(line, encoding)) for line in self._ended), default=0))
        rows = [self._row(line, width, encoding, options.ascii_only) for line in self._ended]
        now = "; ".join(list(self.running.values())) or "nothing"
        rows.append(Text(f"{'now':<{width}}  ", "dim").append(one_line(now, encoding), "cyan"))
        for row in rows:
            row.no_wrap = True
            row.truncate(options.max_width, overflow="crop" if options.ascii_only else "ellipsis")
            yield row

    def _clock(self) -> str:
        if self.tally is None:
            return ""
        eta = f"  eta {clock(self.tally.remaining)}" if self.tally.stop_reason is None else ""
        return f"{clock(self.tally.elapsed)}{eta}"

    def _row(self, line: str, width: int, encoding: str, ascii_only: bool) -> Text:
        """Return how far one line is, and on a single problem what it has found."""
        ended, total = self._ended[line], self._totals[line]
        full = round(BAR_WIDTH * len(ended) / total)
        bar = ("-" if ascii_only else "━") * full
        row = Text(f"{set_cell_size(one_line(line, encoding), width)}  ")
        row.append(f"{bar:<{BAR_WIDTH}}", "bar.complete").append(f"  {len(ended):>{len(str(total))}}/{total}")
        values = [record.value for record in ended if record.value is not None]
        if values and self._is_one:
            row.append(f"  median {median(values):.6g}", "green")
        n_failed = sum(record.state is not TrialState.COMPLETE for record in ended)
        return row.append(f"  {n_failed} failed", "red") if n_failed else row
