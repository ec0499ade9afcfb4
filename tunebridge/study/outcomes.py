"""What a backend is told of the end of a trial."""

from __future__ import annotations

from tunebridge.contract.outcome import Outcome, OutcomeState
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState

OUTCOMES = {
    TrialState.COMPLETE: OutcomeState.COMPLETE,
    TrialState.PRUNED: OutcomeState.PRUNED,
    TrialState.FAILED: OutcomeState.FAILED,
    TrialState.TIMED_OUT: OutcomeState.FAILED,
}
"""What a backend is told of each end."""


def outcome_of(record: TrialRecord, suggestion_id: int | None) -> Outcome:
    """Return what a session is told of a finished trial."""
    return Outcome(
        suggestion_id=suggestion_id,
        params=record.params,
        state=OUTCOMES[record.state],
        values=record.values,
        reports=record.reports,
    )
