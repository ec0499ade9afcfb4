"""What every backend promises about trials that run elsewhere.

The proof is paired, as those about learning are. Values are good at both ends of a space, and trials run at
one of them. A session that is told so is to propose nearer to the other end.
"""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from statistics import fmean
from typing import Any

from tunebridge import Backend, Float, Heeding, Int, OutcomeState, Space
from tunebridge.testing.bowl import Bowl
from tunebridge.testing.dialogue import Dialogue, far_corner, near_corner
from tunebridge.testing.evidence import is_shown
from tunebridge.testing.example_spaces import accepted

Params = Mapping[str, Any]

SMALL = (Space(x=Float(0, 1)), Space(x=Int(1, 64)))
"""One parameter, so that few trials fill an end."""

N_POOL = 100
"""Draws from which those in the middle and at the ends are taken."""

N_SAME = 2
"""Seeds under which sessions are compared that are to propose the same."""


class HeedingContract:
    """The promises about trials that run elsewhere; `BackendContract` includes them."""

    n_known = 30
    """Trials in the middle that a session is told of before, with one at either end."""
    n_elsewhere = 10
    """Trials that run elsewhere, at one end of the space."""
    n_beside = 2
    """Proposals that have to keep away from them."""

    def test_it_keeps_away_from_what_runs_elsewhere_if_it_declares_that_it_heeds_that(
        self, eager: Backend
    ) -> None:
        """Tell of trials that run at either end, where values are good at both."""
        space = accepted(eager, SMALL)
        if not eager.spec.capabilities.heeds_pending:
            with Dialogue(eager, space) as dialogue:
                assert not isinstance(dialogue.session, Heeding), "it does not declare that it heeds"
            return
        run = partial(self._beside, eager, space)
        assert is_shown(_pulls(run, space)), "its proposals do not keep away from what runs elsewhere"

    def test_what_ran_elsewhere_counts_as_a_foreign_trial_once_it_has_ended(
        self, eager: Backend, shapes: list[Space]
    ) -> None:
        """Heed trials, tell their ends of every state, and compare with a session told of the ends alone."""
        if not eager.spec.capabilities.heeds_pending:
            return
        for space in shapes:
            for seed in range(N_SAME):
                one, other = (self._after(eager, space, seed, heeds=heeds) for heeds in (True, False))
                assert one == other, "a trial that it heeded does not count as one of others does"

    def _beside(self, chosen: Backend, space: Space, corner: Params, seed: int) -> Sequence[Params]:
        """Return proposals that are made while trials run at one corner of a space."""
        bowls = [Bowl(space, one) for one in (far_corner(space), near_corner(space))]

        def value(params: Params) -> float:
            return min(bowl(params) for bowl in bowls)

        draws = _samples(space, seed, 2 * N_POOL)
        pool, others = sorted(draws[:N_POOL], key=value), draws[N_POOL:]
        known = [*pool[-self.n_known :], *(min(pool, key=bowl) for bowl in bowls)]
        with Dialogue(chosen, space, seed=seed, bowl=value) as dialogue:
            for params in known:
                assert dialogue.tell_foreign(params)
            for params in sorted(others, key=Bowl(space, corner))[: self.n_elsewhere]:
                dialogue.heed(params)
            return [dialogue.ask().params for _ in range(self.n_beside)]

    def _after(self, chosen: Backend, space: Space, seed: int, *, heeds: bool) -> Sequence[Params]:
        """Return proposals after trials of others have ended, one in each state, then as many complete."""
        states = [*OutcomeState, *self.n_known * [OutcomeState.COMPLETE]]
        states.remove(OutcomeState.INFEASIBLE)  # nobody evaluates such
        with Dialogue(chosen, space, seed=seed) as dialogue:
            for params, state in zip(_samples(space, seed, len(states)), states, strict=True):
                if heeds:
                    assert dialogue.tell_again(dialogue.heed(params), params, state)
                else:
                    assert dialogue.tell_foreign(params, state)
            return dialogue.proposals([OutcomeState.COMPLETE] * self.n_beside)


def _samples(space: Space, seed: int, size: int) -> list[dict[str, Any]]:
    """Return params drawn with the declared weights, others for each seed."""
    return [space.sample(1000 * seed + number) for number in range(size)]


def _pulls(run: Callable[[Params, int], Sequence[Params]], space: Space) -> Iterator[float]:
    """Yield, seed by seed, how much farther from its own corner each of two runs keeps than the other."""
    far, near = far_corner(space), near_corner(space)
    to_far, to_near = Bowl(space, far), Bowl(space, near)
    for seed in count():
        push = fmean(to_far(params) - to_near(params) for params in run(far, seed))
        yield push + fmean(to_near(params) - to_far(params) for params in run(near, seed))
