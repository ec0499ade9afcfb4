"""What every backend promises about outcomes: all that it is told, and all that it is not, lets it go on."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

import tunebridge as tb
from tunebridge import Backend, OutcomeState, Space, TrialState
from tunebridge.testing.assertions import assert_declared
from tunebridge.testing.backend_studies import Studied, bowl_problem
from tunebridge.testing.dialogue import Dialogue
from tunebridge.testing.leftovers import nothing_left

COMPLETE, PRUNED = OutcomeState.COMPLETE, OutcomeState.PRUNED
FAILED, INFEASIBLE = OutcomeState.FAILED, OutcomeState.INFEASIBLE


class OutcomesContract(Studied):
    """The promises about outcomes; `BackendContract` includes them."""

    @pytest.mark.parametrize("state", OutcomeState)
    def test_every_outcome_is_told_in_words_and_asking_goes_on(
        self, eager: Backend, shapes: list[Space], state: OutcomeState
    ) -> None:
        """Begin a session with each state, of its own trial and, if it accepts that, of a foreign one."""
        for space in shapes:
            with Dialogue(eager, space) as dialogue:
                told = [dialogue.tell(dialogue.ask(), state)]
                if eager.spec.capabilities.takes_foreign_trials:
                    told += [dialogue.tell_foreign(space.sample(0), state)]
                told += [dialogue.tell(dialogue.ask()), dialogue.tell(dialogue.ask(), state, sign=0)]
                assert all(isinstance(text, str) and text.strip() for text in told)
                assert_declared(space, dialogue.ask().params)

    @pytest.mark.parametrize("state", [PRUNED, FAILED, INFEASIBLE])
    def test_failures_in_a_row_never_end_a_session(
        self, eager: Backend, shapes: list[Space], state: OutcomeState
    ) -> None:
        """Fail more often than any start-up lasts, then succeed."""
        for space in shapes:
            with Dialogue(eager, space) as dialogue:
                assert len(dialogue.proposals([state] * 15 + [COMPLETE] * 2)) == 17

    def test_several_trials_may_be_pending(self, eager: Backend, shapes: list[Space]) -> None:
        """Ask three times without a tell, before and after the start-up, and tell in reverse order."""
        for space in shapes:
            with Dialogue(eager, space) as dialogue:
                for _ in range(2):
                    asked = [dialogue.ask() for _ in range(3)]
                    assert len({suggestion.id for suggestion in asked}) == 3
                    for suggestion in reversed(asked):
                        assert_declared(space, suggestion.params)
                        assert dialogue.tell(suggestion)

    def test_a_study_closes_with_trials_pending(self, eager: Backend, shapes: list[Space]) -> None:
        """Leave two of three trials untold."""
        for space in shapes:
            with closing(tb.open_study(bowl_problem(space), **self._settings(eager, 0))) as study:
                trials = [study.ask() for _ in range(3)]
                assert trials[1] is not None
                study.tell(trials[1], 1.0)
            states = [trial.state for trial in study.result.trials]
            assert states == [TrialState.INTERRUPTED, TrialState.COMPLETE, TrialState.INTERRUPTED]

    def test_initial_points_come_first_under_a_name_of_their_own(
        self, eager: Backend, shapes: list[Space]
    ) -> None:
        """Give two points, and look at who proposed which trial."""
        for space in shapes:
            initial = [space.sample(21), space.sample(22)]
            trials = self._tune(eager, bowl_problem(space), initial=initial).trials
            assert [trial.params for trial in trials[:2]] == initial
            assert [trial.backend for trial in trials[:2]] == ["initial"] * 2
            assert {trial.backend for trial in trials[2:]} == {eager.spec.name}
            assert all(trial.told for trial in trials)
            taken = eager.spec.capabilities.takes_foreign_trials
            assert taken or all(trial.told.startswith("not told: ") for trial in trials[:2])

    def test_sessions_leave_nothing_behind_and_change_nothing_that_others_share(
        self, eager: Backend, shapes: list[Space], tmp_path: Path
    ) -> None:
        """Tell of every outcome in a second session; `tunebridge.testing.leftovers` says what is exempt."""

        def talk() -> None:
            for space in shapes:
                with Dialogue(eager, space) as dialogue:
                    dialogue.proposals([*OutcomeState, COMPLETE, COMPLETE])
                    if eager.spec.capabilities.takes_foreign_trials:
                        dialogue.tell_foreign(space.sample(0))
                    dialogue.ask()

        talk()
        with nothing_left(tmp_path):
            talk()
