"""What a report says about one problem, and about all of them: rows of its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan

from tunebridge.comparison.cells import Cells
from tunebridge.comparison.findings.ranking import line_scores
from tunebridge.comparison.findings.summary import LineSummary, Summary
from tunebridge.comparison.findings.verdict import p_text
from tunebridge.comparison.statistics.friedman import Ranking
from tunebridge.comparison.statistics.paired import PairedTest, Verdict
from tunebridge.comparison.statistics.time_to_target import Reaching
from tunebridge.display.counted import counted
from tunebridge.pages.text import NOTHING, number

KINDS = {
    Verdict.BETTER: "better",
    Verdict.WORSE: "worse",
    Verdict.NO_DIFFERENCE: "equal",
    Verdict.IMPOSSIBLE: "untested",
    None: "untested",
}
"""Verdicts as style sheets name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An interval of a difference as a picture: places from 0 to 100, the same scale in all rows."""

    zero: float
    """Where no difference is."""
    point: float
    """The estimate."""
    low: float
    """The lower end, or the edge if it is infinite."""
    high: float
    """The upper end, or the edge."""
    open_low: bool
    """Whether it goes on beyond the edge."""
    open_high: bool
    """Whether it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line on one problem, in words."""

    label: str
    """Of the line."""
    name: str
    """The same as it is shown."""
    median: str
    """Of the best values."""
    quartiles: str
    """Of the best values."""
    difference: str
    """To the reference; empty for the reference itself."""
    interval: str
    """Of that difference, with its confidence."""
    p: str
    """Adjusted."""
    verdict: str
    """What is to be said."""
    kind: str
    """The verdict's, for style sheets: better, worse, equal, untested, reference."""
    picture: Interval | None
    """Of the interval."""
    reached: str
    """Share of seeds that reached the target, and when half of them had."""
    sampler: str
    """The sampler's share of the time."""
    failed: str
    """Cells and trials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankRow:
    """One line over all problems, in words."""

    label: str
    """Of the line."""
    name: str
    """As it is shown."""
    rank: str
    """The mean."""
    score: str
    """Bayesmark's."""


def rows_of(summary: Summary, names: Mapping[str, str]) -> list[Row]:
    """Return what is said about a problem, one line per row.

    Args:
        summary: Of the problem.
        names: How each label is shown.
    """
    tests = [line.test for line in summary.lines if line.test is not None]
    return [_row(line, names[line.label], tests, summary.reference) for line in summary.lines]


def rank_rows(comparison: Cells, ranking: Ranking, names: Mapping[str, str]) -> list[RankRow]:
    """Return what is said about each line over all problems, the best first."""
    scores = line_scores(comparison)
    return [
        RankRow(label=label, name=names[label], rank=f"{rank:.2f}", score=_score(scores.get(label)))
        for label, rank in ranking.mean_ranks.items()
    ]


def rank_test(ranking: Ranking, names: Mapping[str, str]) -> list[str]:
    """Return what the test over problems says, in sentences."""
    if ranking.impossible:
        return [f"No test was made: {ranking.impossible}."]
    said = [
        f"Friedman's test, corrected by Iman and Davenport, over {ranking.n_problems} problems: "
        f"chi² = {ranking.chi_square:.2f}, F = {ranking.f:.2f}, {p_text(ranking.p)}.",
        f"Nemenyi's critical difference of mean ranks at the level {ranking.level:g}: "
        f"{ranking.critical_difference:.2f}.",
    ]
    if not ranking.different:
        return [*said, "The lines cannot be told apart."]
    groups = [group for group in ranking.groups if len(group) > 1]
    return said + [f"Not told apart: {', '.join(names[label] for label in group)}." for group in groups]


def _row(line: LineSummary, name: str, tests: Sequence[PairedTest], reference: str) -> Row:
    low, high = line.quartiles
    share = NOTHING if isnan(line.sampler_share) else f"{line.sampler_share * 100:.0f} %"
    failed = [counted(line.n_failed_cells, "cell")] if line.n_failed_cells else []
    failed += [counted(line.n_failed_trials, "trial")] if line.n_failed_trials else []
    test = line.test
    return Row(
        label=line.label,
        name=name,
        median=number(line.median),
        quartiles=NOTHING if isnan(low) and isnan(high) else f"{number(low)} to {number(high)}",
        difference="" if test is None else f"{test.estimate:+.4g}",
        interval="" if test is None else f"{test.confidence * 100:.4g} %: {test.interval}",
        p="" if test is None else _p(test),
        verdict="reference" if line.label == reference else _said(test),
        kind="reference" if line.label == reference else KINDS[None if test is None else test.verdict],
        picture=None if test is None else _picture(test, tests),
        reached=_reached(line.trials_to_target, line.seconds_to_target),
        sampler=share,
        failed=", ".join(failed) or NOTHING,
    )


def _said(test: PairedTest | None) -> str:
    if test is None:
        return "not tested yet"
    if test.needed_seeds is None:
        return str(test.verdict)
    needed = "needs" if test.verdict is Verdict.IMPOSSIBLE else "a difference of this size needs about"
    return f"{test.verdict}; {needed} {counted(test.needed_seeds, 'seed')}"


def _p(test: PairedTest) -> str:
    """Return the adjusted p without its letter, which the column has."""
    return p_text(test.p_adjusted).removeprefix("p").removeprefix(" = ").strip()


def _reached(trials: Reaching, seconds: Reaching) -> str:
    """Return the share that reached the target, and when half of them had."""
    if not trials.n_seeds:
        return NOTHING
    parts = [f"{trials.n_reached} of {trials.n_seeds}"]
    parts += [] if trials.median is None else [f"{trials.median:g} trials"]
    parts += [] if seconds.median is None else [f"{number(seconds.median, 3)} s"]
    return ", ".join(parts)


def _picture(test: PairedTest, tests: Sequence[PairedTest]) -> Interval:
    """Place an interval on a scale that holds zero and all finite ends and estimates."""
    numbers = [0.0, *(value for one in tests for value in (one.low, one.estimate, one.high))]
    finite = [value for value in numbers if isfinite(value)]
    low, high = min(finite), max(finite)
    margin = 0.08 * (high - low) or 1.0

    def place(value: float) -> float:
        at = (value - low + margin) / (high - low + 2 * margin)
        return round(100 * min(max(at, 0.0), 1.0), 1)

    return Interval(
        zero=place(0.0),
        point=place(test.estimate) if not isnan(test.estimate) else place(0.0),
        low=place(test.low),
        high=place(test.high),
        open_low=not isfinite(test.low),
        open_high=not isfinite(test.high),
    )


def _score(score: float | None) -> str:
    return NOTHING if score is None else f"{score:.1f}"
