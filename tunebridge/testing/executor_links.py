"""What every executor promises about what observers say of a trial."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Iterator

import tunebridge as tb
from tunebridge import ChosenExecutor, ChosenPruner, PrunerSpec, Trial
from tunebridge.testing.executor_checkpoints import Patient
from tunebridge.testing.executor_studies import Running


class Linking:
    """Says the number and the attempt of each trial."""

    @tb.hookimpl
    def tunebridge_trial_started(self, trial: Trial) -> dict[str, str]:
        """Say them."""
        return {"run": f"{trial.number}-{trial.attempt}"}


class LinksContract(Running):
    """The promise about `trial.links`; `ExecutorContract` includes it."""

    def test_what_observers_say_of_a_trial_is_with_it_in_all_its_turns(self, chosen: ChosenExecutor) -> None:
        """Let each trial wait once, and look before and after."""

        def train(trial: Trial) -> Iterator[float]:
            first = trial.resumed.step + 1 if trial.resumed else 0
            trial.note(f"links of {first}", dict(trial.links))
            for step in range(first, 4):
                yield trial["x"]
                with trial.checkpoint() as folder:
                    (folder / f"{step}").touch()

        patient = PrunerSpec(name="patient", summary="lets trials wait", open=lambda request: Patient())
        result = self.tune(
            chosen,
            train,
            n_trials=3,
            n_jobs=2 if chosen.spec.parallel else 1,
            pruner=ChosenPruner(patient, {}),
            observers=[Linking()],
        )
        for trial in result.trials:
            links = {"run": f"{trial.number}-0"}
            assert trial.notes == {"links of 0": links, "links of 3": links}
