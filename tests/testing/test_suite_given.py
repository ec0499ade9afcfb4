"""The suite's proof that a session takes into account what is fixed."""

from collections.abc import Mapping
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.testing import BackendContract
from tunebridge.testing.proposers import Climber, proposer

PROOF = "test_given_fixed_params_it_goes_to_where_values_are_good_with_them_if_it_declares_that_it_can"

SURE = {"learns": True, "observes_foreign_trials": True, "learns_from_pruned": True}


class Ignoring(Climber):
    """Fixes what it is given, and proposes what it would anyway."""

    def ask_given(self, fixed: Mapping[str, Any]) -> tb.Suggestion:
        suggestion = self.ask()
        return tb.Suggestion(suggestion.id, {**suggestion.params, **fixed})


class Heeding(Ignoring):
    """Looks for the best of those that it was told under the same circumstances."""

    def __init__(self, request: tb.OpenRequest) -> None:
        super().__init__(request)
        self.told: list[tuple[float, Mapping[str, Any]]] = []

    def tell(self, outcome: tb.Outcome) -> str:
        if outcome.values:
            self.told.append((outcome.values[0], outcome.params))
        return "told"

    def ask_given(self, fixed: Mapping[str, Any]) -> tb.Suggestion:
        near = [
            one for one in self.told if all(abs(one[1][name] - value) <= 2 for name, value in fixed.items())
        ]
        self.best = min(near, key=lambda one: one[0], default=None)
        return super().ask_given(fixed)


class Drifting(Heeding):
    """Gives back something else than what is fixed."""

    def ask_given(self, fixed: Mapping[str, Any]) -> tb.Suggestion:
        suggestion = super().ask_given(fixed)
        moved = {name: value - 1 if value > 4 else value + 1 for name, value in fixed.items()}
        return tb.Suggestion(suggestion.id, {**suggestion.params, **moved})


def prove(session: Any, **able: bool) -> None:
    getattr(BackendContract(), PROOF)(proposer("given", session, **SURE, **able))


def test_who_takes_it_into_account_passes() -> None:
    prove(Heeding, contextual=True)


def test_who_ignores_it_fails() -> None:
    with pytest.raises(AssertionError, match="do not go to where"):
        prove(Ignoring, contextual=True)


def test_who_changes_it_fails() -> None:
    with pytest.raises(AssertionError, match="stay as it is"):
        prove(Drifting, contextual=True)


def test_who_can_and_does_not_declare_it_fails() -> None:
    with pytest.raises(AssertionError, match="does not declare"):
        prove(Heeding)


def test_who_declares_it_and_cannot_fails() -> None:
    with pytest.raises(LookupError, match="not Contextual"):
        prove(Climber, contextual=True)
