"""What every backend promises about its suggestions: each lies in the space, and all together fill it."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from itertools import cycle, islice

import tunebridge as tb
from tunebridge import Backend, Fidelity, OutcomeState, Space
from tunebridge.testing import example_spaces
from tunebridge.testing.assertions import assert_declared, assert_middle, assert_visited, assert_weights
from tunebridge.testing.backend_studies import Studied
from tunebridge.testing.dialogue import Dialogue
from tunebridge.testing.example_spaces import accepted, flat_space

COMPLETE, PRUNED = OutcomeState.COMPLETE, OutcomeState.PRUNED
FAILED, INFEASIBLE = OutcomeState.FAILED, OutcomeState.INFEASIBLE

N_STUDIES = 200
"""First proposals that are drawn to compare their weights with the declared ones."""


class SuggestionsContract(Studied):
    """The promises about suggestions; `BackendContract` includes them."""

    def test_every_suggestion_lies_inside_the_space_in_builtin_types(self, eager: Backend) -> None:
        """Ask over generated spaces, with every kind of outcome told in between."""

        def check(space: Space) -> None:
            with Dialogue(eager, space) as dialogue:
                states = [COMPLETE, PRUNED, FAILED, COMPLETE, INFEASIBLE, COMPLETE]
                for suggestion in dialogue.suggestions(states):
                    assert_declared(space, suggestion.params)

        self._over_spaces(eager, check)

    def test_inactive_parameters_are_absent(self, eager: Backend, shapes: list[Space]) -> None:
        """Compare the names of each suggestion with those that its own choices make active."""
        for space in shapes:
            for params in self._trajectory(eager, space):
                assert params.keys() == space.flatten(space.unflatten(params)).keys()

    def test_no_evaluated_trial_violates_a_constraint(self, eager: Backend) -> None:
        """Run on a space of which a part is forbidden."""
        space = accepted(eager, example_spaces.CONSTRAINED)
        evaluated = self._trajectory(eager, space)
        assert len(evaluated) == self.n_trials
        assert all(space.violated(params) is None for params in evaluated)

    def test_first_proposals_follow_the_declared_weights_or_the_declared_prior(self, chosen: Backend) -> None:
        """Ask once under many seeds; the order of a finite backend has no weights."""
        able = chosen.spec.capabilities
        if chosen.spec.prior is tb.Prior.MIDDLE:
            space = flat_space(chosen)
            assert_middle(space, [self._untold(chosen, space, 1, seed)[0] for seed in range(N_STUDIES)])
            return
        for space in (*example_spaces.WEIGHTED, *example_spaces.WEIGHTED_TREE * able.conditional) * (
            not able.finite
        ):
            first = [params for seed in range(N_STUDIES) for params in self._untold(chosen, space, 1, seed)]
            pathed = [space.unflatten(params) for params in first]
            for node, row in zip(space.nodes, tb.explain(space, chosen).parameters, strict=True):
                if row.fidelity is not Fidelity.LOSSY:
                    assert_weights(node, [params[node.path] for params in pathed if node.path in params])

    def test_a_finite_space_is_visited_once_then_exhausted(self, chosen: Backend) -> None:
        """Ask to the end, with all outcomes; whoever is exhausted without declaring so has seen all, too."""
        able = chosen.spec.capabilities
        for space in (*example_spaces.FINITE, *example_spaces.FINITE_TREE * able.conditional):
            most = 3 * (space.size or 0)
            with Dialogue(chosen, space) as dialogue:
                visited = dialogue.proposals(islice(cycle(OutcomeState), most))
                if able.finite or len(visited) < most:
                    assert_visited(space, visited, once=able.finite)
                    assert [dialogue.session.ask() for _ in range(3)] == [None] * 3

    def test_a_finite_space_is_visited_once_with_all_trials_pending(self, chosen: Backend) -> None:
        """Ask to the end before the first tell, as many workers would."""
        able = chosen.spec.capabilities
        for space in (*example_spaces.FINITE, *example_spaces.FINITE_TREE * able.conditional) * able.finite:
            with Dialogue(chosen, space) as dialogue:
                asked = list(islice(iter(dialogue.session.ask, None), 3 * (space.size or 0)))
                assert_visited(space, [suggestion.params for suggestion in asked], once=True)
                for suggestion in reversed(asked):
                    assert dialogue.tell(suggestion)
                assert dialogue.session.ask() is None

    def test_a_space_without_a_free_parameter_has_one_point(self, chosen: Backend) -> None:
        """Open sessions for empty spaces, constants and ranges of one value; tell of a foreign trial, too."""
        able = chosen.spec.capabilities
        for space in example_spaces.WITHOUT_CHOICE:
            point = space.sample(0)
            with Dialogue(chosen, space) as dialogue:
                if able.takes_foreign_trials:
                    assert dialogue.tell_foreign(point)
                asked = dialogue.proposals([COMPLETE, FAILED, COMPLETE])
                assert asked == [point] * len(asked), "it proposes another point than the only one"
                assert len(asked) == 1 if able.finite else asked
