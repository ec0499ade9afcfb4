"""The suite's proof that inactive parameters teach nothing: who learns from them fails."""

from typing import Any

import pytest

import tunebridge as tb
from tunebridge import Backend, OpenRequest, Outcome, Suggestion
from tunebridge.testing import CLIMBER, BackendContract
from tunebridge.testing.example_spaces import TREE
from tunebridge.testing.proposers import Climber, proposer

CLAIM = "test_what_was_drawn_and_is_inactive_teaches_nothing"
WORDS = "drawn by values of inactive parameters"


class Leaky(Climber):
    """Draws all parameters in any case, proposes the active ones, and learns from all."""

    def __init__(self, request: OpenRequest) -> None:
        super().__init__(request)
        self.drawn: dict[Any, dict[str, Any]] = {}

    def ask(self) -> Suggestion:
        self.n_asked += 1
        self.drawn[self.n_asked] = {node.path: self.draw(node) for node in self.request.space.nodes}
        return Suggestion(self.n_asked, self.request.space.flatten(self.drawn[self.n_asked]))

    def tell(self, outcome: Outcome) -> str:
        before = self.best
        told = super().tell(outcome)
        if self.best is not before and self.best is not None and outcome.suggestion_id is not None:
            self.best = self.best[0], self.drawn[outcome.suggestion_id]
        return told


class Dropping(Leaky):
    """Draws all parameters in any case, too, and learns from the active ones alone."""

    def tell(self, outcome: Outcome) -> str:
        return Climber.tell(self, outcome)


def prove(backend: Backend) -> None:
    getattr(BackendContract(), CLAIM)(backend)


def test_who_learns_from_what_is_inactive_fails() -> None:
    with pytest.raises(AssertionError, match=WORDS):
        prove(proposer("leaky", Leaky, learns=True))


@pytest.mark.parametrize(
    "backend", [CLIMBER, proposer("dropping", Dropping, learns=True)], ids=lambda one: one.spec.name
)
def test_who_never_draws_it_or_drops_it_passes(backend: Backend) -> None:
    prove(backend)


@pytest.fixture
def leaking(monkeypatch: pytest.MonkeyPatch) -> Backend:
    """hyperopt's TPE with all that it draws in its history."""
    monkeypatch.setattr("tunebridge_hyperopt.session.HyperoptSession._drop_inactive", lambda *_: None)
    return tb.backend("hyperopt:tpe", n_startup_jobs=3)


def test_hyperopt_with_all_that_it_draws_in_its_history_fails(leaking: Backend) -> None:
    with pytest.raises(AssertionError, match=WORDS):
        prove(leaking)


def test_and_does_not_go_on_after_a_kill_as_if_there_had_been_none(leaking: Backend) -> None:
    with pytest.raises(AssertionError):
        BackendContract().test_a_killed_study_goes_on_exactly_if_declared_and_else_says_that_it_does_not(
            leaking, [TREE[0]], 0
        )
