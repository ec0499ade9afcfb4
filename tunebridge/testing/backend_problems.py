"""What every backend promises about problems: it solves what it declares, and refuses the rest by name."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import pytest

import tunebridge as tb
from tunebridge import Backend
from tunebridge.registry.plugins import registry
from tunebridge.testing import example_spaces
from tunebridge.testing.backend_studies import Studied, bowl_problem, two_objectives
from tunebridge.testing.example_spaces import accepted, flat_space

N_BRANCHES_ASKED = 30
"""Proposals in which every label of a small tree is to appear."""


class ProblemsContract(Studied):
    """The promises about what is solved and what is refused; `BackendContract` includes them."""

    def test_branches_are_proposed_or_refused_by_name(self, chosen: Backend) -> None:
        """Visit every branch if the capability is declared; else expect an error before the first trial."""
        able = chosen.spec.capabilities
        if not able.conditional:
            for refused, asker in (
                (example_spaces.FINITE_TREE[0], "optimizer"),
                (example_spaces.GATED[-1], "depth"),
            ):
                self._assert_unsupported(chosen, "conditional", bowl_problem(refused), asker)
            return
        space = example_spaces.FINITE_TREE[0] if able.finite else accepted(chosen, example_spaces.TREE)
        drawn = self._untold(chosen, space, N_BRANCHES_ASKED)
        for node in space.nodes:
            if isinstance(node.parameter, tb.Categorical):
                assert {params.get(node.name) for params in drawn} >= set(node.parameter.labels)

    def test_several_objectives_are_optimised_or_refused_by_name(self, eager: Backend) -> None:
        """Run with two directions if the capability is declared."""
        problem = two_objectives(accepted(eager, example_spaces.CONSTRAINED), 1.0, ["minimize", "maximize"])
        if not eager.spec.capabilities.multi_objective:
            self._assert_unsupported(eager, "multi_objective", problem, "maximize")
            return
        result = self._tune(eager, problem)
        assert result.best_trials
        assert all(len(trial.values or ()) == 2 for trial in result.trials)

    def test_a_budget_is_asked_for_before_the_first_trial_if_declared(self, chosen: Backend) -> None:
        """Open a study without n_trials, in time and without end."""
        problem = bowl_problem(flat_space(chosen))
        settings = {**self._settings(chosen, 0), "n_trials": None, "max_seconds": 60.0}
        if not chosen.spec.capabilities.needs_budget:
            tb.open_study(problem, **settings).close()
            return
        with pytest.raises(tb.ProblemError, match="n_trials") as caught:
            tb.open_study(problem, **settings)
        assert chosen.spec.name in caught.value.message
        assert "n_trials" in caught.value.hint

    def _assert_unsupported(self, chosen: Backend, capability: str, problem: tb.Problem, asker: str) -> None:
        able = [spec.name for spec in registry().backends.values() if getattr(spec.capabilities, capability)]
        with pytest.raises(tb.UnsupportedError) as caught:
            tb.open_study(problem, **self._settings(chosen, 0))
        assert asker in caught.value.message
        assert capability in caught.value.message
        assert all(name in caught.value.hint for name in able)
