"""The suite's proof that a session goes on from its state."""

from collections.abc import Mapping
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.testing import BackendContract
from tunebridge.testing.proposers import Climber, proposer

PROOF = "test_a_session_that_is_brought_back_by_its_state_proposes_what_it_would_have_proposed"

SURE = {"learns": True, "observes_foreign_trials": True, "learns_from_pruned": True}


class Restored(Climber):
    """Keeps its random numbers, as JSON."""

    def mark(self, suggestion: tb.Suggestion) -> Mapping[str, Any]:
        return {}

    def state(self) -> Mapping[str, Any] | None:
        version, words, normal = self.rng.getstate()
        return {"version": version, "words": list(words), "normal": normal}

    def take_up(self, params: Mapping[str, Any], mark: Mapping[str, Any]) -> tb.Suggestion:
        self.n_asked += 1
        return tb.Suggestion(self.n_asked, params)

    def restore(self, state: Mapping[str, Any]) -> None:
        self.rng.setstate((state["version"], tuple(state["words"]), state["normal"]))


class Forgetful(Restored):
    """Begins its random numbers anew."""

    def restore(self, state: Mapping[str, Any]) -> None:
        pass


class Silent(Restored):
    """Keeps nothing."""

    def state(self) -> None:
        return None


class Counting(Restored):
    """Takes suggestions up under other ids."""

    def take_up(self, params: Mapping[str, Any], mark: Mapping[str, Any]) -> tb.Suggestion:
        return tb.Suggestion(super().take_up(params, mark).id + 1, params)


def prove(session: Any, **able: bool) -> None:
    getattr(BackendContract(), PROOF)(proposer("restored", session, **SURE, **able))


def test_who_keeps_all_that_it_depends_on_passes() -> None:
    prove(Restored, restorable=True)


def test_who_forgets_its_random_numbers_fails() -> None:
    with pytest.raises(AssertionError, match="proposes something else"):
        prove(Forgetful, restorable=True)


def test_who_keeps_no_state_fails() -> None:
    with pytest.raises(AssertionError, match="keeps no state"):
        prove(Silent, restorable=True)


def test_who_gives_other_ids_fails() -> None:
    with pytest.raises(AssertionError):
        prove(Counting, restorable=True)


def test_who_can_and_does_not_declare_it_fails() -> None:
    with pytest.raises(AssertionError, match="does not declare"):
        prove(Restored)


def test_who_declares_it_and_cannot_fails() -> None:
    with pytest.raises(AssertionError):
        prove(Climber, restorable=True)
