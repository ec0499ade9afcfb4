"""What every executor promises about the ends of a study."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import sys
from collections.abc import Mapping, Set
from pathlib import Path
from time import sleep
from typing import Any, ClassVar

import pytest

import tunebridge as tb
from tunebridge import ChosenExecutor, Trial, TrialState
from tunebridge.stores.memory import MemoryStore
from tunebridge.testing.executor_studies import Running, errors
from tunebridge.testing.leftovers import FIRST_USE, nothing_left

COMPLETE, FAILED = TrialState.COMPLETE, TrialState.FAILED


class EndingContract(Running):
    """The promises about how studies end, and what is left of them; `ExecutorContract` includes them."""

    exempt: ClassVar[Mapping[str, Set[str]]] = {}
    """What an executor's library changes for the whole process, whoever uses it, by the executor's name; the
    words are those of `tunebridge.testing.leftovers.SHARED`."""

    def test_a_stopper_lets_no_further_trial_begin(self, chosen: ChosenExecutor) -> None:
        """Reach a target at the third trial; those that run then still end."""
        n_jobs = self.jobs(chosen)

        def train(trial: Trial) -> float:
            sleep(0.5 if trial.number > 2 else 0.0)  # lets the third end first
            return float(trial.number == 2)

        result = self.tune(
            chosen,
            train,
            direction="maximize",
            n_trials=50,
            n_jobs=n_jobs,
            stop=[tb.Target(1.0)],
        )
        assert result.stop_reason == "Target(value=1.0)"
        assert len(result.trials) in range(3, 3 + n_jobs)
        reached = result.trials[2].finished
        assert reached is not None
        assert all(trial.started <= reached for trial in result.trials)
        assert {trial.state for trial in result.trials} == {COMPLETE}

    def test_an_interrupted_study_keeps_all_and_runs_what_ran_again(self, chosen: ChosenExecutor) -> None:
        """Press Ctrl-C, as it were, at the report of the third trial, and go on."""
        store = MemoryStore()
        settings: dict[str, Any] = {
            "storage": store,
            "study": "kept",
            "n_jobs": self.jobs(chosen),
            "n_trials": 6,
        }

        def train(trial: Trial) -> float:
            trial.note("attempt", trial.attempt)
            trial.report(trial["x"])
            return float(trial["x"])

        interrupted = self.tune(chosen, train, observers=[Interrupt(2)], **settings)
        assert interrupted.stop_reason == "interrupted"
        left = [trial.number for trial in interrupted.trials if trial.state is TrialState.INTERRUPTED]
        assert 2 in left
        result = self.tune(chosen, train, **settings)
        assert [(trial.number, trial.state) for trial in result.trials] == [(n, COMPLETE) for n in range(6)]
        assert [trial.number for trial in result.trials if trial.attempt] == left
        assert all(trial.notes == {"attempt": trial.attempt} for trial in result.trials)
        before = {trial.number: (dict(trial.params), trial.seed) for trial in interrupted.trials}
        assert all(
            (dict(result.trials[number].params), result.trials[number].seed) == before[number]
            for number in left
        )

    def test_ten_failures_in_a_row_end_the_study_and_lose_nothing(self, chosen: ChosenExecutor) -> None:
        """Let every trial fail but the first."""

        def train(trial: Trial) -> float:
            return 1 / (1 - min(trial.number, 1))

        with pytest.raises(tb.StudyFailedError, match="10 trials in a row failed") as caught:
            self.tune(chosen, train, n_trials=50)
        assert [trial.state for trial in caught.value.result.trials] == [COMPLETE, *[FAILED] * 10]

    def test_an_objective_that_leaves_the_interpreter_does_not_hang_the_study(
        self, chosen: ChosenExecutor
    ) -> None:
        """Call sys.exit: it ends the program, or the process that the trial has to itself."""

        def train(trial: Trial) -> float:
            sys.exit(5)

        told = ""
        try:
            told = errors(self.tune(chosen, train, n_trials=1))[0]
        except SystemExit as left:
            told = f"exit code {left.code}"
        assert "exit code 5" in told

    @pytest.mark.parametrize("end", ["n_trials", "failed", "interrupted"])
    def test_nothing_is_left_of_a_study_that_has_ended(
        self, chosen: ChosenExecutor, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Compare with after the same study before; of processes and files the first leaves none, either."""
        monkeypatch.chdir(tmp_path)

        def train(trial: Trial) -> float:
            trial.report(1.0)
            if trial.number == 4 and end == "failed":
                raise ValueError
            return 1.0

        settings: dict[str, Any] = {"n_jobs": self.jobs(chosen)}
        settings |= {"on_error": "raise"} if end == "failed" else {}
        settings |= {"observers": [Interrupt(4)]} if end == "interrupted" else {}

        def run() -> None:
            try:
                self.tune(chosen, train, **settings)
            except ValueError:
                assert end == "failed"

        with nothing_left(tmp_path, FIRST_USE):
            run()
        with nothing_left(tmp_path, self.exempt.get(chosen.spec.name, frozenset())):
            run()


class Interrupt:
    """Presses Ctrl-C, as it were, when a trial reports.

    Args:
        number: The trial's number.
    """

    def __init__(self, number: int) -> None:
        """Wait for it."""
        self._number = number

    @tb.hookimpl
    def tunebridge_trial_reported(self, trial: Trial) -> None:
        """Raise, if it is this trial's."""
        if trial.number == self._number:
            raise KeyboardInterrupt
