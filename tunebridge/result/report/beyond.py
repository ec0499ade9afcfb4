"""The complete trials of a study that are beyond their limits, and how far."""

from __future__ import annotations

from tunebridge.display.counted import counted
from tunebridge.pages.document import Section, Table
from tunebridge.result.report.reported import Reported
from tunebridge.result.report.shown import params_line, shown_values

MOST_ROWS = 60
"""Trials that are listed, the first ones."""


def beyond_section(result: Reported) -> Section | None:
    """Return the trials that limits keep from being best, with their values; None if there are none."""
    beyond = [trial for trial in result.complete_trials if trial.beyond]
    if not beyond:
        return None
    rows = [
        [
            str(trial.number),
            ", ".join(shown_values(trial)),
            trial.beyond,
            params_line(result.problem.space, trial),
        ]
        for trial in beyond[:MOST_ROWS]
    ]
    left = len(beyond) - len(rows)
    more = f" {counted(left, 'later one')} are left out." if left else ""
    return Section(
        key="beyond",
        title="Beyond their limits",
        tables=[
            Table(
                caption=f"Complete trials beyond their limits, none of which may be the best.{more}",
                heads=("Trial", "Value", "Beyond", "Began with"),
                rows=rows,
                figures=(0, 1),
            )
        ],
    )
