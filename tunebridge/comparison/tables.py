"""A comparison as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan

from rich.console import RenderableType
from rich.table import Table

from tunebridge.comparison.cells import Cells
from tunebridge.comparison.findings.ranking import line_scores, ranked_lines
from tunebridge.comparison.findings.summary import LineSummary, Summary, summarised
from tunebridge.comparison.findings.verdict import p_text, shown, verdict_of
from tunebridge.comparison.statistics.paired import PairedTest, Verdict
from tunebridge.comparison.statistics.time_to_target import Reaching
from tunebridge.display.text import Text
from tunebridge.errors import last_line

STYLES = {Verdict.BETTER: "green", Verdict.WORSE: "red", Verdict.IMPOSSIBLE: "yellow"}
"""Colours of verdicts."""

MAX_FAILURES = 5
"""How many failed cells are shown."""


def comparison_parts(comparison: Cells) -> Iterator[RenderableType]:
    """Yield the verdict, a table per problem, the ranks over several, what is lossy, and what failed."""
    yield Text(verdict_of(comparison), "bold")
    for problem in comparison.problems:
        yield Text()
        yield problem_table(comparison, summarised(comparison, problem))
    if len(comparison.problems) > 1:
        yield Text()
        yield from _ranks(comparison)
    for (problem, label), rows in comparison.lossy.items():
        paths = ", ".join(row.path for row in rows)
        yield Text(f"lossy: {label} cannot propose {paths} of {problem} as declared", "yellow")
    n_anew = sum(cell.n_sessions > 1 for cell in comparison.cells)
    if n_anew:
        many = "1 cell was" if n_anew == 1 else f"{n_anew} cells were"
        yield Text(f"{many} cut short, and went on with a new session of its library", "yellow")
    yield from _failures(comparison)


def problem_table(comparison: Cells, summary: Summary) -> Table:
    """Return what is said about one problem, one line per row."""
    target = "" if summary.target is None else f"\n{summary.target:.4g}"
    table = Table(show_edge=False, pad_edge=False)
    table.title = Text(
        f"{summary.problem}: {summary.direction}, {summary.n_seeds} seed{'s' * (summary.n_seeds != 1)}",
        "bold",
    )
    table.title_justify = "left"
    table.add_column("line", overflow="fold")
    table.add_column("best value:\nmedian,\nquartiles", no_wrap=True)
    table.add_column(Text(f"against\n{comparison.reference}"), overflow="fold")
    table.add_column(f"to target{target}", no_wrap=True)
    table.add_column("sampler,\nfailed", no_wrap=True)
    for line in summary.lines:
        table.add_row(*_cells(comparison, line), end_section=True)
    return table


def _cells(comparison: Cells, line: LineSummary) -> list[Text]:
    low, high = line.quartiles
    failed = [f"{line.n_failed_cells} cells"] if line.n_failed_cells else []
    failed += [f"{line.n_failed_trials} trials"] if line.n_failed_trials else []
    share = "-" if isnan(line.sampler_share) else f"{line.sampler_share * 100:.0f} %"
    return [
        Text(shown(comparison, line.label)),
        Text(f"{_number(line.median)}\n{_number(low)}\n{_number(high)}"),
        Text("reference", "dim") if line.label == comparison.reference else _test(line.test),
        Text(_reached(line.trials_to_target, line.seconds_to_target)),
        Text("\n".join([share, *failed]), "red" if failed else ""),
    ]


def _test(test: PairedTest | None) -> Text:
    """Return a test: what it says, the difference and its interval, and p."""
    if test is None:
        return Text("-", "dim")
    said = Text(str(test.verdict), STYLES.get(test.verdict, ""))
    if test.needed_seeds is not None:
        said.append(f"; needs {test.needed_seeds} seeds")
    interval = f"{test.confidence * 100:.4g} %: {test.interval}"
    return said.append(f"\n{_number(test.estimate)}  {interval}\nadjusted {p_text(test.p_adjusted)}")


def _reached(trials: Reaching, seconds: Reaching) -> str:
    """Return the share that reached the target, and when half of them had."""
    if not trials.n_seeds:
        return "-"
    when = "-" if trials.median is None else f"{trials.median:g} trials"
    then = "-" if seconds.median is None else f"{seconds.median:.3g} s"
    return f"{trials.n_reached}/{trials.n_seeds}\n{when}\n{then}"


def _ranks(comparison: Cells) -> Iterator[RenderableType]:
    """Yield the lines over all problems, the best first."""
    ranking = ranked_lines(comparison)
    if ranking is None:
        return
    scores = line_scores(comparison)
    table = Table("line", "mean rank", "score", show_edge=False, pad_edge=False)
    table.title, table.title_justify = Text(f"over {ranking.n_problems} problems", "bold"), "left"
    for label, rank in ranking.mean_ranks.items():
        score = f"{scores[label]:.1f}" if label in scores else "-"
        table.add_row(Text(shown(comparison, label)), f"{rank:.2f}", score)
    yield table
    if ranking.impossible:
        yield Text(ranking.impossible, "yellow")
        return
    yield Text(
        f"Friedman chi2 = {ranking.chi_square:.2f}, F = {ranking.f:.2f}, {p_text(ranking.p)}; "
        f"critical difference of ranks (Nemenyi) {ranking.critical_difference:.2f}"
    )
    for group in ranking.groups:
        if len(group) > 1:
            yield Text(f"not told apart: {', '.join(shown(comparison, label) for label in group)}")


def _failures(comparison: Cells) -> Iterator[Text]:
    failed: Sequence[tuple[str, str]] = [(cell.study, cell.error) for cell in comparison.failures]
    for name, error in failed[:MAX_FAILURES]:
        yield Text(f"failed: {name}: {last_line(error)}", "red")
    if len(failed) > MAX_FAILURES:
        yield Text(f"{len(failed) - MAX_FAILURES} more cells failed", "red")


def _number(value: float) -> str:
    return "-" if isnan(value) else f"{value:.4g}"
