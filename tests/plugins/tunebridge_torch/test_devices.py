"""A model trains on the device of its trial, unless its objective or its params say where."""

from typing import Any

import pytest
import torch

import tunebridge as tb
from tunebridge_torch import training
from tunebridge_torch.devices import device_of

FAR = "cuda:63"
"""A device that no machine of ours has."""


def trial_on(where: str | None, **params: Any) -> tb.Trial:
    trial = tb.Trial(params, number=0, seed=0)
    trial.device = where
    return trial


@pytest.mark.parametrize(
    ("trial", "told", "found"),
    [
        (trial_on("meta"), "auto", "meta"),
        (trial_on("meta"), "cpu", "cpu"),
        (trial_on("meta", device="cpu"), "auto", "cpu"),
        (trial_on("meta", device="auto"), "cpu", "meta"),
        (trial_on(None), "auto", "cuda" if torch.cuda.is_available() else "cpu"),
    ],
    ids=["the trial's", "told", "a param", "a param that leaves it open", "none"],
)
def test_the_param_wins_then_what_was_told_then_the_trial(trial: tb.Trial, told: str, found: str) -> None:
    assert device_of(trial, told).type == found


def test_a_training_goes_where_its_executor_puts_it(network: Any, points: Any) -> None:
    objective = training(network, train=points, valid=points, epochs=1, optimizer="sgd")
    (record,) = tb.tune(
        tb.Problem(objective, tb.Space(lr=tb.Float(0.1, 0.2)), direction="maximize", metric="accuracy"),
        backend="sklearn:random",
        seed=0,
        n_trials=1,
        executor=tb.executor("threads", devices=[FAR]),
    ).trials
    assert record.device == FAR
    assert f"the device {FAR!r} is not there" in (record.error or "")
