"""What a report says, in words: the same on a page and in Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tunebridge.comparison.cells import Cells
from tunebridge.comparison.findings.best import BestTrial, best_trials, how_many
from tunebridge.comparison.findings.importance import Importance, importances
from tunebridge.comparison.findings.progression import milestones, progression
from tunebridge.comparison.findings.ranking import ranked_lines
from tunebridge.comparison.findings.summary import summarised
from tunebridge.comparison.findings.verdict import shown, verdict_of
from tunebridge.comparison.report.provenance import (
    Translated,
    facts,
    failed_cells,
    failed_trials,
    notes,
    settings,
    translations,
)
from tunebridge.comparison.report.rows import RankRow, Row, rank_rows, rank_test, rows_of
from tunebridge.comparison.statistics.curves import Curve
from tunebridge.display.counted import counted
from tunebridge.pages.failure import Failure
from tunebridge.pages.looks import Look, looks_of
from tunebridge.pages.text import number
from tunebridge.problem.problem import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPart:
    """What is said about one problem."""

    name: str
    """Of the problem."""
    direction: Direction
    """Whether lower or higher values are better."""
    n_seeds: str
    """Replicates that all lines have ended, counted."""
    has_seeds: bool
    """Whether there is any."""
    goal: float | None
    """The value to be reached, if there is one."""
    target: str
    """The same, and whose it is; empty for none."""
    rows: list[Row]
    """One per line."""
    curves: dict[str, Curve]
    """Of each line that has a trial, along the trials."""
    milestones: list[tuple[str, list[str]]]
    """Trials, and the median and the quartiles of each of these lines."""
    best: list[BestTrial]
    """The best trials, the best first."""
    paths: list[str]
    """The parameters that are not fixed."""
    importances: list[Importance]
    """One per parameter, the most important first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that a report says."""

    question: str
    """That is answered."""
    verdict: str
    """Two sentences."""
    names: Mapping[str, str]
    """Of each line how it is shown, by label."""
    looks: Mapping[str, Look]
    """Of each line, by label."""
    reference: str
    """Label of the line that the others are tested against."""
    random: str
    """Label of the line of random search."""
    facts: list[tuple[str, str]]
    """What was run."""
    notes: list[str]
    """What has to be known besides."""
    ranks: list[RankRow]
    """Over several problems; empty for one."""
    rank_test: list[str]
    """What their test says."""
    problems: list[ProblemPart]
    """One by one."""
    n_best: int
    """How many best trials there are of each line."""
    translations: list[Translated]
    """Of every problem on every backend."""
    failed_cells: list[Failure]
    """All of them."""
    failed_trials: list[Failure]
    """Kinds of them."""
    settings: list[tuple[str, list[tuple[str, str]]]]
    """Of each line."""
    versions: list[tuple[str, str]]
    """Of Python, tunebridge and the libraries; then the machine."""
    command: str
    """What was called."""


def content_of(comparison: Cells) -> Content:
    """Return what a report says."""
    names = {label: shown(comparison, label) for label in comparison.labels}
    ranking = ranked_lines(comparison) if len(comparison.problems) > 1 else None
    versions = [(name, version or "not installed") for name, version in comparison.versions.items()]
    return Content(
        question=_question(list(comparison.problems)),
        verdict=verdict_of(comparison),
        names=names,
        looks=looks_of(comparison.labels, comparison.random),
        reference=comparison.reference,
        random=comparison.random,
        facts=facts(comparison),
        notes=notes(comparison, names),
        ranks=[] if ranking is None else rank_rows(comparison, ranking, names),
        rank_test=[] if ranking is None else rank_test(ranking, names),
        problems=[_problem(comparison, problem, names) for problem in comparison.problems],
        n_best=how_many(comparison),
        translations=translations(comparison, names),
        failed_cells=failed_cells(comparison, names),
        failed_trials=failed_trials(comparison, names),
        settings=settings(comparison, names),
        versions=[*versions, ("machine", comparison.machine)],
        command=comparison.command,
    )


def _question(problems: list[str]) -> str:
    where = problems[0] if len(problems) == 1 else counted(len(problems), "problem")
    return f"Which backend finds better values on {where}?"


def _problem(comparison: Cells, problem: str, names: Mapping[str, str]) -> ProblemPart:
    summary = summarised(comparison, problem)
    curves = progression(comparison, problem, "trials")
    whose = "given" if problem in comparison.targets else "the median of what random search finds"
    found = [
        (f"{place:g}", [f"{number(median)} ({number(low)} to {number(high)})" for low, median, high in at])
        for place, at in ((place, by_label.values()) for place, by_label in milestones(curves))
    ]
    return ProblemPart(
        name=problem,
        direction=summary.direction,
        has_seeds=summary.n_seeds > 0,
        n_seeds=counted(summary.n_seeds, "seed"),
        goal=summary.target,
        target="" if summary.target is None else f"{number(summary.target)}, {whose}",
        rows=rows_of(summary, names),
        curves=curves,
        milestones=found,
        best=best_trials(comparison, problem),
        paths=[node.path for node in comparison.problems[problem].space.nodes if not node.fixed],
        importances=importances(comparison, problem),
    )
