"""What every executor promises about checkpoints: the study finds them, and turns go on from them."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import ChosenExecutor, ChosenPruner, PrunerSpec, Result, Trial, TrialState
from tunebridge.testing.executor_studies import Running, course

N_STEPS = 5
"""Steps of each trial."""


class Patient:
    """A pruner that has each trial wait once, at its third step."""

    def __init__(self) -> None:
        """Begin with nobody who has waited."""
        self._seen: set[int] = set()
        self.asked_again: set[int] = set()
        """The trials that have waited."""

    def report(self, trial: Trial, step: int, value: float) -> tb.Decision:
        """Let a trial wait when it comes to the step, and go on when asked again."""
        if step != N_STEPS // 2:
            return tb.Decision.CONTINUE
        if trial.number in self._seen:
            self.asked_again.add(trial.number)
            return tb.Decision.CONTINUE
        self._seen.add(trial.number)
        return tb.Decision.PAUSE

    def finish(self, record: tb.TrialRecord) -> None:
        """Learn nothing from ends."""


class CheckpointContract(Running):
    """The promises about checkpoints; `ExecutorContract` includes them."""

    def test_what_a_trial_has_written_is_where_the_study_looks(self, chosen: ChosenExecutor) -> None:
        """Find the last and the best checkpoint of each trial, whole; those between were removed."""
        for trial in self._trained(chosen).trials:
            assert trial.state is TrialState.COMPLETE, trial.error
            for which, step in (("last", N_STEPS - 1), ("best", 1)):
                found = trial.checkpoint(which)  # type: ignore[arg-type]
                assert found is not None
                assert found.step == step
                assert sorted(path.name for path in found.path.parent.iterdir()) == ["1", str(N_STEPS - 1)]
                assert json.loads((found / "deep" / "steps.json").read_text()) == list(range(step + 1))

    @pytest.mark.parametrize("deterministic", [False, True])
    def test_a_trial_that_waits_goes_on_from_its_checkpoint_as_one_attempt(
        self, chosen: ChosenExecutor, deterministic: bool
    ) -> None:
        """Compare trials that have waited with trials that have not."""
        settings = {"n_jobs": self.jobs(chosen), "deterministic": deterministic}
        patient = Patient()
        spec = PrunerSpec(name="patient", summary="lets trials wait", open=lambda request: patient)
        waited = self._trained(chosen, pruner=ChosenPruner(spec, {}), **settings)
        assert patient.asked_again == {0, 1, 2}
        assert course(waited) == course(self._trained("inline"))
        assert {trial.attempt for trial in waited.trials} == {0}

    def test_a_limit_of_time_counts_all_turns_of_a_trial(self, chosen: ChosenExecutor) -> None:
        """Stop a trial in its second turn that is within its time in each."""
        if not chosen.spec.stops:
            return

        def train(trial: Trial) -> Iterator[float]:
            from time import sleep

            for step in range(trial.resumed.step + 1 if trial.resumed else 0, N_STEPS):
                sleep(0.25)
                yield float(step)
                with trial.checkpoint():
                    pass
            sleep(0.25)

        patient = Patient()
        spec = PrunerSpec(name="patient", summary="lets trials wait", open=lambda request: patient)
        pruner = ChosenPruner(spec, {})
        (trial,) = self.tune(chosen, train, n_trials=1, trial_timeout=1.2, pruner=pruner).trials
        assert patient.asked_again == {0}
        assert trial.state is TrialState.TIMED_OUT, trial.error
        assert 1.2 <= trial.objective_seconds < 60

    @pytest.mark.parametrize("deterministic", [False, True])
    def test_members_of_a_population_take_turns_and_go_on_from_donors(
        self, chosen: ChosenExecutor, deterministic: bool
    ) -> None:
        """Train more members than there are slots; in a fixed order they do as one after the other."""
        settings: dict[str, Any] = {"population": tb.Population(size=4, every=2), "n_trials": 4}
        trained = self._trained(chosen, n_jobs=self.jobs(chosen), deterministic=deterministic, **settings)
        for trial in trained.trials:
            assert trial.state is TrialState.COMPLETE, trial.error
            assert trial.notes["steps"] == list(range(N_STEPS))
            assert (trial.lineage[0].first, trial.lineage[-1].last) == (0, N_STEPS - 1)
        if deterministic:
            assert any(isinstance(one, tb.Copy) for trial in trained.trials for one in trial.schedule)
            assert course(trained) == course(self._trained("inline", **settings))

    def test_a_checkpoint_before_the_first_report_is_an_error_of_its_trial(
        self, chosen: ChosenExecutor
    ) -> None:
        """Open one at once."""

        def train(trial: Trial) -> float:
            with trial.checkpoint():
                return 0.0

        (trial,) = self.tune(chosen, train, n_trials=1).trials
        assert trial.state is TrialState.FAILED
        assert "before the first report" in (trial.error or "")

    def _trained(self, chosen: ChosenExecutor | str, **settings: Any) -> Result:
        return self.tune(chosen, _training(N_STEPS), **{"n_trials": 3, **settings})


def _training(n_steps: int) -> Callable[[Trial], Iterator[float]]:
    """Return an objective whose second step is its best, and whose checkpoints hold all steps."""

    def train(trial: Trial) -> Iterator[float]:
        import json

        steps: list[int] = []
        if trial.resumed:
            steps = json.loads((trial.resumed / "deep" / "steps.json").read_text())
        for step in range(len(steps), n_steps):
            steps.append(step)
            yield abs(step - 1) + trial["x"]
            with trial.checkpoint() as folder:
                (folder / "deep").mkdir()
                (folder / "deep" / "steps.json").write_text(json.dumps(steps))
        trial.note("steps", steps)

    return train
