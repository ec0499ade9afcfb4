"""What executors that run trials side by side promise, and what the others refuse."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from pathlib import Path
from random import SystemRandom
from time import monotonic, sleep

import pytest

import tunebridge as tb
from tunebridge import ChosenExecutor, Trial, TrialState
from tunebridge.registry.plugins import registry
from tunebridge.testing.executor_studies import Objective, Running, course, strict_pruner

COMPLETE, PRUNED = TrialState.COMPLETE, TrialState.PRUNED


class OrderContract(Running):
    """The promises about trials that run side by side; `ExecutorContract` includes them."""

    def test_trials_overlap_or_more_than_one_job_is_refused(
        self, chosen: ChosenExecutor, tmp_path: Path
    ) -> None:
        """Let each trial wait until its neighbour has begun."""
        folder = str(tmp_path)

        def train(trial: Trial) -> float:
            Path(folder, str(trial.number)).touch()
            end = monotonic() + 30
            while not Path(folder, str(trial.number ^ 1)).exists():
                if monotonic() > end:
                    raise TimeoutError("the neighbour has not begun")
                sleep(0.005)
            return 1.0

        if not chosen.spec.parallel:
            with pytest.raises(tb.UnsupportedError, match="n_jobs=2") as caught:
                self.tune(chosen, train, n_jobs=2)
            able = [spec.name for spec in registry().executors.values() if spec.parallel]
            assert all(name in caught.value.hint for name in able)
            return
        result = self.tune(chosen, train, n_trials=4, n_jobs=2)
        assert [trial.state for trial in result.trials] == [COMPLETE] * 4

    @pytest.mark.parametrize("deterministic", [False, True])
    def test_more_jobs_than_there_is_room_for_all_end(
        self, chosen: ChosenExecutor, deterministic: bool
    ) -> None:
        """Ask for more at a time than fit, and than there are trials."""
        if not chosen.spec.parallel:
            return
        n_jobs = (chosen.spec.n_slots(chosen.options) or 2) + 2

        def train(trial: Trial) -> float:
            for _ in range(3):
                trial.report(trial["x"])
            return float(trial["x"])

        result = self.tune(
            chosen,
            train,
            n_trials=n_jobs - 1,
            n_jobs=n_jobs,
            deterministic=deterministic,
            pruner=strict_pruner(),
        )
        assert {trial.state for trial in result.trials} <= {COMPLETE, PRUNED}
        assert len(result.trials) == n_jobs - 1

    @pytest.mark.parametrize("pruned", [False, True])
    def test_in_a_fixed_order_a_study_repeats_whatever_time_its_trials_take(
        self, chosen: ChosenExecutor, pruned: bool
    ) -> None:
        """Sleep for other spans in each of three runs."""
        if not chosen.spec.parallel:
            return

        def run() -> list[tuple[object, ...]]:
            return course(
                self.tune(
                    chosen,
                    _dawdling(),
                    backend=self.learning(),
                    n_trials=9,
                    n_jobs=2,
                    deterministic=True,
                    pruner=strict_pruner() if pruned else None,
                )
            )

        first = run()
        assert [run(), run()] == [first, first]
        assert (PRUNED in {row[1] for row in first}) == pruned

    def test_in_a_fixed_order_one_job_is_the_same_as_in_any_order(self, chosen: ChosenExecutor) -> None:
        """Compare the two."""
        one, other = (
            self.tune(chosen, _dawdling(), pruner=strict_pruner(), deterministic=fixed)
            for fixed in (False, True)
        )
        assert course(one) == course(other)


def _dawdling() -> Objective:
    """Return an objective that takes another time at each call."""

    def train(trial: Trial) -> float:
        for step in range(4):
            sleep(0.02 * SystemRandom().random())
            trial.report(abs(trial["x"] - 0.3) + step * trial["n"] / 40)
        if trial.number == 5:
            raise ValueError("by hand")
        return float(abs(trial["x"] - 0.3))

    return train
