"""What the page of a study says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from tunebridge.display.counted import counted
from tunebridge.errors import last_line
from tunebridge.pages.document import Document, Section, Table
from tunebridge.pages.text import NOTHING, duration, number
from tunebridge.result.importances import Importances
from tunebridge.result.nearest import none_allowed
from tunebridge.result.report.beyond import beyond_section
from tunebridge.result.report.busy import Busy
from tunebridge.result.report.curves import curve_section
from tunebridge.result.report.excluded import excluded_section
from tunebridge.result.report.failed import failure_section
from tunebridge.result.report.family import family_section
from tunebridge.result.report.front import counting, front_section
from tunebridge.result.report.incumbents import incumbent_section
from tunebridge.result.report.kinds import lines_of
from tunebridge.result.report.matters import importance_section
from tunebridge.result.report.proposed import proposer_section
from tunebridge.result.report.reported import Reported
from tunebridge.result.report.schedules import schedule_section
from tunebridge.result.report.shown import DIGITS, params_line, shown_params, shown_values
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState

MOST_TRIALS = 30
"""The best trials that are listed."""


def document_of(result: Reported, importances: Importances) -> Document:
    """Return what the page of a study says.

    Args:
        result: Of the study.
        importances: Of its parameters.
    """
    single = len(result.problem.directions) == 1
    front = result.best_trials if result.eligible_trials else []
    best = frozenset(trial.number for trial in (front[:1] if single else front))
    sections = [
        incumbent_section(result) if single else front_section(result, front),
        curve_section(result, best),
        schedule_section(result, best),
        family_section(result, best),
        _trial_section(result) if single else None,
        beyond_section(result),
        proposer_section(result),
        importance_section(importances),
        failure_section(result),
        excluded_section(result),
        _space_section(result),
    ]
    return Document(
        kind="Study",
        title=result.study,
        verdict=_verdict(result, front),
        notes=_notes(result),
        facts=_facts(result),
        lines=lines_of(result.trials, best),
        sections=[section for section in sections if section is not None],
    )


def _verdict(result: Reported, front: Sequence[TrialRecord]) -> str:
    if not result.trials:
        return "The study has no trial yet."
    beyond = none_allowed(result.trials)
    if beyond:
        return f"{beyond[0].upper()}{beyond[1:]}."
    if not front:
        errors = [trial.error for trial in result.trials if trial.state.is_failure and trial.error]
        first = f" The first failure: {last_line(errors[0])}" if errors else ""
        which = "may be the best" if result.complete_trials else "is complete"
        return f"None of the {counted(len(result.trials), 'trial')} {which}: {_counts(result)}.{first}"
    if len(result.problem.directions) > 1:
        n_trials = f"{counted(len(front), 'trial')} of {len(result.trials):,}"
        of_which = f", of those{counting(result)}" if counting(result) else ""
        return f"{n_trials} that no other is better than in all objectives at once{of_which}."
    best = front[0]
    params = params_line(result.problem.space, best)
    how = "with" if not best.schedule else "which changed while it trained and began with"
    with_params = f", {how} {params}" if params else ""
    return (
        f"The best value is {shown_values(best)[0]} ({result.problem.directions[0]}), "
        f"found by trial {best.number} of {counted(len(result.trials), 'trial')}{with_params}."
    )


def _counts(result: Reported) -> str:
    counts = Counter(trial.state for trial in result.trials)
    parts = [f"{counts[state]:,} {state.value.replace('_', ' ')}" for state in TrialState if counts[state]]
    excluded = sum(trial.excluded is not None for trial in result.trials)
    parts += [f"{excluded:,} of them excluded"] if excluded else []
    return ", ".join(parts) or "none"


def _notes(result: Reported) -> list[str]:
    found = [f"Not as it was written, and left out: {one}" for one in result.damaged]
    if result.carried is not None:
        found.append(str(result.carried))
    running = sum(not trial.state.is_finished for trial in result.trials)
    if running:
        found.append(f"{counted(running, 'trial')} had not ended when this page was written.")
    return found


def _facts(result: Reported) -> list[tuple[str, str]]:
    starts = [trial.started for trial in result.trials]
    ends = [trial.finished for trial in result.trials if trial.finished is not None]
    return [
        ("Study", result.study),
        ("Backend", result.backend or NOTHING),
        ("Seed", str(result.seed)),
        ("Objectives", ", ".join(result.problem.directions)),
        ("Trials", f"{len(result.trials):,}"),
        ("How they ended", _counts(result)),
        ("Ended by", result.stop_reason or NOTHING),
        ("Time with trials running", duration(Busy(result.trials).total)),
        ("Time of samplers", duration(sum(trial.sampler_seconds for trial in result.trials))),
        ("Time of objectives", duration(sum(trial.objective_seconds for trial in result.trials))),
        ("First trial", f"{min(starts):%Y-%m-%d %H:%M} UTC" if starts else NOTHING),
        ("Last end", f"{max(ends):%Y-%m-%d %H:%M} UTC" if ends else NOTHING),
        *_devices(result),
    ]


def _devices(result: Reported) -> list[tuple[str, str]]:
    """Return how many trials ran on each device, if they were given any."""
    counts = Counter(trial.device for trial in result.trials if trial.device is not None)
    said = ", ".join(f"{name}: {counted(count, 'trial')}" for name, count in sorted(counts.items()))
    return [("Devices", said)] if said else []


def _trial_section(result: Reported) -> Section | None:
    """Return the best trials of a study with one objective, the best first; None if there are none."""
    if not result.eligible_trials:
        return None
    sign, space = result.problem.directions[0].sign, result.problem.space
    ordered = sorted(result.eligible_trials, key=lambda trial: sign * (trial.values or (0.0,))[0])
    paths = [node.path for node in space.nodes if not node.fixed]
    rows = []
    for trial in ordered[:MOST_TRIALS]:
        params: Mapping[str, str] = shown_params(space, trial)
        rows.append(
            [
                str(trial.number),
                number((trial.values or (None,))[0], DIGITS),
                trial.proposer,
                duration(trial.objective_seconds),
                *(params.get(path, "") for path in paths),
            ]
        )
    return Section(
        key="trials",
        title="Best trials",
        tables=[
            Table(
                caption=f"Best {len(rows)} of {counted(len(ordered), 'complete trial')}{counting(result)}, "
                "with what they began with.",
                heads=("Trial", "Value", "Proposed by", "Took", *paths),
                rows=rows,
                figures=(0, 1, 3),
            )
        ],
    )


def _space_section(result: Reported) -> Section:
    space = result.problem.space
    return Section(
        key="space",
        title="Space",
        words=[
            *(f"Constraint: {rule.reason}" for rule in space.constraints),
            *(f"The space {grown}." for grown in result.grown),
        ],
        tables=[
            Table(
                caption="What was searched.",
                heads=("Parameter", "Declared"),
                rows=[[node.path, node.declared] for node in space.nodes],
            )
        ],
    )
