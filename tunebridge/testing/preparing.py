"""What a backend promises that takes the option `lookahead`: see `tunebridge.Preparing`."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tunebridge import Backend, OutcomeState, Preparing
from tunebridge.testing import example_spaces
from tunebridge.testing.dialogue import Dialogue
from tunebridge.testing.example_spaces import accepted

N_AHEAD = 12
"""Proposals that are compared."""


class PreparingContract:
    """The promises about proposals made ahead; `BackendContract` includes them."""

    def test_it_takes_the_option_lookahead_if_declared_and_else_does_not(self, chosen: Backend) -> None:
        """Look for it among the options."""
        takes = "lookahead" in chosen.spec.options
        assert chosen.spec.capabilities.prepares == takes, "the option, and what it declares, go together"

    def test_a_proposal_made_ahead_is_the_one_that_it_would_make_then(self, eager: Backend) -> None:
        """Prepare while one trial is open, and compare with asking then: one outcome fewer is known."""
        for ahead, twin in _pairs(eager, lookahead=1):
            assert list(_prepared(ahead, expected=True)) == list(_asked_early(twin))

    def test_without_lookahead_nothing_is_made_ahead(self, eager: Backend) -> None:
        """Call for it all the same, and compare with a session that nobody calls."""
        for ahead, twin in _pairs(eager, lookahead=0):
            proposed = list(_prepared(ahead, expected=False))
            assert proposed == twin.proposals([OutcomeState.COMPLETE] * N_AHEAD)


def _pairs(eager: Backend, *, lookahead: int) -> Iterator[tuple[Dialogue, Dialogue]]:
    """Yield two dialogues over each space, the first with the option."""
    given = Backend(eager.spec, {**eager.options, "lookahead": lookahead})
    for space in [accepted(eager, example_spaces.CONSTRAINED)] * eager.spec.capabilities.prepares:
        with Dialogue(given, space) as ahead, Dialogue(eager, space) as twin:
            yield ahead, twin


def _prepared(dialogue: Dialogue, *, expected: bool) -> Iterator[Mapping[str, Any]]:
    """Yield what is proposed by a session that is called to propose ahead while a trial is open."""
    assert isinstance(dialogue.session, Preparing)
    for _ in range(N_AHEAD):
        suggestion = dialogue.ask()
        yield suggestion.params
        assert [dialogue.session.prepare() for _ in range(2)] == [expected, False]
        dialogue.tell(suggestion)


def _asked_early(dialogue: Dialogue) -> Iterator[Mapping[str, Any]]:
    """Yield what is proposed by a session that is asked once more before it is told."""
    suggestion = dialogue.ask()
    for _ in range(N_AHEAD):
        yield suggestion.params
        following = dialogue.ask()
        dialogue.tell(suggestion)
        suggestion = following
