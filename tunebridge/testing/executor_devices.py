"""What executors that give their slots devices promise, and what the others refuse; the names are made up."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import ChosenExecutor, Trial, TrialState
from tunebridge.registry.plugins import registry
from tunebridge.testing.executor_studies import Running, course

OPTION = "devices"
"""An executor with this option gives each of its slots one of them."""

VARIABLES = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES")
"""What hides GPUs."""

MEETING_SECONDS = 60.0
"""How long a trial waits for others at most."""


class DevicesContract(Running):
    """The promises about devices; `ExecutorContract` includes them.

    One that can stop trials runs them in processes of their own, so that it hides the devices of others.
    """

    @pytest.fixture(autouse=True)
    def _all_visible(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable in VARIABLES:
            monkeypatch.delenv(variable, raising=False)

    def on(self, chosen: ChosenExecutor, *names: str) -> ChosenExecutor:
        """Return an executor with devices."""
        return tb.executor(chosen, devices=list(names))

    def test_devices_are_given_or_refused_with_the_executors_that_give_them(
        self, chosen: ChosenExecutor
    ) -> None:
        """Name one, and look at it in the trial and in its record."""
        if OPTION not in chosen.spec.options:
            with pytest.raises(tb.OptionError, match="no option 'devices'") as caught:
                self.on(chosen, "cuda:0")
            able = [spec.name for spec in registry().executors.values() if OPTION in spec.options]
            assert all(name in caught.value.hint for name in able)
            return
        result = self.tune(self.on(chosen, "some:7"), noting(), n_trials=2)
        for trial in result.trials:
            assert (trial.state, trial.device) == (TrialState.COMPLETE, "some:7"), trial.error
            assert trial.notes["device"] == "some:7"
        plain = self.tune(chosen, noting(), n_trials=1).trials[0]
        assert (plain.device, plain.notes["device"]) == (None, None)

    def test_a_gpu_is_the_only_one_that_its_trials_see_or_goes_by_its_own_name(
        self, chosen: ChosenExecutor
    ) -> None:
        """Take the second GPU, and look at what hides the others."""
        if OPTION not in chosen.spec.options:
            return
        (trial,) = self.tune(self.on(chosen, "cuda:1"), noting(), n_trials=1).trials
        hidden = {"device": "cuda:0", **dict.fromkeys(VARIABLES, "1")}
        shared = {"device": "cuda:1", **dict.fromkeys(VARIABLES)}
        assert dict(trial.notes) == (hidden if chosen.spec.stops else shared)
        assert trial.device == "cuda:1"

    def test_others_are_hidden_before_the_objective_is_loaded(self, chosen: ChosenExecutor) -> None:
        """Look at the environment as the objective is unpickled."""
        if OPTION not in chosen.spec.options or not chosen.spec.stops:
            return

        class Loaded:
            def __init__(self, seen: str | None) -> None:
                self.seen = seen

            def __call__(self, trial: Trial) -> float:
                trial.note("seen", self.seen)
                return 1.0

            def __reduce__(self) -> tuple[object, ...]:
                return loaded, ()

        def loaded() -> Loaded:
            return Loaded(os.environ.get("CUDA_VISIBLE_DEVICES"))

        (trial,) = self.tune(self.on(chosen, "cuda:3"), Loaded(None), n_trials=1).trials
        assert trial.notes == {"seen": "3"}

    def test_left_to_itself_it_runs_one_trial_on_each_device(
        self, chosen: ChosenExecutor, tmp_path: Path
    ) -> None:
        """Let as many trials meet as there are devices, without a word of jobs."""
        if OPTION not in chosen.spec.options or not chosen.spec.parallel:
            return
        devices = self.on(chosen, "cuda:0", "cuda:1", "cpu")
        result = self.tune(devices, meeting(3, tmp_path), n_trials=3, n_jobs=None)
        assert {trial.device for trial in result.trials} == {"cuda:0", "cuda:1", "cpu"}, result.trials

    @pytest.mark.parametrize(
        ("names", "shares"),
        [(["a", "b"], {"a": 2, "b": 2}), (["a", "b", "a", "a"], {"a": 3, "b": 1})],
        ids=["evenly", "one named thrice"],
    )
    def test_more_slots_than_devices_share_them(
        self, chosen: ChosenExecutor, names: list[str], shares: dict[str, int], tmp_path: Path
    ) -> None:
        """Let four trials meet, four times."""
        if OPTION not in chosen.spec.options or not chosen.spec.parallel:
            return
        result = self.tune(self.on(chosen, *names), meeting(4, tmp_path), n_trials=16, n_jobs=4)
        for first in range(0, 16, 4):
            assert Counter(trial.device for trial in result.trials[first : first + 4]) == shares

    @pytest.mark.parametrize("end", ["a crash", "a time-out", "an exception"])
    def test_a_slot_that_is_begun_again_gets_its_device_back(
        self, chosen: ChosenExecutor, end: str, tmp_path: Path
    ) -> None:
        """Let two trials meet and end so, and two more meet in what follows."""
        is_able = chosen.spec.parallel and (chosen.spec.stops or end == "an exception")
        if OPTION not in chosen.spec.options or not is_able:
            return
        met = meeting(2, tmp_path)

        def train(trial: Trial) -> float:
            value = met(trial)
            if trial.number < 4:
                if end == "a crash":
                    os.kill(os.getpid(), signal.SIGKILL)
                if end == "an exception":
                    raise ValueError("by hand")
                sleep(600 if end == "a time-out" else 0)
            return value

        limit: dict[str, Any] = {"trial_timeout": 3.0} if end == "a time-out" else {}
        result = self.tune(self.on(chosen, "cuda:0", "cuda:1"), train, n_jobs=2, **limit)
        states = [TrialState.TIMED_OUT if end == "a time-out" else TrialState.FAILED] * 4
        assert [trial.state for trial in result.trials] == [*states, *[TrialState.COMPLETE] * 2]
        for first in range(0, 6, 2):
            assert {trial.device for trial in result.trials[first : first + 2]} == {"cuda:0", "cuda:1"}
        if chosen.spec.stops:
            for trial in result.trials[4:]:
                assert f"cuda:{trial.notes['CUDA_VISIBLE_DEVICES']}" == trial.device

    def test_devices_change_nothing_that_is_proposed(self, chosen: ChosenExecutor) -> None:
        """Run a study that learns in a fixed order, with them and without."""
        if OPTION not in chosen.spec.options:
            return
        settings: dict[str, Any] = {
            "n_jobs": self.jobs(chosen),
            "deterministic": True,
            "backend": self.learning(),
            "n_trials": 8,
        }
        names = ["cuda:0", "cuda:1"][: self.jobs(chosen)]
        plain, given = (
            self.tune(one, lambda trial: trial["x"], **settings) for one in (chosen, self.on(chosen, *names))
        )
        assert course(plain) == course(given)

    @pytest.mark.parametrize(
        ("wrong", "advice"),
        [
            ([], "leave devices out"),
            (None, "leave devices out"),
            (2, "name each in a list"),
            ({"cuda:0": 2}, "one twice that gets twice as many"),
            ("cuda:0,cuda:1", 'write devices=["cuda:0", "cuda:1"]'),
            ([0, 1], 'write devices=["cuda:0", "cuda:1"]'),
            (["1"], 'write devices=["cuda:1"]'),
            (["cpu", "CUDA:0"], 'write devices=["cpu", "cuda:0"]'),
            (["cuda0"], 'write devices=["cuda:0"]'),
            (["'mps'", "[xpu:1]"], 'write devices=["mps", "xpu:1"]'),
            ('["cuda:0", "cuda:1"]', 'write devices=["cuda:0", "cuda:1"]'),
            (["a[0]b"], "name each as its library does"),
            ([""], "name each as its library does"),
            ([["cuda:0"]], "name each as its library does"),
        ],
        ids=repr,
    )
    def test_what_is_no_list_of_devices_is_refused_with_the_one_that_was_meant(
        self, chosen: ChosenExecutor, wrong: Any, advice: str
    ) -> None:
        """Give what newcomers give."""
        if OPTION not in chosen.spec.options:
            return
        with pytest.raises(tb.OptionError, match="must be a list of names of devices") as caught:
            tb.executor(chosen, devices=wrong)
        assert advice in caught.value.hint

    def test_a_device_that_no_trial_would_run_on_is_refused(self, chosen: ChosenExecutor) -> None:
        """Name more of them than there are jobs."""
        if OPTION not in chosen.spec.options:
            return
        with pytest.raises(tb.ProblemError, match=r"2 devices and n_jobs=1: .* 'cuda:1'") as caught:
            self.tune(self.on(chosen, "cuda:0", "cuda:1"), noting())
        assert ("leave n_jobs out" if chosen.spec.parallel else "executor='processes'") in caught.value.hint


def meeting(count: int, folder: Path) -> Callable[[Trial], float]:
    """Return an objective that waits until so many trials, in the order of their numbers, are there."""
    where, patience = str(folder), MEETING_SECONDS

    def train(trial: Trial) -> float:
        trial.note("CUDA_VISIBLE_DEVICES", os.environ.get("CUDA_VISIBLE_DEVICES"))
        Path(where, str(trial.number)).touch()
        first = trial.number - trial.number % count
        deadline = monotonic() + patience
        while not all(Path(where, str(number)).exists() for number in range(first, first + count)):
            if monotonic() > deadline:
                raise TimeoutError(f"trial {trial.number} met nobody")
            sleep(0.01)
        return 1.0

    return train


def noting() -> Callable[[Trial], float]:
    """Return an objective that notes the device and what hides others."""
    variables = VARIABLES

    def train(trial: Trial) -> float:
        trial.note("device", trial.device)
        for variable in variables:
            trial.note(variable, os.environ.get(variable))
        return 1.0

    return train
