"""Trials that train by Lightning go on from their checkpoints, or from others', to the last bit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import seed_everything
from torch import Tensor

import tunebridge as tb
from tests.plugins.tunebridge_torch import lit
from tests.plugins.tunebridge_torch.kills import KILLS_AT
from tests.plugins.tunebridge_torch.resumed_studies import SPACE, Objective, ResumedStudies, comparable, tuned
from tests.plugins.tunebridge_torch.turns import Turns
from tunebridge_torch import lightning_callback
from tunebridge_torch.fits import FILE

pytestmark = lit.MARKS


def turns_of(folder: Path, settings: dict[str, Any], *, pauses: bool = True) -> Turns:
    return Turns(folder, lambda trial: lit.trained(trial, **lit.settings_of(settings)), pauses=pauses)


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
    stretch = turns_of(tmp_path / "stretch", CASES[case], pauses=False)
    whole = stretch.run()
    turns = turns_of(tmp_path / "turns", CASES[case])
    found = turns.run()
    assert turns.scores == stretch.scores
    assert turns.written == stretch.written
    assert len(turns.written) > 1
    assert all(torch.equal(one, other) for one, other in zip(weights(found), weights(whole), strict=True))
    assert found[1].value == whole[1].value
    assert float(found[2].callback_metrics[found[3]]) == whole[1].value


@pytest.mark.parametrize("scheduler", ["", *lit.SCHEDULERS])
def test_what_was_explored_is_the_rate_of_the_next_step(scheduler: str, tmp_path: Path) -> None:
    untouched = turns_of(tmp_path / "stretch", {"scheduler": scheduler}, pauses=False).run()[0].rates
    turns = turns_of(tmp_path / "turns", {"scheduler": scheduler})
    lit.RATES.clear()
    turns.run({1: 0.05})
    assert lit.RATES[:6] == untouched[:6]
    assert lit.RATES[6:] == pytest.approx([rate / 2 for rate in untouched[6:]])


class TestStudies(ResumedStudies):
    kills_at = 20

    @pytest.fixture
    def objective(self) -> Objective:
        return lit.interrupted


def test_a_fit_that_begins_anew_where_its_trial_goes_on_is_an_error(tmp_path: Path) -> None:
    trainer = lit.trainer_of([lightning_callback(turns_of(tmp_path, {}).resumed(), "val_loss")])
    with pytest.raises(tb.ObjectiveError, match=r"its fit has begun anew\n.*ckpt_path=callback.ckpt_path"):
        trainer.fit(lit.Net(), lit.loader(), lit.loader(lit.VALID))


def test_a_checkpoint_of_another_optimizer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(tb.ObjectiveError, match="is of other optimizers: SGD; now Adam"):
        lit.trained(turns_of(tmp_path, {}).resumed(), optimizer="adam")


def test_a_scheduler_that_lightning_does_not_step_is_an_error(tmp_path: Path) -> None:
    turns = turns_of(tmp_path, {"scheduler": "plateau", "max_epochs": -1, "max_steps": 9})
    with pytest.raises(tb.ObjectiveError, match="ReduceLROnPlateau would miss an epoch"):
        turns.run()


def test_a_loader_whose_order_cannot_be_put_back_is_an_error(tmp_path: Path) -> None:
    turns = turns_of(tmp_path, {"loader": {"generator": 3, "num_workers": 1}})
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
        os.environ[KILLS_AT] = str(kills_at)
        assert run(**stored).stop_reason == "interrupted"
    del os.environ[KILLS_AT]
    assert comparable(run(**stored)) == comparable(run())
    pruner = tb.pruner("asha", min_resource=3, bootstrap_count=1, resume=True)
    assert "is to wait at a checkpoint in its fit 2" in str(run(pruner=pruner).trials[0].error)


def test_the_last_checkpoint_is_one_of_lightnings_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    tuned(lit.interrupted, storage=url, study="s", n_trials=1)
    record = tb.load_study(url, "s").best_trial
    checkpoint = record.checkpoint("last")
    assert checkpoint is not None
    net = lit.Net.load_from_checkpoint(checkpoint / FILE)
    trainer = lit.trainer_of([])
    (found,) = trainer.validate(net, lit.loader(lit.VALID), verbose=False)
    assert found["val_loss"] == record.value
