"""What every backend promises about what it is told: what it learns, which way, and what changes nothing.

Proofs are paired. Two sessions of one seed are told of trials whose values are good at one end of the space,
or at the other; each is to propose nearer to its own end than the other does. A sampler that takes no values
into account proposes the same in both, and one that goes the wrong way proposes nearer to the other end. More
trials or proposals make such a proof stronger. `tunebridge.testing.evidence` says what chance can do.
"""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count, islice
from statistics import fmean
from typing import Any

import pytest

from tunebridge import Backend, Contextual, Direction, OutcomeState, Space
from tunebridge.testing.assertions import assert_declared
from tunebridge.testing.bowl import Bowl
from tunebridge.testing.dialogue import Dialogue, far_corner, near_corner
from tunebridge.testing.evidence import is_shown
from tunebridge.testing.example_spaces import flat_space
from tunebridge.testing.excluding import proposals_without_wrong_trials
from tunebridge.testing.heeding import HeedingContract

COMPLETE, PRUNED, FAILED = OutcomeState.COMPLETE, OutcomeState.PRUNED, OutcomeState.FAILED

N_EQUAL = 3
"""Seeds under which sessions are compared that are to propose the same."""

N_GIVEN_PROPOSALS = 2
"""Proposals with a param fixed to either end."""

FAILING = 0.3
"""The value of a bowl above which trials fail: those of the half that is far from its target."""

CONTEXT = "n"
"""The param of `example_spaces.FLAT` that is fixed."""

Params = Mapping[str, Any]

Run = Callable[[Space, Params, int], Sequence[Params]]
"""Takes a space, where the values are good in it, and a seed; returns proposals made after some were told."""

one_direction = pytest.mark.parametrize("direction", list(Direction))


class LearningContract(HeedingContract):
    """The promises about learning; `BackendContract` includes them."""

    n_learning = 16
    """Trials of a session that is told of its own; the second half of them has to show what was learned."""
    n_foreign = 30
    """Trials of others that a session is told of."""
    n_proposals = 4
    """Proposals that have to show what was learned of them."""
    n_given = 20
    """Trials of others that a session is told of before it is asked with a param fixed."""

    @one_direction
    def test_it_goes_to_where_its_values_are_good_if_it_learns_and_else_they_move_nothing(
        self, eager: Backend, direction: Direction
    ) -> None:
        """Tell of its own trials."""
        run = partial(self._own, eager, [direction])
        self._prove(run, flat_space(eager), claimed=eager.spec.capabilities.learns)

    @one_direction
    def test_failures_do_not_look_good_to_one_that_learns(self, eager: Backend, direction: Direction) -> None:
        """Fail where values are bad, in place of telling them."""
        run = partial(self._own, eager, [direction], fails=True)
        if eager.spec.capabilities.learns:
            self._prove(run, flat_space(eager), claimed=True)

    def test_it_goes_to_where_all_of_several_values_are_good_if_it_learns(self, eager: Backend) -> None:
        """Tell of two values that agree, one of them to be maximised."""
        able = eager.spec.capabilities
        if able.multi_objective:
            self._prove(partial(self._own, eager, list(Direction)), flat_space(eager), claimed=able.learns)

    @one_direction
    def test_foreign_trials_teach_if_declared_and_else_change_nothing(
        self, eager: Backend, shapes: list[Space], direction: Direction
    ) -> None:
        """Tell of trials of others, and see where the proposals go."""
        space, able = _one_of(shapes, direction), eager.spec.capabilities
        if able.observes_foreign_trials:
            self._prove(partial(self._foreign, eager, [direction]), space, claimed=True)
            return
        for seed in range(N_EQUAL * able.accepts_foreign_trials):
            alone, beside = (self._beside_foreign(eager, space, seed, n) for n in (0, self.n_foreign))
            assert alone == beside, "its proposals depend on trials of others"

    def test_proposals_move_away_from_where_excluded_trials_lay_if_foreign_trials_teach_it(
        self, eager: Backend
    ) -> None:
        """Exclude trials that were wrong, and better than all others; see where the proposals go."""
        self._prove(
            partial(self._excluded, eager),
            flat_space(eager),
            claimed=eager.spec.capabilities.observes_foreign_trials,
        )

    @one_direction
    def test_reports_of_pruned_trials_teach_if_declared_and_else_change_nothing(
        self, eager: Backend, shapes: list[Space], direction: Direction
    ) -> None:
        """Prune all trials, and see where their reports draw the proposals."""
        claimed = eager.spec.capabilities.learns_from_pruned
        run = partial(self._own, eager, [direction], state=PRUNED)
        self._prove(run, _one_of(shapes, direction), claimed=claimed)

    def test_given_fixed_params_it_goes_to_where_values_are_good_with_them_if_it_declares_that_it_can(
        self, eager: Backend
    ) -> None:
        """Tell values whose best place depends on one param, and fix that param to either end."""
        able = eager.spec.capabilities
        if not able.contextual:
            with Dialogue(eager, flat_space(eager)) as dialogue:
                assert not isinstance(dialogue.session, Contextual), "it does not declare that it can"
            return
        self._prove(partial(self._given, eager), flat_space(eager), claimed=True)

    def test_values_move_the_proposals_unless_it_is_independent(
        self, eager: Backend, shapes: list[Space]
    ) -> None:
        """Tell values, tell nothing at all until all is asked for, and compare what is proposed."""
        same = []
        for space in shapes:
            with Dialogue(eager, space) as told, Dialogue(eager, space) as untold:
                one = told.proposals([COMPLETE] * self.n_learning)
                other = islice(iter(untold.session.ask, None), self.n_learning)
                same.append(one == [suggestion.params for suggestion in other])
        assert all(same) == eager.spec.capabilities.independent

    def _prove(self, run: Run, space: Space, *, claimed: bool) -> None:
        """Assert that values draw the proposals if that is claimed, and change nothing if it is not."""
        if claimed:
            assert is_shown(_pulls(run, space)), "its proposals do not go to where the values are good"
            return
        for seed in range(N_EQUAL):
            far, near = run(space, far_corner(space), seed), run(space, near_corner(space), seed)
            assert far == near, "its proposals depend on values, and it does not declare to learn from them"

    def _own(
        self,
        chosen: Backend,
        directions: Sequence[Direction],
        space: Space,
        target: Params,
        seed: int,
        state: OutcomeState = COMPLETE,
        fails: bool = False,
    ) -> Sequence[Params]:
        """Return the later proposals of a session that is told of its own, perhaps of bad ones as failed."""
        bowl, proposals = Bowl(space, target), []
        with Dialogue(chosen, space, seed=seed, bowl=bowl, directions=directions) as dialogue:
            for suggestion in islice(iter(dialogue.ask, None), self.n_learning):
                proposals.append(suggestion.params)
                failed = fails and bowl(suggestion.params) > FAILING
                dialogue.tell(suggestion, FAILED if failed else state)
        return proposals[self.n_learning // 2 :]

    def _foreign(
        self, chosen: Backend, directions: Sequence[Direction], space: Space, target: Params, seed: int
    ) -> Sequence[Params]:
        with Dialogue(chosen, space, seed=seed, bowl=Bowl(space, target), directions=directions) as dialogue:
            for params in _samples(space, seed, self.n_foreign):
                assert dialogue.tell_foreign(params)
            return [dialogue.ask().params for _ in range(self.n_proposals)]

    def _excluded(self, chosen: Backend, space: Space, target: Params, seed: int) -> Sequence[Params]:
        return proposals_without_wrong_trials(
            chosen,
            space,
            target,
            seed,
            points=_samples(space, seed, self.n_foreign),
            n_proposals=self.n_proposals,
        )

    def _given(self, chosen: Backend, space: Space, target: Params, seed: int) -> Sequence[Params]:
        """Return proposals for either end of one param, when its upper half is good near a target.

        The lower half is good at the other corner. So whoever ignores what is fixed goes to both alike.
        """
        corners = far_corner(space), near_corner(space)
        (other,) = [corner for corner in corners if corner != target]
        upper, lower = (corner[CONTEXT] for corner in corners)

        def bowl(params: Params) -> float:
            wanted = target if params[CONTEXT] > (upper + lower) / 2 else other
            return Bowl(space, {**wanted, CONTEXT: params[CONTEXT]})(params)

        proposals = []
        with Dialogue(chosen, space, seed=seed, bowl=bowl) as dialogue:
            for params in _samples(space, seed, self.n_given):
                assert dialogue.tell_foreign(params)
            for _ in range(N_GIVEN_PROPOSALS):
                for end in (upper, lower):
                    suggestion = dialogue.ask_given({CONTEXT: end})
                    assert suggestion.params[CONTEXT] == end, "what is fixed is to stay as it is"
                    assert_declared(space, suggestion.params)
                    dialogue.tell(suggestion)
                    proposals += [suggestion.params] * (end == upper)
        return proposals

    def _beside_foreign(self, chosen: Backend, space: Space, seed: int, n_foreign: int) -> Sequence[Params]:
        """Return proposals made after, and between, foreign trials of every state."""
        with Dialogue(chosen, space, seed=seed) as dialogue:
            foreign = _samples(space, seed, n_foreign)
            for params in foreign:
                assert dialogue.tell_foreign(params)
            first = dialogue.proposals([COMPLETE])
            for state in OutcomeState if foreign else ():
                assert dialogue.tell_foreign(foreign[0], state)
            return first + dialogue.proposals([COMPLETE] * self.n_proposals)


def _pulls(run: Run, space: Space) -> Iterator[float]:
    """Yield, seed by seed, how much nearer to its own target each of two runs comes than the other."""
    far, near = far_corner(space), near_corner(space)
    to_far, to_near = Bowl(space, far), Bowl(space, near)
    for seed in count():
        pull = fmean(to_near(params) - to_far(params) for params in run(space, far, seed))
        yield pull + fmean(to_far(params) - to_near(params) for params in run(space, near, seed))


def _one_of(shapes: Sequence[Space], direction: Direction) -> Space:
    """Return one space per direction, so that both are tried and neither costs twice."""
    return shapes[0] if direction is Direction.MINIMIZE else shapes[-1]


def _samples(space: Space, seed: int, size: int) -> list[dict[str, Any]]:
    """Return params drawn with the declared weights, others for each seed."""
    return [space.sample(1000 * seed + number) for number in range(size)]
