"""What every executor promises about observers: where they are called, and what they say of a trial."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import tunebridge as tb
from tunebridge import ChosenExecutor, ChosenPruner, PrunerSpec, Trial
from tunebridge.testing.executor_checkpoints import Patient
from tunebridge.testing.executor_studies import Running


class ObserversContract(Running):
    """The promises about observers; `ExecutorContract` includes them."""

    def test_observers_pruners_and_rules_are_called_in_the_thread_of_the_study(
        self, chosen: ChosenExecutor
    ) -> None:
        """Note process and thread of each call."""
        watch = Watch()

        def train(trial: Trial) -> float:
            trial.report(1.0)
            return 1.0

        self.tune(chosen, train, n_trials=4, n_jobs=self.jobs(chosen), observers=[watch], adjust=[watch.rule])
        assert watch.hooks == {"started": 1, "begun": 4, "reported": 4, "finished": 4, "ended": 1, "rule": 4}
        assert watch.places == {(os.getpid(), threading.get_ident())}

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
            n_jobs=self.jobs(chosen),
            pruner=ChosenPruner(patient, {}),
            observers=[Linking()],
        )
        for trial in result.trials:
            links = {"run": f"{trial.number}-0"}
            assert trial.notes == {"links of 0": links, "links of 3": links}


class Watch:
    """Notes what is called, and where."""

    def __init__(self) -> None:
        """Begin with no calls."""
        self.hooks = dict.fromkeys(("started", "begun", "reported", "finished", "ended", "rule"), 0)
        self.places: set[tuple[int, int]] = set()

    def _note(self, name: str) -> None:
        self.hooks[name] += 1
        self.places.add((os.getpid(), threading.get_ident()))

    @tb.hookimpl
    def tunebridge_study_started(self) -> None:
        """Note it."""
        self._note("started")

    @tb.hookimpl
    def tunebridge_trial_started(self) -> None:
        """Note it."""
        self._note("begun")

    @tb.hookimpl
    def tunebridge_trial_reported(self) -> None:
        """Note it."""
        self._note("reported")

    @tb.hookimpl
    def tunebridge_trial_finished(self) -> None:
        """Note it."""
        self._note("finished")

    @tb.hookimpl
    def tunebridge_study_finished(self) -> None:
        """Note it."""
        self._note("ended")

    def rule(self, training: tb.Training) -> None:
        """Note a report."""
        self._note("rule")


class Linking:
    """Says the number and the attempt of each trial."""

    @tb.hookimpl
    def tunebridge_trial_started(self, trial: Trial) -> dict[str, str]:
        """Say them."""
        return {"run": f"{trial.number}-{trial.attempt}"}
