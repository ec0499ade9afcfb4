"""The contract of executors catches one that keeps checkpoints from its study."""

import pytest

import tunebridge as tb
from tunebridge.executors.inline import InlineExecutor
from tunebridge.testing import ExecutorContract


class Silent(InlineExecutor):
    """Answers checkpoints by itself."""

    def __init__(self, request: tb.ExecutorRequest) -> None:
        super().__init__(request)
        self._hand_on = self._answer
        self._answer = self._alone

    def _alone(self, key: int, said: tb.Said) -> tb.Reply | None:
        return tb.Reply(tb.Decision.CONTINUE) if isinstance(said, tb.Written) else self._hand_on(key, said)


class Suite(ExecutorContract):
    backend = "sklearn:random"


def test_an_executor_that_answers_checkpoints_by_itself_is_caught() -> None:
    chosen = tb.ChosenExecutor(tb.ExecutorSpec(name="silent", summary="s", open=Silent), {})
    suite = Suite()
    with pytest.raises(AssertionError):
        suite.test_what_a_trial_has_written_is_where_the_study_looks(chosen)
    with pytest.raises(tb.StudyFailedError, match="wrote no checkpoint"):
        suite.test_a_trial_that_waits_goes_on_from_its_checkpoint_as_one_attempt(chosen, deterministic=False)
    with pytest.raises(tb.ProblemError, match="has written no checkpoint"):
        suite.test_members_of_a_population_take_turns_and_go_on_from_donors(chosen, deterministic=True)
