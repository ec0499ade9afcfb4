"""The suite's proofs about what runs elsewhere."""

from collections.abc import Mapping
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.testing import BackendContract
from tunebridge.testing.proposers import Climber, proposer

AWAY = "test_it_keeps_away_from_what_runs_elsewhere_if_it_declares_that_it_heeds_that"
ENDED = "test_what_ran_elsewhere_counts_as_a_foreign_trial_once_it_has_ended"

SURE = {"learns": True, "observes_foreign_trials": True, "learns_from_pruned": True}


class Numbering(Climber):
    """Gives what runs elsewhere a number, and goes on as before."""

    def heed(self, params: Mapping[str, Any]) -> int:
        self.n_elsewhere = getattr(self, "n_elsewhere", 0) + 1
        return -self.n_elsewhere


class Sensible(Numbering):
    """Proposes the farther of two: from the middle of what runs elsewhere."""

    def __init__(self, request: tb.OpenRequest) -> None:
        super().__init__(request)
        self.elsewhere: dict[int, Mapping[str, Any]] = {}

    def heed(self, params: Mapping[str, Any]) -> int:
        number = super().heed(params)
        self.elsewhere[number] = params
        return number

    def tell(self, outcome: tb.Outcome) -> str:
        self.elsewhere.pop(outcome.suggestion_id or 0, None)
        return super().tell(outcome)

    def ask(self) -> tb.Suggestion:
        if not self.elsewhere:
            return super().ask()
        one, other = super().ask(), super().ask()
        return max(one, other, key=self.away)

    def away(self, suggestion: tb.Suggestion) -> float:
        """Return how far away from all of that it is."""
        return sum((abs(suggestion.params["x"] - one["x"]) for one in self.elsewhere.values()), 0.0)


class Believing(Sensible):
    """Takes what runs elsewhere for the best there is."""

    def away(self, suggestion: tb.Suggestion) -> float:
        return -super().away(suggestion)


class Forgetful(Sensible):
    """Does not hear that it has ended."""

    def tell(self, outcome: tb.Outcome) -> str:
        return Climber.tell(self, outcome)


def prove(proof: str, session: Any, *, heeds_pending: bool = True) -> None:
    chosen = proposer("heeding", session, **SURE, heeds_pending=heeds_pending)
    contract = BackendContract()
    spaces = [tb.Space(x=tb.Float(0, 1))]
    getattr(contract, proof)(*((chosen,) if proof == AWAY else (chosen, spaces)))


def test_who_keeps_away_passes() -> None:
    prove(AWAY, Sensible)
    prove(ENDED, Sensible)


@pytest.mark.parametrize("session", [Numbering, Believing])
def test_who_does_not_keep_away_fails(session: Any) -> None:
    with pytest.raises(AssertionError, match="do not keep away"):
        prove(AWAY, session)


def test_who_keeps_away_from_what_has_ended_fails() -> None:
    with pytest.raises(AssertionError, match="does not count as one of others does"):
        prove(ENDED, Forgetful)


def test_who_can_and_does_not_declare_it_fails() -> None:
    with pytest.raises(AssertionError, match="does not declare"):
        prove(AWAY, Sensible, heeds_pending=False)


def test_who_declares_it_and_cannot_fails() -> None:
    with pytest.raises(LookupError, match="not Heeding"):
        prove(AWAY, Climber)
