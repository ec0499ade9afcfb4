"""What executors that can stop a trial promise, and what the others refuse."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import ChosenExecutor, Trial, TrialState
from tunebridge.registry.plugins import registry
from tunebridge.testing.executor_studies import Objective, Running, errors

COMPLETE, FAILED, TIMED_OUT = TrialState.COMPLETE, TrialState.FAILED, TrialState.TIMED_OUT

LIMIT = 400_000_000
"""Bytes of memory that no idle process of the suite needs."""

BLOCK = 25_000_000
"""Bytes that a trial takes at a time."""


class LimitsContract(Running):
    """The promises about trials that are stopped or die; `ExecutorContract` includes them."""

    @pytest.mark.parametrize("limit", ["trial_timeout", "memory_limit"])
    def test_a_limit_is_kept_or_refused_with_the_executors_that_can(
        self, chosen: ChosenExecutor, limit: str
    ) -> None:
        """Set a limit that no trial reaches."""
        settings: dict[str, Any] = {limit: {"trial_timeout": 600.0, "memory_limit": 10**12}[limit]}
        if chosen.spec.stops:
            result = self.tune(chosen, lambda trial: trial["x"], **settings)
            assert {trial.state for trial in result.trials} == {COMPLETE}
            return
        with pytest.raises(tb.UnsupportedError) as caught:
            self.tune(chosen, lambda trial: trial["x"], **settings)
        assert all(word in caught.value.message for word in (limit, chosen.spec.name))
        assert all(spec.name in caught.value.hint for spec in registry().executors.values() if spec.stops)

    @pytest.mark.parametrize("where", ["in Python", "between reports", "with signals blocked"])
    def test_a_trial_past_its_time_is_stopped_and_the_study_goes_on(
        self, chosen: ChosenExecutor, where: str
    ) -> None:
        """Never return, in one of three trials."""
        if not chosen.spec.stops:
            return

        def train(trial: Trial) -> float:
            if trial.number == 1 and where == "with signals blocked":
                signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - {signal.SIGKILL})
            while trial.number == 1:
                if where == "between reports":
                    trial.report(1.0)
                sleep(0.01 * (where == "between reports"))
            return 1.0

        begun = monotonic()
        result = self.tune(chosen, train, n_trials=3, trial_timeout=0.5)
        assert [trial.state for trial in result.trials] == [COMPLETE, TIMED_OUT, COMPLETE]
        assert "trial_timeout=0.5" in errors(result)[1]
        assert 0.5 <= result.trials[1].objective_seconds <= monotonic() - begun < 60
        assert bool(result.trials[1].reports) == (where == "between reports")

    def test_the_time_to_begin_counts_for_no_trial(self, chosen: ChosenExecutor) -> None:
        """Take longer to load than a trial may take."""
        if not chosen.spec.stops:
            return

        class Slow:
            def __call__(self, trial: Trial) -> float:
                return 1.0

            def __reduce__(self) -> tuple[object, ...]:
                return made, ()

        def made() -> Slow:
            sleep(1.0)
            return Slow()

        result = self.tune(chosen, Slow(), n_trials=2, trial_timeout=0.7)
        assert [trial.state for trial in result.trials] == [COMPLETE, COMPLETE]

    def test_a_trial_past_its_memory_fails_with_the_bytes(self, chosen: ChosenExecutor) -> None:
        """Take in too much in one of three trials, and hold it."""
        if not chosen.spec.stops:
            return

        def train(trial: Trial) -> float:
            if trial.number == 1:
                held = [b"x" * 100_000_000 for _ in range(5)]
                sleep(60)
                del held
            return 1.0

        result = self.tune(chosen, train, n_trials=3, memory_limit=LIMIT)
        assert [trial.state for trial in result.trials] == [COMPLETE, FAILED, COMPLETE]
        assert f"more than memory_limit={LIMIT:,}" in errors(result)[1]
        assert " bytes of memory" in errors(result)[1]

    def test_pages_that_forks_share_count_once(self, chosen: ChosenExecutor) -> None:
        """Hold a third of the limit in a process and three of its children, which write nothing."""
        if not chosen.spec.stops or sys.platform != "linux":
            return

        def train(trial: Trial) -> float:
            held = b"x" * (LIMIT // 3)
            for _ in range(3):
                if os.fork() == 0:
                    sleep(60)
            sleep(0.5)
            return float(len(held))

        (trial,) = self.tune(chosen, train, n_trials=1, memory_limit=LIMIT).trials
        assert trial.state is COMPLETE, trial.error

    def test_time_that_a_trial_waits_for_its_study_does_not_count(self, chosen: ChosenExecutor) -> None:
        """Answer the report of a quick trial after more time than it may take."""
        if not chosen.spec.stops:
            return

        def train(trial: Trial) -> float:
            trial.report(1.0)
            return 1.0

        (trial,) = self.tune(chosen, train, n_trials=1, trial_timeout=0.7, observers=[Busy(1.0)]).trials
        assert trial.state is COMPLETE, trial.error

    @pytest.mark.parametrize("limit", ["trial_timeout", "memory_limit"])
    def test_limits_are_kept_while_the_study_is_busy(
        self, chosen: ChosenExecutor, limit: str, tmp_path: Path
    ) -> None:
        """Let the report of one trial occupy the study, while the other one takes more and more."""
        if not (chosen.spec.stops and chosen.spec.parallel):
            return
        taken = tmp_path / "taken"

        def train(trial: Trial) -> float:
            if trial.number == 0:
                while not taken.exists():
                    sleep(0.01)
                trial.report(1.0)
                return 1.0
            held: list[bytes] = []
            begun = monotonic()
            while len(held) < 50:
                held.append(b"x" * (BLOCK if limit == "memory_limit" else 1))
                now = monotonic() - begun if limit == "trial_timeout" else len(held) * BLOCK
                with taken.open("a", encoding="utf-8") as file:
                    file.write(f"{now}\n")
                sleep(0.05)
            return 1.0

        settings: dict[str, Any] = {limit: {"trial_timeout": 1.0, "memory_limit": LIMIT}[limit]}
        result = self.tune(chosen, train, n_trials=2, n_jobs=2, observers=[Busy(3.0)], **settings)
        states = {"trial_timeout": TIMED_OUT, "memory_limit": FAILED}
        assert [trial.state for trial in result.trials] == [COMPLETE, states[limit]]
        assert float(taken.read_text("utf-8").split()[-1]) < 2 * settings[limit]

    @pytest.mark.parametrize("how", ["SIGKILL", "SIGSEGV", "exit code 3"])
    def test_a_trial_whose_process_dies_fails_with_the_reason_and_the_study_goes_on(
        self, chosen: ChosenExecutor, how: str
    ) -> None:
        """Let one of three trials end its own process."""
        if not chosen.spec.stops:
            return
        result = self.tune(chosen, _deadly(how, 1), n_trials=3)
        assert [trial.state for trial in result.trials] == [COMPLETE, FAILED, COMPLETE]
        assert how in errors(result)[1]

    def test_ten_deaths_in_a_row_end_the_study(self, chosen: ChosenExecutor) -> None:
        """Let every trial end its own process."""
        if not chosen.spec.stops:
            return
        with pytest.raises(tb.StudyFailedError, match="10 trials in a row failed") as caught:
            self.tune(chosen, _deadly("SIGKILL"), n_trials=20)
        assert [trial.state for trial in caught.value.result.trials] == [FAILED] * 10


class Busy:
    """Keeps the study busy at the first report.

    Args:
        seconds: How long.
    """

    def __init__(self, seconds: float) -> None:
        """Begin with no report."""
        self._seconds = seconds

    @tb.hookimpl
    def tunebridge_trial_reported(self) -> None:
        """Be busy, once."""
        sleep(self._seconds)
        self._seconds = 0.0


def _deadly(how: str, number: int | None = None) -> Objective:
    """Return an objective that ends its process, in one trial or in all."""

    def train(trial: Trial) -> float:
        if number in (None, trial.number):
            if how == "exit code 3":
                os._exit(3)
            os.kill(os.getpid(), signal.Signals[how])
            sleep(60)
        return 1.0

    return train
