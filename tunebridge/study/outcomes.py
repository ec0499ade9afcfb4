"""What a backend is told of the end of a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunebridge.contract.outcome import Outcome, OutcomeState
from tunebridge.trial.lineage import Copy
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.report import Change, Report
from tunebridge.trial.state import TrialState

OUTCOMES = {
    TrialState.COMPLETE: OutcomeState.COMPLETE,
    TrialState.PRUNED: OutcomeState.PRUNED,
    TrialState.FAILED: OutcomeState.FAILED,
    TrialState.TIMED_OUT: OutcomeState.FAILED,
}
"""What a backend is told of each end."""


def outcome(
    suggestion_id: int | None,
    *,
    params: Mapping[str, Any],
    state: TrialState,
    values: tuple[float, ...] | None,
    reports: Sequence[Report],
    schedule: Sequence[Change | Copy],
) -> tuple[Outcome, str]:
    """Return what a session is told of a trial that is over, and what is added to how it was told.

    What a member of a population has reached once it went on from another's checkpoint says nothing about
    the params that were proposed: those are pruned there.
    """
    copies = [entry for entry in schedule if isinstance(entry, Copy)]
    note, told = "", OUTCOMES[state]
    if copies:
        first = copies[0]
        told, values = OutcomeState.PRUNED, None
        reports = [report for report in reports if report.step <= first.step]
        note = f", as it was at step {first.step}, before it copied trial {first.donor}"
    return Outcome(
        suggestion_id=suggestion_id, params=params, state=told, values=values, reports=tuple(reports)
    ), note


def outcome_of(record: TrialRecord, suggestion_id: int | None) -> Outcome:
    """Return what a session is told of a finished trial."""
    return outcome(
        suggestion_id,
        params=record.params,
        state=record.state,
        values=record.values,
        reports=record.reports,
        schedule=record.schedule,
    )[0]
