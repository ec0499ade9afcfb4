"""What every backend promises about the trajectory of a study: what it depends on, and what it does not."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

import pytest

import tunebridge as tb
from tunebridge import Backend, Space
from tunebridge.testing import example_spaces
from tunebridge.testing.backend_studies import Studied, bowl_problem, params_of, two_objectives
from tunebridge.testing.dialogue import Dialogue
from tunebridge.testing.example_spaces import accepted, flat_space


class TrajectoryContract(Studied):
    """The promises about trajectories; `BackendContract` includes them."""

    def test_the_same_seed_gives_the_same_trajectory(self, eager: Backend, shapes: list[Space]) -> None:
        """Run each study twice."""
        for space in shapes:
            assert self._trajectory(eager, space, seed=3) == self._trajectory(eager, space, seed=3)

    def test_another_seed_gives_another_trajectory(self, eager: Backend, shapes: list[Space]) -> None:
        """Run each study with two seeds."""
        for space in shapes:
            assert self._trajectory(eager, space, seed=3) != self._trajectory(eager, space, seed=4)

    @pytest.mark.parametrize("seed", [0, 2**32 - 1])
    def test_both_ends_of_the_range_of_seeds_are_taken(self, chosen: Backend, seed: int) -> None:
        """Ask under the least and the greatest seed."""
        with Dialogue(chosen, flat_space(chosen), seed=seed) as dialogue:
            assert dialogue.ask().params

    def test_studies_do_not_disturb_each_other(self, eager: Backend, shapes: list[Space]) -> None:
        """Interleave two studies, and compare each with itself run alone."""
        space = shapes[-1]
        studies = [tb.open_study(bowl_problem(space), **self._settings(eager, seed)) for seed in (1, 2)]
        for trials in zip_longest(*(_evaluated(study) for study in studies)):
            assert trials
        for seed, study in zip((1, 2), studies, strict=True):
            study.close()
            assert params_of(study.result) == self._trajectory(eager, space, seed=seed)

    def test_maximising_proposes_what_minimising_the_negated_value_does(
        self, eager: Backend, shapes: list[Space]
    ) -> None:
        """Turn the sign and the direction at once."""
        for space in shapes:
            downward, upward = bowl_problem(space), bowl_problem(space, "maximize", -1.0)
            assert params_of(self._tune(eager, upward)) == params_of(self._tune(eager, downward))

    def test_maximising_two_objectives_proposes_what_minimising_the_negated_values_does(
        self, eager: Backend
    ) -> None:
        """Turn both signs and both directions at once."""
        space = accepted(eager, example_spaces.CONSTRAINED)
        if eager.spec.capabilities.multi_objective:
            downward = self._tune(eager, two_objectives(space, 1.0, ["minimize"] * 2))
            upward = self._tune(eager, two_objectives(space, -1.0, ["maximize"] * 2))
            assert params_of(downward) == params_of(upward)


def _evaluated(study: tb.Study) -> Iterator[tb.Trial]:
    while (trial := study.ask()) is not None:
        study.tell(trial, study.problem.objective(trial))
        yield trial
