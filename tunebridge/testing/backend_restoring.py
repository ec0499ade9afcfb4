"""What backends promise whose sessions go on from a state that was kept."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import cycle
from typing import Any

from tunebridge import Backend, OutcomeState, Restorable, Space
from tunebridge.testing import example_spaces
from tunebridge.testing.backend_studies import Studied
from tunebridge.testing.dialogue import Dialogue
from tunebridge.testing.example_spaces import flat_space, is_refused

STATES = tuple(
    OutcomeState[name]
    for name in ("COMPLETE", "COMPLETE", "FAILED", "COMPLETE", "PRUNED", "INFEASIBLE", "COMPLETE")
)
"""How suggestions end, in turn."""

N_AFTER = 4
"""Proposals that are compared after a session was brought back."""


class RestoringContract(Studied):
    """The promise of `Restorable`; `BackendContract` includes it."""

    def test_a_session_that_is_brought_back_by_its_state_proposes_what_it_would_have_proposed(
        self, eager: Backend
    ) -> None:
        """Talk to one, with failures and pending suggestions, and bring others back to several moments."""
        if not eager.spec.capabilities.restorable:
            with Dialogue(eager, flat_space(eager)) as dialogue:
                assert not isinstance(dialogue.session, Restorable), "it does not declare that it can"
            return
        every = (
            example_spaces.CONSTRAINED,
            example_spaces.TREE,
            example_spaces.GATED,
            example_spaces.WEIGHTED,
        )
        spaces = [space for group in every for space in group if not is_refused(space, eager)]
        assert spaces, "it refuses all example spaces"
        for space in spaces:
            for cut in (1, self.n_trials // 2, self.n_trials):
                self._check(eager, space, cut)

    def _check(self, eager: Backend, space: Space, cut: int) -> None:
        with Dialogue(eager, space, seed=5) as whole, Dialogue(eager, space, seed=5) as other:
            past = Past(whole)
            for _ in range(cut):
                past.go_on()
            state = whole.session.state() if isinstance(whole.session, Restorable) else None
            assert state is not None, "the session keeps no state"
            past.repeat(other, json.loads(json.dumps(state)))
            for _ in range(N_AFTER):
                mine, theirs = past.go_on(), past.go_on_with(other)
                assert mine == theirs, "a session that was brought back proposes something else"


class Past:
    """What was said to a session, one suggestion behind: the last one is pending when the next is made.

    Args:
        dialogue: The talk with the session.
    """

    def __init__(self, dialogue: Dialogue) -> None:
        """Begin with nothing said."""
        self._dialogue = dialogue
        self._said: list[tuple[Any, Mapping[str, Any], Mapping[str, Any], OutcomeState | None]] = []
        self._open: dict[Dialogue, tuple[int, Mapping[str, Any]] | None] = {dialogue: None}
        self._states = {dialogue: cycle(STATES)}

    @property
    def marks(self) -> list[Mapping[str, Any]]:
        """What the session has said of its suggestions."""
        return [mark for _, _, mark, ended in self._said if ended is None]

    def go_on(self) -> tuple[int, Mapping[str, Any]]:
        """Ask for a suggestion, and tell the end of the last one."""
        return self.go_on_with(self._dialogue)

    def go_on_with(self, dialogue: Dialogue) -> tuple[int, Mapping[str, Any]]:
        """Do so in a talk that was brought back."""
        suggestion = dialogue.ask()
        session = dialogue.session
        assert isinstance(session, Restorable)
        mark = json.loads(json.dumps(dict(session.mark(suggestion))))
        own = dialogue is self._dialogue
        if own:
            self._said.append((suggestion.id, suggestion.params, mark, None))
        last, self._open[dialogue] = self._open[dialogue], (suggestion.id, suggestion.params)
        if last is not None:
            state = self._next_state(dialogue)
            dialogue.tell_again(*last, state)
            if own:
                self._said.append((*last, {}, state))
        return suggestion.id, suggestion.params

    def repeat(self, other: Dialogue, state: Mapping[str, Any]) -> None:
        """Bring another talk to where this one is."""
        session = other.session
        assert isinstance(session, Restorable)
        self._open[other], self._states[other] = None, cycle(STATES)
        for number, params, mark, ended in self._said:
            if ended is not None:
                other.tell_again(number, params, self._next_state(other))
                continue
            taken = session.take_up(params, mark)
            assert (taken.id, taken.params) == (number, params)
            self._open[other] = number, params
        session.restore(state)

    def _next_state(self, dialogue: Dialogue) -> OutcomeState:
        """Return how the next suggestion ends: not PRUNED where several objectives have no reports."""
        state = next(self._states[dialogue])
        is_pruned = state is OutcomeState.PRUNED and len(dialogue.directions) > 1
        return OutcomeState.FAILED if is_pruned else state
