"""The trials of a study that are excluded, and why."""

from __future__ import annotations

from tunebridge.pages.document import Section, Table
from tunebridge.result.report.reported import Reported
from tunebridge.result.report.shown import params_line, shown_values


def excluded_section(result: Reported) -> Section | None:
    """Return the trials from which nothing is learned any more, with their reasons; None without any."""
    rows = [
        [
            str(trial.number),
            trial.state.value.replace("_", " "),
            ", ".join(shown_values(trial)),
            params_line(result.problem.space, trial),
            trial.excluded,
        ]
        for trial in result.trials
        if trial.excluded is not None
    ]
    if not rows:
        return None
    return Section(
        key="excluded",
        title="Excluded trials",
        tables=[
            Table(
                caption="They are never best, and nothing is learned from them.",
                heads=("Trial", "Ended", "Value", "Began with", "Reason"),
                rows=rows,
                figures=(0,),
            )
        ],
    )
