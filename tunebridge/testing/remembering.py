"""What a backend promises that takes the option `remember`: see `tunebridge.Remembered`."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import tunebridge as tb
from tunebridge import Backend, Outcome, Remembered, Space, Suggestion
from tunebridge.stores.memory import MemoryStore
from tunebridge.testing import example_spaces
from tunebridge.testing.bowl import Bowl
from tunebridge.testing.dialogue import Dialogue, far_corner
from tunebridge.testing.example_spaces import accepted

MOST = 18
"""How many trials are remembered; some are forgotten at the next one."""

N_TOLD = 3 * MOST // 2
"""Trials of others that a session is told of."""

N_RUN, N_KILLED = 2 * MOST + 3, MOST + 3
"""Trials of a study, and after how many it is killed."""


class RememberingContract:
    """The promises about a bounded history; `BackendContract` includes them."""

    n_proposals: int

    def test_it_takes_the_option_remember_if_declared_and_else_does_not(self, chosen: Backend) -> None:
        """Look for it among the options."""
        takes = "remember" in chosen.spec.options
        assert chosen.spec.capabilities.remembers == takes, "the option, and what it declares, go together"

    def test_up_to_the_bound_it_proposes_what_it_does_without(self, eager: Backend) -> None:
        """Tell as many trials as are remembered, and ask."""
        for space in _spaces(eager):
            with Dialogue(_bounded(eager), space) as dialogue, Dialogue(eager, space) as twin:
                assert _asked(dialogue, MOST + 1) == _asked(twin, MOST + 1)

    def test_what_it_has_forgotten_moves_no_proposal(self, eager: Backend) -> None:
        """Tell two sessions of trials that differ in those alone that are forgotten, and ask both.

        In the second one all of these are where the best one is: who takes them into account looks elsewhere.
        """
        for space in _spaces(eager) if eager.spec.capabilities.observes_foreign_trials else ():
            points = [space.sample(seed) for seed in range(N_TOLD)]
            forgotten = _forgotten(space, points)
            best = min(points, key=Bowl(space, far_corner(space)))
            others = [best if place in forgotten else point for place, point in enumerate(points)]
            assert forgotten
            assert _forgotten(space, points, params=others) == forgotten
            proposed = [
                _proposed(_bounded(eager), space, points, told, self.n_proposals) for told in (points, others)
            ]
            assert proposed[0] == proposed[1]

    def test_a_killed_study_with_a_bound_goes_on_exactly(self, eager: Backend) -> None:
        """Kill it after trials were forgotten, with one in the middle."""
        for space in _spaces(eager) if eager.spec.capabilities.resumes_exactly else ():
            whole = _run(_bounded(eager), space, MemoryStore())
            store = MemoryStore()
            _kill(_bounded(eager), space, store)
            resumed = _run(_bounded(eager), space, store)
            assert resumed.carried is not None
            assert resumed.carried.exact
            assert [trial.params for trial in resumed.trials] == [trial.params for trial in whole.trials]


def _spaces(eager: Backend) -> Sequence[Space]:
    """Return the spaces that are looked at, if the backend takes the option."""
    return [accepted(eager, example_spaces.CONSTRAINED)] * eager.spec.capabilities.remembers


def _bounded(eager: Backend) -> Backend:
    return Backend(eager.spec, {**eager.options, "remember": MOST})


def _asked(dialogue: Dialogue, count: int) -> list[Mapping[str, Any]]:
    return dialogue.proposals([tb.OutcomeState.COMPLETE] * count)


def _outcome(space: Space, valued: Mapping[str, Any], params: Mapping[str, Any]) -> Outcome:
    """Return the outcome of a trial of others at one point with the value of another."""
    value = Bowl(space, far_corner(space))(valued)
    return Outcome(suggestion_id=None, params=params, state=tb.OutcomeState.COMPLETE, values=(value,))


def _forgotten(
    space: Space,
    points: Sequence[Mapping[str, Any]],
    *,
    params: Sequence[Mapping[str, Any]] = (),
) -> set[int]:
    """Return the places of the trials that the rule forgets."""
    remembered = Remembered(MOST, space=space, directions=[tb.Direction.MINIMIZE])
    outcomes = [_outcome(space, *pair) for pair in zip(points, params or points, strict=True)]
    return {key for place, one in enumerate(outcomes) for key in remembered.take(place, one)}


def _proposed(
    bounded: Backend,
    space: Space,
    points: Sequence[Mapping[str, Any]],
    params: Sequence[Mapping[str, Any]],
    count: int,
) -> list[Mapping[str, Any]]:
    with Dialogue(bounded, space) as dialogue:
        for pair in zip(points, params, strict=True):
            dialogue.session.tell(_outcome(space, *pair))
        asked: list[Suggestion] = list(islice(iter(dialogue.ask, None), count))
        return [suggestion.params for suggestion in asked]


def _run(bounded: Backend, space: Space, store: MemoryStore) -> tb.Result:
    return tb.tune(_problem(space), backend=bounded, storage=store, n_trials=N_RUN, study="bound", seed=3)


def _kill(bounded: Backend, space: Space, store: MemoryStore) -> None:
    """Evaluate some trials, begin one more, and vanish."""
    study = tb.open_study(
        _problem(space), backend=bounded, storage=store, n_trials=N_RUN, study="bound", seed=3
    )
    for _ in range(N_KILLED):
        trial = study.ask()
        assert trial is not None
        study.tell(trial, study.problem.objective(trial))
    study.ask()
    store.close()


def _problem(space: Space) -> tb.Problem:
    return tb.Problem(Bowl(space, far_corner(space)), space)
