"""Where the figures of a report come from: translations, failures, settings, versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunebridge.comparison.cells import Cells
from tunebridge.comparison.findings.verdict import listing
from tunebridge.contract.translation import Fidelity, TranslatedParameter
from tunebridge.display.brief import shortened
from tunebridge.display.counted import counted
from tunebridge.errors import last_line
from tunebridge.pages.failure import TRACEBACK, Failure
from tunebridge.pages.text import NOTHING, duration

SETTING = 200
"""Characters that are shown of a setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """What became of a problem's space on the backend of some lines."""

    problem: str
    """Its name."""
    names: str
    """The lines, as they are shown."""
    in_short: str
    """How many parameters are how faithful."""
    lossy: bool
    """Whether some are lossy."""
    rows: tuple[TranslatedParameter, ...]
    """One per parameter."""


def translations(comparison: Cells, names: Mapping[str, str]) -> list[Translated]:
    """Return the translation of every problem on every backend; lines that differ by pruner share one."""
    found = []
    for problem in comparison.problems:
        sharing: dict[tuple[str, str], list[str]] = {}
        for line in comparison.lines:
            sharing.setdefault((line.backend, repr(dict(line.options))), []).append(line.label)
        for labels in sharing.values():
            rows = comparison.translation(problem, labels[0]).parameters
            counts = Counter(row.fidelity for row in rows)
            found.append(
                Translated(
                    problem=problem,
                    names=", ".join(names[label] for label in labels),
                    in_short=", ".join(f"{counts[kind]} {kind}" for kind in Fidelity if counts[kind]),
                    lossy=counts[Fidelity.LOSSY] > 0,
                    rows=rows,
                )
            )
    return found


def failed_cells(comparison: Cells, names: Mapping[str, str]) -> list[Failure]:
    """Return the failures of cells; those of a line on a problem for the same reason are one."""
    seeds: dict[tuple[str, str, str], list[int]] = {}
    first: dict[tuple[str, str, str], str] = {}
    for cell in comparison.failures:
        kind = (cell.problem, cell.line, last_line(cell.error) or str(cell.state))
        seeds.setdefault(kind, []).append(cell.seed)
        first.setdefault(kind, cell.error)
    return [
        Failure(
            where=f"{kind[0]}, {names[kind[1]]}, seed{'s' * (len(some) > 1)} {listing(map(str, some))}",
            what=kind[2],
            traceback=shortened(first[kind], TRACEBACK),
        )
        for kind, some in seeds.items()
    ]


def failed_trials(comparison: Cells, names: Mapping[str, str]) -> list[Failure]:
    """Return the kinds of failures of trials, those of most trials first."""
    counts: Counter[tuple[str, str, str]] = Counter()
    first: dict[tuple[str, str, str], str] = {}
    for cell in comparison.cells:
        for record in cell.records:
            if record.state.is_failure:
                error = record.error or record.state.value
                kind = (cell.problem, cell.line, last_line(error))
                counts[kind] += 1
                first.setdefault(kind, error)
    return [
        Failure(
            where=f"{problem}, {names[label]}",
            what=f"{counted(count, 'trial')}: {reason}",
            traceback=shortened(first[problem, label, reason], TRACEBACK),
        )
        for (problem, label, reason), count in counts.most_common()
    ]


def settings(comparison: Cells, names: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the effective settings of each line's sampler, those that its first cell was run with."""
    found = []
    for line in comparison.lines:
        cells = [cell for cell in comparison.cells if cell.line == line.label and cell.settings]
        given: Mapping[str, Any] = cells[0].settings if cells else line.options
        rows = [(name, shortened(repr(value), SETTING)) for name, value in given.items()]
        rows += [("pruner", line.pruner)] if line.pruner else []
        found.append((names[line.label], rows))
    return found


def facts(comparison: Cells) -> list[tuple[str, str]]:
    """Return what was run, in a few pairs of a name and a text."""
    budget = comparison.budget
    limits = [] if budget.n_trials is None else [counted(budget.n_trials, "trial")]
    limits += [] if budget.max_seconds is None else [duration(budget.max_seconds)]
    ended = sum(cell.has_ended for cell in comparison.cells)
    records = [record for cell in comparison.cells for record in cell.records]
    start = min((record.started for record in records), default=None)
    ends = [record.finished for record in records if record.finished is not None]
    return [
        ("Comparison", comparison.study),
        ("Problems", f"{len(comparison.problems):,}"),
        ("Lines", f"{len(comparison.lines):,}"),
        ("Seeds", f"{len(comparison.seeds):,}"),
        ("Budget of each cell", " or ".join(limits) or NOTHING),
        ("Cells ended", f"{ended:,} of {len(comparison.cells):,}"),
        ("Trials", f"{len(records):,}"),
        ("Time of all cells", duration(sum(cell.seconds for cell in comparison.cells))),
        ("First trial", NOTHING if start is None else f"{start:%Y-%m-%d %H:%M} UTC"),
        ("Last trial", f"{max(ends):%Y-%m-%d %H:%M} UTC" if ends else NOTHING),
    ]


def notes(comparison: Cells, names: Mapping[str, str]) -> list[str]:
    """Return what one has to know to take the figures for what they are."""
    found = [
        f"{names[label]} cannot propose {', '.join(row.path for row in rows)} of {problem} as declared: "
        f"{'; '.join(dict.fromkeys(row.reason for row in rows if row.reason))}."
        for (problem, label), rows in comparison.lossy.items()
    ]
    if comparison.shared_start:
        found.append(
            f"The lines of a seed share their first {counted(comparison.shared_start, 'point')}, "
            "which are part of the budget."
        )
    again = sum(cell.n_sessions > 1 for cell in comparison.cells)
    if again:
        found.append(
            f"{counted(again, 'cell')} went on after an interruption with "
            "a sampler that was told of the trials before, not with the very state it had."
        )
    return found
