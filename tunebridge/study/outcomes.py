"""What a backend is told of the end of a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunebridge.contract.outcome import Outcome, OutcomeState
from tunebridge.problem.ended import Ended
from tunebridge.trial.limit import Limited
from tunebridge.trial.lineage import Copy
from tunebridge.trial.open_trial import OpenTrial
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

MEASURED = (OutcomeState.COMPLETE, OutcomeState.PRUNED)
"""The ends with which it is told of limits; of a failure it knows enough."""


def outcome(opened: OpenTrial, ended: Ended) -> tuple[Outcome, str]:
    """Return what a session is told of a trial that ends, and what is added to how it was told."""
    return _outcome(
        opened.suggestion_id,
        params=opened.params,
        state=ended.state,
        values=ended.values,
        reports=tuple(opened.reports),
        schedule=opened.schedule,
        limits=opened.trial.limits,
    )


def outcome_of(record: TrialRecord, suggestion_id: int | None) -> Outcome:
    """Return what a session is told of a finished trial."""
    return _outcome(
        suggestion_id,
        params=record.params,
        state=record.state,
        values=record.values,
        reports=record.reports,
        schedule=record.schedule,
        limits=record.limits,
    )[0]


def _outcome(
    suggestion_id: int | None,
    *,
    params: Mapping[str, Any],
    state: TrialState,
    values: tuple[float, ...] | None,
    reports: Sequence[Report],
    schedule: Sequence[Change | Copy],
    limits: Mapping[str, Limited],
) -> tuple[Outcome, str]:
    """Return what a session is told of a trial that is over, and what is added to how it was told.

    What a member of a population has reached once it went on from another's checkpoint says nothing about
    the params that were proposed: those are pruned there.
    """
    copies = [entry for entry in schedule if isinstance(entry, Copy)]
    note, told = "", OUTCOMES[state]
    if copies:
        first = copies[0]
        told, values, limits = OutcomeState.PRUNED, None, {}
        reports = [report for report in reports if report.step <= first.step]
        note = f", as it was at step {first.step}, before it copied trial {first.donor}"
    excesses = {name: one.excess for name, one in limits.items()} if told in MEASURED else {}
    said = Outcome(
        suggestion_id=suggestion_id,
        params=params,
        state=told,
        values=values,
        reports=tuple(reports),
        limits=excesses,
    )
    return said, note
