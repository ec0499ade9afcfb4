"""Params of real nets of skorch that change in mid-training take effect, or are refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from skorch.callbacks import LRScheduler
from torch import nn

import tunebridge as tb
from tunebridge_sklearn import apply

X = np.random.default_rng(0).normal(size=(48, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


class Module(nn.Sequential):
    """A small network."""

    def __init__(self, width: int = 3) -> None:
        torch.manual_seed(0)
        super().__init__(nn.Linear(4, width), nn.Linear(width, 2), nn.Softmax(-1))


def net(**params: Any) -> NeuralNetClassifier:
    """Return a net after two epochs."""
    given = {"max_epochs": 2, "lr": 0.1, "batch_size": 12, "verbose": 0, "train_split": None} | params
    return NeuralNetClassifier(Module, **given).partial_fit(X, Y)


def weights(of: NeuralNetClassifier) -> torch.Tensor:
    return torch.cat([weight.detach().flatten() for weight in of.module_.parameters()])


def refusal(of: Any, changed: Mapping[str, Any]) -> str:
    """Return the error of a change, which leaves the net as it was."""
    before, options = weights(of), deepcopy(of.optimizer_.state_dict())
    with pytest.raises(tb.LiveParamError) as caught:
        apply(of, changed)
    assert torch.equal(weights(of), before)
    assert str(of.optimizer_.state_dict()) == str(options)
    return str(caught.value)


@pytest.mark.parametrize(
    "changed",
    [
        {"lr": 0.01},
        {"optimizer__lr": 0.01},
        {"optimizer__weight_decay": 0.5},
        {"optimizer__momentum": 0.5},
        {"batch_size": 30},
        {"lr": 0.01, "batch_size": 5},
    ],
    ids=str,
)
def test_a_change_is_in_force_from_the_next_epoch_on_and_keeps_what_was_learned(
    changed: dict[str, Any],
) -> None:
    start = net(optimizer__momentum=0.9)
    module, optimizer = start.module_, start.optimizer_
    untouched = deepcopy(start).partial_fit(X, Y)
    apply(start, changed)
    before = weights(start)
    start.partial_fit(X, Y)
    assert not torch.equal(weights(start), weights(untouched))
    assert not torch.equal(weights(start), before)
    assert start.module_ is module
    assert start.optimizer_ is optimizer
    assert len(start.history) == 4


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"module__width": 5}, "module__width: it makes a new module, and all training is lost"),
        ({"module": nn.Linear}, "module: it makes a new module"),
        ({"criterion": nn.CrossEntropyLoss}, "criterion: it makes another objective"),
        ({"optimizer": torch.optim.Adam}, "optimizer: it makes a new optimizer"),
        ({"optimizer__nesterov": True}, "what SGD remembers would not go with it"),
        ({"optimizer__betas": (0.5, 0.9)}, "SGD has no such option"),
        ({"iterator_train__shuffle": True}, "it is read when the net is initialized"),
        ({"callbacks": []}, "it is read when the net is initialized"),
        ({"width": 5}, "width: it has no such param"),
        ({"lr": -0.1}, "lr: must be a finite number >= 0, got -0.1"),
        ({"optimizer__lr": "fast"}, "must be a finite number >= 0, got 'fast'"),
        ({"batch_size": 0}, "batch_size: must be an integer >= 1"),
        ({"lr": 0.01, "module__width": 5}, "cannot take module__width"),
    ],
    ids=str,
)
def test_what_would_lose_the_training_or_raise_is_refused_by_name(
    changed: dict[str, Any], reason: str
) -> None:
    message = refusal(net(), changed)
    assert reason in message
    assert "tunebridge_torch.apply(net.optimizer_, {...})" in message


def test_skorch_itself_would_have_lost_the_training_and_gone_on_counting() -> None:
    lost = net()
    before = weights(lost)
    lost.set_params(module__width=5)
    assert weights(lost).shape != before.shape
    assert len(lost.history) == 2


@pytest.mark.parametrize(
    ("params", "changed", "reason"),
    [
        ({"optimizer": torch.optim.Rprop}, {"lr": 0.01}, "lr: Rprop does not read it any more"),
        (
            {"optimizer": torch.optim.RMSprop},
            {"optimizer__momentum": 0.9},
            "what RMSprop remembers",
        ),
        ({"optimizer": torch.optim.Adam}, {"optimizer__betas": (0.5, 0.9)}, "what Adam remembers would not"),
        ({"iterator_train__batch_size": 7}, {"batch_size": 9}, "iterator_train__batch_size wins over it"),
        (
            {"callbacks": [LRScheduler("ExponentialLR", gamma=0.5)]},
            {"lr": 0.01},
            "lr: a scheduler writes it",
        ),
        (
            {"optimizer__param_groups": [("0.*", {"lr": 0.5})]},
            {"lr": 0.01},
            "the groups of the optimizer have values of their own",
        ),
    ],
)
def test_what_this_net_would_ignore_or_lose_is_refused(
    params: dict[str, Any], changed: dict[str, Any], reason: str
) -> None:
    assert reason in refusal(net(**params), changed)


def test_momentum_that_was_switched_off_does_not_come_back_with_its_old_velocity() -> None:
    of = net(optimizer__momentum=0.9)
    apply(of, {"optimizer__momentum": 0.0})
    of.partial_fit(X, Y)
    assert "the velocity of before would drive the weights again" in refusal(of, {"optimizer__momentum": 0.5})
    apply(net(), {"optimizer__momentum": 0.5})


def test_max_epochs_are_those_of_the_next_call() -> None:
    of = net()
    apply(of, {"max_epochs": 3})
    of.partial_fit(X, Y)
    assert len(of.history) == 5


def test_a_net_that_was_not_trained_takes_any_param() -> None:
    of = clone(net())
    apply(of, {"module__width": 5, "optimizer": torch.optim.Adam})
    assert of.partial_fit(X, Y).module_[0].out_features == 5


def test_the_net_at_the_end_of_a_pipeline_is_told_too() -> None:
    of = net()
    pipeline = make_pipeline(StandardScaler().fit(X), of)
    apply(pipeline, {"neuralnetclassifier__optimizer__lr": 0.02})
    assert of.optimizer_.param_groups[0]["lr"] == 0.02
    with pytest.raises(tb.LiveParamError, match="neuralnetclassifier__module__width: it makes a new module"):
        apply(pipeline, {"neuralnetclassifier__module__width": 9})
