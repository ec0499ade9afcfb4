"""The suite's proof about spaces that grow: who stays where it was, or repeats nothing, fails."""

import random
from collections.abc import Mapping
from typing import Any

import pytest

from tunebridge import OpenRequest, Suggestion
from tunebridge.testing import CLIMBER, RANDOM, BackendContract
from tunebridge.testing.backend_growing import GROWING
from tunebridge.testing.proposers import Climber, Drawing, proposer

NEW = "test_what_is_new_in_a_space_that_has_grown_is_proposed_and_the_history_carried"
EXACT = "test_a_study_that_has_grown_goes_on_exactly_if_declared"
SURE = {"learns": True, "observes_foreign_trials": True, "learns_from_pruned": True}


class Staying(Drawing):
    """Proposes what the smaller space had, whatever it is asked for."""

    def ask(self) -> Suggestion:
        suggestion = super().ask()
        assert suggestion is not None
        old = GROWING[0].small.sample(suggestion.id)
        params: Mapping[str, Any] = {**suggestion.params, **old}
        return Suggestion(suggestion.id, params)


class Seedless(Drawing):
    """Draws without its seed."""

    def __init__(self, request: OpenRequest) -> None:
        super().__init__(request)
        self.rng = random.Random()  # not the study's


class Deaf(Climber):
    """Says that it was told nothing."""

    def tell(self, outcome: Any) -> str:
        super().tell(outcome)
        return "not told: it does not listen"


def prove(claim: str, backend: Any) -> None:
    getattr(BackendContract(), claim)(backend)


@pytest.mark.parametrize("claim", [NEW, EXACT])
@pytest.mark.parametrize("backend", [RANDOM, CLIMBER], ids=lambda one: one.spec.name)
def test_who_goes_on_in_the_larger_space_passes(claim: str, backend: Any) -> None:
    prove(claim, backend)


def test_who_stays_in_the_smaller_space_fails() -> None:
    with pytest.raises(AssertionError, match="nothing new of"):
        prove(NEW, proposer("staying", Staying))


@pytest.mark.parametrize("claim", [NEW, EXACT])
def test_who_proposes_something_else_each_time_fails(claim: str) -> None:
    with pytest.raises(AssertionError):
        prove(claim, proposer("seedless", Seedless))


def test_who_is_not_told_of_the_history_fails() -> None:
    with pytest.raises(AssertionError):
        prove(NEW, proposer("deaf", Deaf, **SURE))
