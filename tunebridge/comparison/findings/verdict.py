"""What a comparison has found, in two sentences of plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import isclose, isinf, isnan

from tunebridge.comparison.cell import value_of
from tunebridge.comparison.cells import Cells
from tunebridge.comparison.findings.ranking import ranked_lines
from tunebridge.comparison.findings.summary import Summary, summarised
from tunebridge.comparison.statistics.friedman import Ranking
from tunebridge.comparison.statistics.paired import LEVEL, PairedTest, Verdict, told_together
from tunebridge.comparison.statistics.signed_rank import DIGITS, smallest_sample


def verdict_of(comparison: Cells) -> str:
    """Return what was found: what is better or worse, then what cannot be told apart, and why."""
    summaries = [summarised(comparison, problem) for problem in comparison.problems]
    begun = [summary for summary in summaries if summary.n_seeds]
    if not begun:
        many = sum(cell.has_ended for cell in comparison.cells)
        return (
            f"Nothing can be said yet: {many} of {len(comparison.cells)} cells have ended. "
            "A first look needs every line with at least one seed."
        )
    found = _one_problem(comparison, begun[0]) if len(begun) == 1 else _problems(comparison, begun)
    return _so_far(comparison) + found.removesuffix(".") + _failures(comparison)


def _so_far(comparison: Cells) -> str:
    if comparison.is_complete:
        return ""
    ended = sum(cell.has_ended for cell in comparison.cells)
    return f"So far, with {ended} of {len(comparison.cells)} cells: "


def _one_problem(comparison: Cells, summary: Summary) -> str:
    reference, where = shown(comparison, comparison.reference), _extent(comparison, summary)
    tests = [line.test for line in summary.lines if line.test is not None]
    told = [test for test in tests if test.verdict in (Verdict.BETTER, Verdict.WORSE)]
    equal = [test for test in tests if test.verdict is Verdict.NO_DIFFERENCE]
    untested = [test for test in tests if test.verdict is Verdict.IMPOSSIBLE]
    if untested:
        return _impossible(comparison, summary, untested)
    if not told:
        names = listing(shown(comparison, test.first) for test in equal)
        return (
            f"No detectable difference: {names} cannot be told apart from {reference} {where}. "
            f"{_needed(comparison, equal)}."
        )
    parts = [
        _clause(comparison, summary.problem, test, f" than {reference}" if test is told[0] else "")
        for test in told
    ]
    first = f"{'; '.join(parts)}; {where}."
    if not equal:
        return f"{first} Every line could be told apart from {reference}."
    names = listing(shown(comparison, test.first) for test in equal)
    return (
        f"{first} Between {reference} and {names} there is no detectable difference: "
        f"{_needed(comparison, equal, first=False)}."
    )


def _clause(comparison: Cells, problem: str, test: PairedTest, than: str) -> str:
    """Say by how much a line is better or worse, how sure that is, and by which p."""
    found = "better" if test.verdict is Verdict.BETTER else "worse"
    if isinf(test.estimate):
        lacking = test.second if test.verdict is Verdict.BETTER else test.first
        cells = comparison.whole_cells(problem)[lacking]
        n_empty = sum(cell.best is None for cell in cells)
        size, how = "", f"{shown(comparison, lacking)} found none in {n_empty} of {len(cells)} cells"
    else:
        size = f" by {abs(test.estimate):.3g}"
        how = f"{test.confidence * 100:.4g} % interval of the difference {test.interval}"
    label = shown(comparison, test.first)
    return f"{label} finds {found} values{than}{size} ({how}, adjusted {p_text(test.p_adjusted)})"


def _impossible(comparison: Cells, summary: Summary, untested: Sequence[PairedTest]) -> str:
    needed = max(test.needed_seeds or 0 for test in untested)
    seeds = "one seed" if summary.n_seeds == 1 else f"{summary.n_seeds} seeds"
    return (
        f"No test is possible: with {seeds} no difference can be significant, it needs {needed} seeds. "
        f"{_luck(comparison, summary)}"
    )


def _luck(comparison: Cells, summary: Summary) -> str:
    """Name the lines with the best median, which need not be better than the others."""
    medians = {line.label: summary.direction.sign * line.median for line in summary.lines}
    known = [loss for loss in medians.values() if not isnan(loss)]
    if not known:
        return "No line has found a value in more than half of its cells."
    first = [label for label, loss in medians.items() if isclose(loss, min(known), rel_tol=10.0**-DIGITS)]
    if len(first) == len(medians):
        return f"All lines have the same median, {value_of(min(known), summary.direction):.4g}."
    names = listing(shown(comparison, label) for label in first)
    best = value_of(min(known), summary.direction)
    return f"The best median is that of {names}, {best:.4g}, which may be luck."


def _needed(comparison: Cells, tests: Sequence[PairedTest], *, first: bool = True) -> str:
    """Say how many seeds would show differences of the sizes found."""
    counts = [(test.first, test.needed_seeds) for test in tests]
    known = [f"{count} seeds for {shown(comparison, name)}" for name, count in counts if count is not None]
    if not known:
        text = "what was found is no difference at all, which more seeds would not show"
    elif len(counts) == 1:
        text = f"to show one of the size found would take about {counts[0][1]} seeds"
    else:
        text = f"to show one of the size found would take about {listing(known)}"
    return text[0].upper() + text[1:] if first else text


def _extent(comparison: Cells, summary: Summary) -> str:
    seeds = f"{summary.n_seeds} seed{'s' * (summary.n_seeds != 1)}"
    where = f"on {summary.problem} " if len(comparison.problems) > 1 else ""
    return f"{where}with {_budget(comparison)} and {seeds}"


def _budget(comparison: Cells) -> str:
    budget = comparison.budget
    trials = "" if budget.n_trials is None else f"{budget.n_trials} trials"
    seconds = "" if budget.max_seconds is None else f"{budget.max_seconds:g} s"
    return " or ".join(filter(None, [trials, seconds]))


def _problems(comparison: Cells, summaries: Sequence[Summary]) -> str:
    ranking = ranked_lines(comparison)
    first = "" if ranking is None else _ranks(comparison, ranking)
    return f"{first} {_one_by_one(comparison, summaries)}"


def _one_by_one(comparison: Cells, summaries: Sequence[Summary]) -> str:
    """Count the problems on which lines are better or worse than the reference."""
    tests = [line.test for summary in summaries for line in summary.lines if line.test is not None]
    opening = f"Problem by problem against {shown(comparison, comparison.reference)}"
    needed = smallest_sample(LEVEL, len(tests))
    if max(test.n_seeds for test in tests) < needed:
        return f"{opening} no difference can be significant: {len(tests)} tests need {needed} seeds."
    counts = Counter((test.first, test.verdict) for test in told_together(tests))
    parts = []
    for label in comparison.labels:
        better, worse = counts[label, Verdict.BETTER], counts[label, Verdict.WORSE]
        if better or worse:
            parts.append(f"{shown(comparison, label)} is better on {better} and worse on {worse}")
    opening, extent = f"{opening}, corrected for all {len(tests)} tests,", f"of {len(summaries)} problems"
    short = dict.fromkeys(
        summary.problem
        for summary in summaries
        for line in summary.lines
        if line.test is not None and line.test.verdict is Verdict.IMPOSSIBLE
    )
    if parts:
        elsewhere = f"{listing(parts)} {extent}; elsewhere there is no detectable difference"
    else:
        elsewhere = f"there is no detectable difference on any {extent}"
    lacking = f"; on {listing(short)} none can be significant with so few seeds" if short else ""
    return f"{opening} {elsewhere}{lacking}."


def _ranks(comparison: Cells, ranking: Ranking) -> str:
    names = listing(f"{shown(comparison, label)} {rank:.2f}" for label, rank in ranking.mean_ranks.items())
    if ranking.impossible:
        return f"No test over the problems is possible: {ranking.impossible}; mean ranks are {names}."
    extent = f"over {ranking.n_problems} problems"
    if not ranking.different:
        return f"No detectable difference {extent} ({p_text(ranking.p)}): mean ranks are {names}."
    best = next(iter(ranking.mean_ranks))
    beaten = [pair[1] for pair, p in ranking.p_pairs.items() if pair[0] == best and p <= ranking.level]
    told = listing(shown(comparison, label) for label in beaten) or "no other line"
    return (
        f"The lines differ {extent} ({p_text(ranking.p)}): {shown(comparison, best)} ranks best, "
        f"apart from {told} by more than the critical difference {ranking.critical_difference:.2f} "
        f"(mean ranks {names})."
    )


def _failures(comparison: Cells) -> str:
    """Return the end of the last sentence, which names the lines whose cells failed."""
    counts = Counter(cell.line for cell in comparison.failures)
    total = len(comparison.problems) * len(comparison.seeds)
    parts = [f"{shown(comparison, label)} failed in {n} of {total} cells" for label, n in counts.items()]
    return f"; {listing(parts)}." if parts else "."


def shown(comparison: Cells, label: str) -> str:
    """Return a label, marked if its backend could not propose a space as declared."""
    return f"{label} (lossy)" if comparison.is_lossy(label) else label


def p_text(p: float) -> str:
    """Return a p-value as it is written; one that is tiny as a bound."""
    return f"p = {p:.2g}" if p >= 1e-4 else "p < 0.0001"


def listing(parts: Iterable[str]) -> str:
    """Return parts as people list them."""
    *rest, last = list(parts) or [""]
    return f"{', '.join(rest)} and {last}" if rest else last
