"""Trials that train by Lightning go on from their checkpoints, or from others', to the last bit."""

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
from lightning.pytorch import seed_everything
from torch import Tensor

import tunebridge as tb
from tests.plugins.tunebridge_torch import lit
from tunebridge.trial.checkpoint_folder import CheckpointFolder
from tunebridge_torch import lightning_callback
from tunebridge_torch.fits import FILE

pytestmark = lit.MARKS

SPACE = tb.Space(lr=tb.Float(1e-2, 1.0, log=True))


class Turns:
    """Runs an objective in turns: it is paused at each checkpoint, and goes on from it in a new trial."""

    def __init__(self, folder: Path, settings: dict[str, Any], *, pauses: bool = True) -> None:
        self.settings, self.pauses = settings, pauses
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
            self.outcome = lit.trained(self.trial, **lit.settings_of(self.settings))

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
    return list(outcome[0].state_dict().values())


CASES: dict[str, dict[str, Any]] = {
    "sgd": {},
    "adam": {"optimizer": "adam"},
    **{f"scheduler {name}": {"scheduler": name} for name in lit.SCHEDULERS},
    "a generator of the loader": {"loader": {"generator": 3}},
    "workers": {"loader": {"num_workers": 1}, "max_epochs": 3},
    "several validations": {"val_check_interval": 1 / 3},
    "every second epoch": {"check_val_every_n_epoch": 2, "max_epochs": 6},
    "no check before": {"num_sanity_val_steps": 0},
    "a metric of the training": {"metric": "train_loss"},
    "a rule to stop early": {"stops": True},
    "gradients of several batches": {"accumulate_grad_batches": 2},
    "steps": {"max_epochs": -1, "max_steps": 8},
    "steps and a schedule": {"max_epochs": -1, "max_steps": 9, "scheduler": "step"},
    "data made by the module": {"own_data": True},
}


@pytest.mark.parametrize("case", CASES)
def test_a_trial_in_turns_is_equal_to_one_at_a_stretch(case: str, tmp_path: Path) -> None:
    stretch = Turns(tmp_path / "stretch", CASES[case], pauses=False)
    whole = stretch.run()
    turns = Turns(tmp_path / "turns", CASES[case])
    found = turns.run()
    assert turns.scores == stretch.scores
    assert turns.written == stretch.written
    assert len(turns.written) > 1
    assert all(torch.equal(one, other) for one, other in zip(weights(found), weights(whole), strict=True))
    assert found[1].value == whole[1].value
    assert float(found[2].callback_metrics[found[3]]) == whole[1].value


@pytest.mark.parametrize("scheduler", ["", *lit.SCHEDULERS])
def test_what_was_explored_is_the_rate_of_the_next_step(scheduler: str, tmp_path: Path) -> None:
    untouched = Turns(tmp_path / "stretch", {"scheduler": scheduler}, pauses=False).run()[0].rates
    turns = Turns(tmp_path / "turns", {"scheduler": scheduler})
    lit.RATES.clear()
    turns.run({1: 0.05})
    assert lit.RATES[:6] == untouched[:6]
    assert lit.RATES[6:] == pytest.approx([rate / 2 for rate in untouched[6:]])


def tuned(**settings: Any) -> tb.Result:
    given = {"backend": "optuna:random", "n_trials": 2, "seed": 0, **settings}
    return tb.tune(tb.Problem(lit.interrupted, SPACE), **given)


def comparable(result: tb.Result) -> list[Any]:
    return [(one.number, one.params, one.values, one.reports, one.schedule) for one in result.trials]


@pytest.mark.parametrize("kills_at", [5, 12, 20])
def test_a_study_that_was_interrupted_is_equal_to_one_that_was_not(
    kills_at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [tb.Schedule("lr", at={1: 0.05, 2: 0.2})]
    stored = {"storage": f"sqlite:///{tmp_path}/tune.db", "study": "s", "adjust": rules}
    monkeypatch.setenv(lit.KILLS_AT, str(kills_at))
    assert tuned(**stored).stop_reason == "interrupted"
    monkeypatch.delenv(lit.KILLS_AT)
    assert comparable(tuned(**stored)) == comparable(tuned(adjust=rules))


KILLED = """
import logging, os, sys
logging.disable(logging.CRITICAL)
import torch
torch.set_num_threads(1)
from tests.plugins.tunebridge_torch import test_lightning_resumed as tests
tests.tuned(storage=sys.argv[1], study="s")
"""


def test_a_study_that_was_killed_is_equal_to_one_that_was_not(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    environment = {**os.environ, lit.KILLS_AT: "20", lit.SIGNAL: "SIGKILL", "PYTHONPATH": os.getcwd()}
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
        assert tb.replay(tb.Problem(lit.interrupted, SPACE), one).value == one.value


def test_trials_that_wait_go_on_to_the_last_bit() -> None:
    asha = tb.pruner("asha", min_resource=1, reduction_factor=2, bootstrap_count=1, resume=True)
    found, whole = (tuned(pruner=pruner, n_trials=6) for pruner in (asha, None))
    assert {one.state for one in found.trials} == {tb.TrialState.COMPLETE, tb.TrialState.PRUNED}
    for one, other in zip(found.trials, whole.trials, strict=True):
        assert one.reports == other.reports[: len(one.reports)]


def resumed(tmp_path: Path) -> tb.Trial:
    """Return a trial that goes on from its first checkpoint."""
    turns = Turns(tmp_path, {})
    turns.turn()
    checkpoint = tb.Checkpoint(path=turns.folder.at(0), number=0, step=0, value=1.0)
    trial = turns.trial.again(checkpoint, turns.trial.params)
    trial.begin(turns.hear)
    return trial


def test_a_fit_that_begins_anew_where_its_trial_goes_on_is_an_error(tmp_path: Path) -> None:
    trainer = lit.trainer_of([lightning_callback(resumed(tmp_path), "val_loss")])
    with pytest.raises(tb.ObjectiveError, match=r"its fit has begun anew\n.*ckpt_path=callback.ckpt_path"):
        trainer.fit(lit.Net(), lit.loader(), lit.loader(lit.VALID))


def test_a_checkpoint_of_another_optimizer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(tb.ObjectiveError, match="is of other optimizers: SGD; now Adam"):
        lit.trained(resumed(tmp_path), optimizer="adam")


def test_a_scheduler_that_lightning_does_not_step_is_an_error(tmp_path: Path) -> None:
    turns = Turns(tmp_path, {"scheduler": "plateau", "max_epochs": -1, "max_steps": 9})
    with pytest.raises(tb.ObjectiveError, match="ReduceLROnPlateau would miss an epoch"):
        turns.run()


def test_a_loader_whose_order_cannot_be_put_back_is_an_error(tmp_path: Path) -> None:
    turns = Turns(tmp_path, {"loader": {"generator": 3, "num_workers": 1}})
    with pytest.raises(tb.ObjectiveError, match="DataLoader with workers and a generator"):
        turns.run()


def test_the_first_fit_of_several_writes_the_checkpoints(tmp_path: Path) -> None:
    def folds(trial: tb.Trial) -> float:
        callback = lightning_callback(trial, "val_loss")
        seed_everything(trial.seed, verbose=False)
        scores = []
        for fold in range(2):
            trainer = lit.trainer_of([callback, lit.Killed()], max_epochs=2)
            data = lit.loader(batch_size=16 + fold), lit.loader(lit.VALID)
            trainer.fit(lit.Net(trial["lr"]), *data, ckpt_path=callback.ckpt_path)
            scores.append(float(trainer.callback_metrics["val_loss"]))
        return sum(scores)

    def run(**settings: Any) -> tb.Result:
        return tb.tune(tb.Problem(folds, SPACE), backend="optuna:random", n_trials=1, seed=0, **settings)

    stored = {"storage": f"sqlite:///{tmp_path}/tune.db", "study": "s"}
    for kills_at in (9, 8):
        os.environ[lit.KILLS_AT] = str(kills_at)
        assert run(**stored).stop_reason == "interrupted"
    del os.environ[lit.KILLS_AT]
    assert comparable(run(**stored)) == comparable(run())
    pruner = tb.pruner("asha", min_resource=3, bootstrap_count=1, resume=True)
    assert "is to wait at a checkpoint in its fit 2" in str(run(pruner=pruner).trials[0].error)


def test_the_last_checkpoint_is_one_of_lightnings_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    tuned(storage=url, study="s", n_trials=1)
    record = tb.load_study(url, "s").best_trial
    checkpoint = record.checkpoint("last")
    assert checkpoint is not None
    net = lit.Net.load_from_checkpoint(checkpoint / FILE)
    trainer = lit.trainer_of([])
    (found,) = trainer.validate(net, lit.loader(lit.VALID), verbose=False)
    assert found["val_loss"] == record.value
