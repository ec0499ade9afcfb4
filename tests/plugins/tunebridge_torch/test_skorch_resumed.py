"""Trials that train by skorch go on from their checkpoints, or from others', to the last bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import tunebridge as tb
from tests.plugins.tunebridge_torch import skorched
from tunebridge.trial.checkpoint_folder import CheckpointFolder
from tunebridge_torch import skorch_callback

SPACE = tb.Space(lr=tb.Float(1e-2, 1.0, log=True))


class Turns:
    """Runs an objective in turns: it is paused at each checkpoint, and goes on from it in a new trial."""

    def __init__(self, folder: Path, case: str, *, pauses: bool = True) -> None:
        self.case, self.pauses = case, pauses
        self.folder = CheckpointFolder(folder, 0, is_useful=True)
        self.trial = tb.Trial({"lr": 0.1}, number=0, seed=7, folder=self.folder)
        self.said: list[tb.Said] = []
        self.outcome: Any = None

    @property
    def scores(self) -> list[Any]:
        return [one.value for one in self.said if isinstance(one, tb.Told)]

    @property
    def written(self) -> list[int]:
        return [one.step for one in self.said if isinstance(one, tb.Written)]

    def turn(self) -> None:
        self.trial.begin(self.hear)
        with suppress(tb.TrialPaused):
            self.outcome = skorched.trained(self.trial, self.case)

    def hear(self, said: tb.Said) -> tb.Reply:
        self.said.append(said)
        pauses = self.pauses and isinstance(said, tb.Written)
        return tb.Reply(tb.Decision.PAUSE if pauses else tb.Decision.CONTINUE)

    def run(self, changes: dict[int, float] | None = None) -> Any:
        self.turn()
        while self.outcome is None:
            step = self.written[-1]
            changed = {"lr": changes[step]} if changes and step in changes else {}
            checkpoint = tb.Checkpoint(
                path=self.folder.at(step), number=0, step=step, value=self.scores[-1], changed=changed
            )
            self.trial = self.trial.again(checkpoint, {**self.trial.params, **changed})
            self.turn()
        return self.outcome


def weights(outcome: Any) -> list[Tensor]:
    return list(outcome[0].module_.state_dict().values())


def measured(outcome: Any) -> list[dict[str, Any]]:
    """Return the history of a net without what the clock says."""
    return [{name: one for name, one in epoch.items() if name != "dur"} for epoch in outcome[0].history]


CASES = [
    "plain",
    "adam",
    "momentum",
    *(f"schedule {name}{place}" for name in ("step", "one cycle", "plateau") for place in ("", " before")),
    "stopping after",
    "stopping before",
    "split of rows that is drawn",
    "scored",
    "generator of the rows",
    "whole",
]


@pytest.mark.parametrize("case", CASES)
def test_a_trial_in_turns_is_equal_to_one_at_a_stretch(case: str, tmp_path: Path) -> None:
    stretch = Turns(tmp_path / "stretch", case, pauses=False)
    whole = stretch.run()
    turns = Turns(tmp_path / "turns", case)
    found = turns.run()
    assert turns.scores == stretch.scores
    assert turns.written == stretch.written == list(range(len(turns.scores)))
    assert len(turns.written) > 1
    assert measured(found) == measured(whole)
    assert all(torch.equal(one, other) for one, other in zip(weights(found), weights(whole), strict=True))
    assert found[1].value == whole[1].value == turns.scores[-1]
    assert found[0].max_epochs == whole[0].max_epochs


def test_a_rule_to_stop_early_is_shorter_than_max_epochs(tmp_path: Path) -> None:
    for place in ("after", "before"):
        turns = Turns(tmp_path / place, f"stopping {place}", pauses=False)
        assert len(turns.run()[0].history) == len(turns.scores) < 8


@pytest.mark.parametrize("case", ["", *(case for case in CASES if case.startswith("schedule"))])
def test_what_was_explored_is_the_rate_of_the_next_step(case: str, tmp_path: Path) -> None:
    skorched.RATES.clear()
    Turns(tmp_path / "stretch", case, pauses=False).run()
    untouched = [*skorched.RATES]
    skorched.RATES.clear()
    Turns(tmp_path / "turns", case).run({1: 0.05})
    assert skorched.RATES[:6] == untouched[:6]
    factor = 1 if "one cycle" in case else 0.5
    assert skorched.RATES[6:] == pytest.approx([rate * factor for rate in untouched[6:]])


def tuned(**settings: Any) -> tb.Result:
    given = {"backend": "optuna:random", "n_trials": 2, "seed": 0, **settings}
    return tb.tune(tb.Problem(skorched.objective, SPACE), **given)


def comparable(result: tb.Result) -> list[Any]:
    return [(one.number, one.params, one.values, one.reports, one.schedule) for one in result.trials]


@pytest.mark.parametrize("kills_at", [5, 12, 20])
def test_a_study_that_was_interrupted_is_equal_to_one_that_was_not(
    kills_at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [tb.Schedule("lr", at={1: 0.05, 2: 0.2})]
    stored = {"storage": f"sqlite:///{tmp_path}/tune.db", "study": "s", "adjust": rules}
    monkeypatch.setenv(skorched.KILLS_AT, str(kills_at))
    assert tuned(**stored).stop_reason == "interrupted"
    monkeypatch.delenv(skorched.KILLS_AT)
    assert comparable(tuned(**stored)) == comparable(tuned(adjust=rules))


KILLED = """
import logging, os, sys
logging.disable(logging.CRITICAL)
import torch
torch.set_num_threads(1)
from tests.plugins.tunebridge_torch import test_skorch_resumed as tests
tests.tuned(storage=sys.argv[1], study="s")
"""


def test_a_study_that_was_killed_is_equal_to_one_that_was_not(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    environment = {
        **os.environ,
        skorched.KILLS_AT: "19",
        skorched.SIGNAL: "SIGKILL",
        "PYTHONPATH": os.getcwd(),
    }
    command = [sys.executable, "-c", KILLED, url]
    ended = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert comparable(tuned(storage=url, study="s")) == comparable(tuned())


def test_a_population_trains_copies_and_explores() -> None:
    found = tuned(population=tb.Population(size=4, every=1), n_trials=4)
    assert [one.error for one in found.trials] == [None] * 4
    assert [len(one.reports) for one in found.trials] == [4] * 4
    assert any(isinstance(entry, tb.Copy) for one in found.trials for entry in one.schedule)
    for one in found.trials:
        assert tb.replay(tb.Problem(skorched.objective, SPACE), one).value == one.value


def test_trials_that_wait_go_on_to_the_last_bit() -> None:
    asha = tb.pruner("asha", min_resource=1, reduction_factor=2, bootstrap_count=1, resume=True)
    found, whole = (tuned(pruner=pruner, n_trials=6) for pruner in (asha, None))
    assert {one.state for one in found.trials} == {tb.TrialState.COMPLETE, tb.TrialState.PRUNED}
    for one, other in zip(found.trials, whole.trials, strict=True):
        assert one.reports == other.reports[: len(one.reports)]


def resumed(tmp_path: Path) -> tb.Trial:
    """Return a trial that goes on from its first checkpoint."""
    turns = Turns(tmp_path, "")
    turns.turn()
    checkpoint = tb.Checkpoint(path=turns.folder.at(0), number=0, step=0, value=1.0)
    trial = turns.trial.again(checkpoint, turns.trial.params)
    trial.begin(turns.hear)
    return trial


def test_a_checkpoint_of_another_optimizer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(tb.ObjectiveError, match="optimizer_ was SGD, and is Adam"):
        skorched.trained(resumed(tmp_path), "adam")


def test_epochs_that_max_epochs_does_not_count_are_an_error(tmp_path: Path) -> None:
    turns = Turns(tmp_path, "")
    turns.turn()
    checkpoint = tb.Checkpoint(path=turns.folder.at(0), number=0, step=0, value=1.0)
    turns.pauses = False
    trial = turns.trial.again(checkpoint, turns.trial.params)
    trial.begin(turns.hear)
    net = skorched.net_of(skorch_callback(trial, "valid_loss"), 0.1)
    with pytest.raises(tb.ObjectiveError, match="goes on after 4 epochs, and max_epochs is 4"):
        net.fit(skorched.X, skorched.Y, epochs=4)
