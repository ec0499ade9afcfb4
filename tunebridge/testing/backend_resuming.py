"""What every backend promises to studies that are killed, and to those that go on with another one."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import Backend, Space
from tunebridge.stores.memory import MemoryStore
from tunebridge.testing import example_spaces
from tunebridge.testing.assertions import assert_visited
from tunebridge.testing.backend_studies import Studied
from tunebridge.testing.bowl import Bowl
from tunebridge.testing.example_spaces import accepted, flat_space, is_refused
from tunebridge.testing.proposers import RANDOM

FINITE = (*example_spaces.FINITE, *example_spaces.FINITE_TREE)
"""Spaces of a few points, with branches and without."""


class ResumingContract(Studied):
    """The promises about stopping and going on; `BackendContract` includes them."""

    @pytest.mark.parametrize("pending", [0, 1])
    def test_a_killed_study_goes_on_exactly_if_declared_and_else_says_that_it_does_not(
        self, eager: Backend, shapes: list[Space], pending: int
    ) -> None:
        """Kill a study between two trials, and within one."""
        for space in shapes:
            whole = self._run(eager, space, MemoryStore())
            store = MemoryStore()
            before = self.n_trials * 2 // 3
            _killed(eager, space, store, n_trials=self.n_trials, n_ended=before, n_begun=pending)
            resumed = self._run(eager, space, store)
            assert resumed.carried is not None
            assert sum(resumed.carried.told.values()) == before
            exact = eager.spec.capabilities.resumes_exactly
            assert (resumed.carried.exact, bool(resumed.carried.reason)) == (exact, not exact)
            assert not exact or _points(space, resumed) == _points(space, whole)
            assert [trial.number for trial in resumed.trials] == list(range(len(resumed.trials)))
            assert [trial.attempt for trial in resumed.trials][before] == pending

    def test_a_study_killed_again_and_again_visits_a_finite_space_once(self, chosen: Backend) -> None:
        """Kill it after every trial, and once in the middle of each."""
        able = chosen.spec.capabilities
        spaces = [space for space in FINITE if not is_refused(space, chosen)]
        for space in spaces * (able.finite and able.resumes_exactly):
            store, size = MemoryStore(), space.size or 0
            n_trials = 2 * size if able.needs_budget else None
            for ended in range(size):
                _killed(chosen, space, store, n_trials=n_trials, n_ended=1, n_begun=ended % 2)
            result = self._run(chosen, space, store, n_trials=n_trials)
            assert_visited(space, [trial.params for trial in result.trials], once=True)
            assert result.stop_reason == "exhausted"

    def test_a_study_goes_on_after_any_backend(self, eager: Backend) -> None:
        """Begin with another sampler, and read the statement of what carried."""
        space = accepted(eager, example_spaces.CONSTRAINED)
        store = MemoryStore()
        before = self._run(RANDOM, space, store, n_trials=4)
        result = self._run(eager, space, store)
        assert [trial.params for trial in result.trials[:4]] == [trial.params for trial in before.trials]
        assert {trial.backend for trial in result.trials[4:]} == {eager.spec.name}
        carried = result.carried
        assert carried is not None
        assert not carried.exact
        assert RANDOM.spec.name in str(carried)
        assert carried.n_told == (4 if eager.spec.capabilities.observes_foreign_trials else 0)

    def test_a_study_may_be_given_more_trials_than_its_session_was_opened_for(self, eager: Backend) -> None:
        """End one, and go on with more: exactly as far as it had come, if declared, and on to the new end."""
        space = flat_space(eager)
        store = MemoryStore()
        before = self._run(eager, space, store, n_trials=4)
        result = self._run(eager, space, store, n_trials=7)
        assert len(result.trials) == 7
        assert _points(space, result)[:4] == _points(space, before)
        assert result.carried is not None
        assert result.carried.exact == eager.spec.capabilities.resumes_exactly

    def test_the_effective_settings_are_plain_and_hold_the_options_given(self, eager: Backend) -> None:
        """Look at what is recorded of a sampler."""
        settings = eager.spec.settings(eager.options)
        assert {name: settings[name] for name in eager.options} == dict(eager.options)

    def _run(self, chosen: Backend, space: Space, store: MemoryStore, **more: Any) -> tb.Result:
        settings = {"n_trials": self.n_trials, **more}
        return tb.tune(_problem(space), backend=chosen, storage=store, **_names(), **settings)


def _killed(
    chosen: Backend,
    space: Space,
    store: MemoryStore,
    *,
    n_trials: int | None,
    n_ended: int,
    n_begun: int,
) -> None:
    """Evaluate some trials, begin some more, and vanish."""
    study = tb.open_study(_problem(space), backend=chosen, storage=store, n_trials=n_trials, **_names())
    for _ in range(n_ended):
        trial = study.ask()
        assert trial is not None
        study.tell(trial, study.problem.objective(trial))
    for _ in range(n_begun):
        study.ask()
    store.close()


def _names() -> dict[str, Any]:
    return {"study": "contract", "seed": 3, "on_lossy": "warn"}


def _problem(space: Space) -> tb.Problem:
    return tb.Problem(Bowl(space, space.sample(1)), space)


def _points(space: Space, result: tb.Result) -> list[Mapping[str, Any]]:
    return [tb.to_natural(space, trial.params) for trial in result.trials]
