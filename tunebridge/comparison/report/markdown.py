"""A report as Markdown: the same words, and tables where the page has pictures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tunebridge.comparison.cells import Cells
from tunebridge.comparison.report.content import Content, ProblemPart, content_of
from tunebridge.pages.markdown import code, failures, listed, table, text


def markdown_of(comparison: Cells) -> str:
    """Return the report as Markdown, in the dialect that has tables; names come into it as text."""
    content = content_of(comparison)
    parts = chain(
        _opening(content),
        _ranks(content),
        chain.from_iterable(_problem(content, part) for part in content.problems),
        _translations(content),
        _failures(content),
        _provenance(content),
    )
    return "\n\n".join(parts) + "\n"


def _opening(content: Content) -> Iterator[str]:
    yield f"# {text(content.question)}"
    yield f"**{text(content.verdict)}**"
    yield from (f"> {text(note)}" for note in content.notes)
    yield listed(content.facts)


def _ranks(content: Content) -> Iterator[str]:
    if content.ranks:
        yield "## Over all problems"
        yield table(
            ["line", "mean rank", "score"], [(row.name, row.rank, row.score) for row in content.ranks]
        )
        yield "\n".join(f"- {text(sentence)}" for sentence in content.rank_test)


def _problem(content: Content, part: ProblemPart) -> Iterator[str]:
    yield f"## {text(part.name)}"
    target = f"; target {part.target}" if part.target else ""
    yield text(f"{part.direction}; {part.n_seeds} that all lines have ended{target}.")
    reference = content.names[content.reference]
    heads = ["line", "verdict", "median", "quartiles", f"difference to {reference}", "interval", "p"]
    yield table(
        [*heads, "reached the target", "sampler", "failed"],
        [
            (row.name, row.verdict, row.median, row.quartiles, row.difference, row.interval, row.p,
             row.reached, row.sampler, row.failed)
            for row in part.rows
        ],
    )  # fmt: skip
    if part.milestones:
        yield "### Best value so far: median, and quartiles over the seeds"
        heads = ["trials", *(content.names[label] for label in part.curves)]
        yield table(heads, [(place, *cells) for place, cells in part.milestones])
    if part.best:
        yield from _best(content, part)


def _best(content: Content, part: ProblemPart) -> Iterator[str]:
    """Yield the best trials, and what matters."""
    yield "### The best trials"
    yield f"At most {content.n_best} of each line, the best over all its seeds."
    yield table(
        ["value", "line", "seed", "trial", *part.paths],
        [
            (trial.value, content.names[trial.label], str(trial.seed), str(trial.number),
             *map(trial.shown, part.paths))
            for trial in part.best
        ],
    )  # fmt: skip
    yield "### What matters"
    yield (
        "Share of the variance of ranks of values that each parameter explains by itself, estimated from the "
        f"trials of random search, {text(content.names[content.random])}: its params are drawn "
        "independently, those of other lines are not. Interactions are in nobody's share."
    )
    shares = [
        "too few trials" if one.share is None else f"{one.share * 100:.0f} %" for one in part.importances
    ]
    rows = [(one.path, share, str(one.n_trials)) for one, share in zip(part.importances, shares, strict=True)]
    yield table(["parameter", "share", "trials"], rows)


def _translations(content: Content) -> Iterator[str]:
    yield "## What became of the spaces"
    for one in content.translations:
        where = f"{one.problem} on {one.names}" if len(content.problems) > 1 else one.names
        yield f"### {text(where)}: {text(one.in_short)}"
        yield table(
            ["parameter", "fidelity", "reason", "declared", "native call"],
            [(row.path, row.fidelity, row.reason, row.declared, row.native) for row in one.rows],
        )


def _failures(content: Content) -> Iterator[str]:
    yield "## Failures"
    if not content.failed_cells and not content.failed_trials:
        yield "No cell and no trial has failed."
    for title, found in (("Cells", content.failed_cells), ("Trials", content.failed_trials)):
        if found:
            yield f"### {title}"
            yield from failures(found)


def _provenance(content: Content) -> Iterator[str]:
    yield "## Versions, settings, command"
    yield code(content.command)
    yield listed(content.versions)
    for name, rows in content.settings:
        if rows:
            yield f"### Settings of {text(name)}"
            yield table(["setting", "value"], rows)
