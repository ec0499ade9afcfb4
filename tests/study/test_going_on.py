"""Trials that were interrupted go on from their last checkpoint."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

import tunebridge as tb
from tests.study.walking import N_STEPS, SPACE, Walk, course
from tunebridge.policy import Policy
from tunebridge.testing import RANDOM

RATES = tb.Schedule("rate", {2: 0.5, 5: 0.25})


def tune(objective: Any, **settings: Any) -> tb.Result:
    settings = {"backend": RANDOM, "n_trials": 3, "seed": 2, **settings}
    return tb.tune(tb.Problem(objective, SPACE), **settings)


class Dying(Walk):
    """A walk that notes its steps in a file, and whose process dies in one step of each attempt at a trial.

    Args:
        folder: Where it notes.
        number: Number of the trial.
        steps: Of each attempt that dies.
    """

    def __init__(self, folder: Path, number: int, *steps: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.notes = str(folder / "notes")
        self.number, self.deaths = number, steps

    def trained(self, trial: tb.Trial, step: int) -> None:
        with open(self.notes, "a", encoding="utf-8") as notes:
            notes.write(f"{trial.number} {step} {trial.attempt}\n")
        if trial.number == self.number and self.deaths[trial.attempt :][:1] == (step,):
            os.kill(os.getpid(), signal.SIGKILL)

    @property
    def steps(self) -> list[tuple[int, ...]]:
        """Step and attempt of each that the trial was trained for."""
        rows = [tuple(map(int, line.split())) for line in Path(self.notes).read_text("utf-8").splitlines()]
        return [(step, attempt) for number, step, attempt in rows if number == self.number]


@pytest.fixture
def retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have trials whose process has died run again, as cells of a comparison do."""
    monkeypatch.setattr("tunebridge.study.tuning.Policy", partial(Policy, retries=2))


@pytest.mark.usefixtures("retries")
def test_a_trial_whose_process_dies_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    walk = Dying(tmp_path, 1, 4, 7)
    result = tune(walk, executor="processes", adjust=[RATES])
    assert walk.steps == [
        *[(step, 0) for step in range(5)],
        *[(step, 1) for step in range(4, 8)],
        *[(step, 2) for step in range(7, N_STEPS)],
    ]
    assert [trial.attempt for trial in result.trials] == [0, 2, 0]
    assert course(result) == course(tune(Walk(), adjust=[RATES]))


@pytest.mark.usefixtures("retries")
def test_reports_after_the_checkpoint_are_dropped_and_told_anew(tmp_path: Path) -> None:
    walk = Dying(tmp_path, 1, 7, every=3)
    result = tune(walk, executor="processes", adjust=[RATES])
    assert walk.steps == [*[(step, 0) for step in range(8)], *[(step, 1) for step in range(6, N_STEPS)]]
    assert course(result) == course(tune(Walk(), adjust=[RATES]))


@pytest.mark.usefixtures("retries")
def test_a_trial_that_dies_before_its_first_checkpoint_begins_anew(tmp_path: Path) -> None:
    for settings in ({"every": 0}, {"every": 4}):
        folder = tmp_path / str(settings["every"])
        folder.mkdir()
        walk = Dying(folder, 1, 2, **settings)
        result = tune(walk, executor="processes", adjust=[RATES])
        assert walk.steps == [(0, 0), (1, 0), (2, 0), *[(step, 1) for step in range(N_STEPS)]]
        assert course(result) == course(tune(Walk(), adjust=[RATES]))


class Drawing(Dying):
    """A walk that says that it is another one when it goes on."""

    exact_resume = False


@pytest.mark.usefixtures("retries")
def test_an_objective_that_cannot_go_on_exactly_has_the_steps_noted_in_its_record(tmp_path: Path) -> None:
    result = tune(Drawing(tmp_path, 1, 4, 7), executor="processes")
    assert [trial.notes for trial in result.trials] == [{}, {"new draw": [3, 6]}, {}]
    pruner = tb.pruner("asha", min_resource=1, reduction_factor=2, resume=True)
    paused = tune(Drawing(tmp_path, 1), pruner=pruner, n_trials=8)
    noted = {step for trial in paused.trials for step in trial.notes.get("new draw", [])}
    assert noted
    assert noted <= {1, 2, 4}


@pytest.mark.parametrize("given", [None, 1, "no"])
def test_exact_resume_must_be_true_or_false(given: Any) -> None:
    walk = Walk()
    walk.exact_resume = given  # type: ignore[attr-defined]
    with pytest.raises(tb.ProblemError, match="exact_resume of the objective must be True or False, got"):
        tb.Problem(walk, SPACE)


@pytest.mark.usefixtures("retries")
def test_the_pruner_hears_what_the_trial_keeps_and_no_more(tmp_path: Path) -> None:
    pruner = tb.pruner("asha", min_resource=1, reduction_factor=2, resume=True)
    for number in (1, 3):
        folder = tmp_path / str(number)
        folder.mkdir()
        walk = Dying(folder, number, 1, every=1)
        result = tune(walk, executor="processes", pruner=pruner, n_trials=8)
        assert course(result) == course(tune(Walk(), pruner=pruner, n_trials=8))
        assert result.trials[number].attempt == 1


class Left(Walk):
    """A walk that the user interrupts in one step of the first attempt at a trial."""

    def trained(self, trial: tb.Trial, step: int) -> None:
        if (trial.number, step, trial.attempt) == (1, 5, 0):
            raise KeyboardInterrupt


class Exiting(Walk):
    """A walk whose framework leaves the program on Ctrl-C, as Lightning does."""

    def trained(self, trial: tb.Trial, step: int) -> None:
        if trial.number == 1:
            try:
                raise KeyboardInterrupt
            except KeyboardInterrupt:
                sys.exit(1)


def test_ctrl_c_that_a_framework_makes_an_exit_of_interrupts_the_study() -> None:
    left = tune(Exiting())
    assert left.stop_reason == "interrupted"
    assert [trial.state.name for trial in left.trials] == ["COMPLETE", "INTERRUPTED"]


def interrupted(folder: Path, **settings: Any) -> dict[str, Any]:
    """Interrupt a stored study in its second trial, and return what it is called with."""
    stored = {"storage": f"sqlite:///{folder / 'tune.db'}", "study": "s/1", "adjust": [RATES], **settings}
    left = tune(Left(), **stored)
    assert [trial.state.name for trial in left.trials] == ["COMPLETE", "INTERRUPTED"]
    return stored


def test_a_stored_study_goes_on_from_the_folder_beside_its_database(tmp_path: Path) -> None:
    stored = interrupted(tmp_path)
    result = tune(Left(), **stored)
    assert course(result) == course(tune(Walk(), adjust=[RATES]))
    assert [trial.attempt for trial in result.trials] == [0, 1, 0]
    loaded = tb.load_study(stored["storage"], "s/1")
    for trial in loaded.trials:
        last = trial.checkpoint("last")
        assert last is not None
        (place,) = (tmp_path / "tune.checkpoints").iterdir()
        assert place.name.startswith("s%2F1-")
        assert last.path == place / str(trial.number) / "8"
        assert (last / "state.json").is_file()


def test_dropped_trials_stay_interrupted_whatever_they_have_written(tmp_path: Path) -> None:
    result = tune(Left(), interrupted="drop", **interrupted(tmp_path))
    assert [trial.state.name for trial in result.trials] == [
        "COMPLETE",
        "INTERRUPTED",
        "COMPLETE",
        "COMPLETE",
    ]


def test_a_trial_whose_folder_is_gone_begins_anew(tmp_path: Path) -> None:
    stored = interrupted(tmp_path)
    rmtree(tmp_path / "tune.checkpoints")
    assert course(tune(Left(), **stored)) == course(tune(Walk(), adjust=[RATES]))


def test_a_trial_that_waited_waits_again_when_its_study_is_opened_again(tmp_path: Path) -> None:
    pruner = tb.pruner("asha", min_resource=1, reduction_factor=2, resume=True)
    storage = f"sqlite:///{tmp_path / 'tune.db'}"
    stored: dict[str, Any] = {"storage": storage, "study": "s", "pruner": pruner, "n_trials": 6}
    with pytest.raises(tb.TrialPaused):
        by_hand(stored)
    with tb.open_study(tb.Problem(Walk(), SPACE), backend=RANDOM, seed=2, **stored) as study:
        asked = [study.ask() for _ in range(3)]
        assert [trial and trial.number for trial in asked] == [0, 2, 3]
        assert [bool(trial and trial.resumed) for trial in asked] == [True, False, False]


def by_hand(stored: dict[str, Any]) -> None:
    """Train two trials up to the first rung, where the second is paused, and close the study."""
    with tb.open_study(tb.Problem(Walk(), SPACE), backend=RANDOM, seed=2, **stored) as study:
        for value in (0.1, 0.2):
            trial = study.ask()
            assert trial is not None
            for step in range(2):
                trial.report(value, step)
                with trial.checkpoint() as folder:
                    (folder / "state.json").write_text("[]", "utf-8")
