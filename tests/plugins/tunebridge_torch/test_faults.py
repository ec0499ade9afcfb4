"""What is wrong with a model, the data or the arguments is said, in words that help."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

import tunebridge as tb
from tunebridge_torch import training

Points = tuple[Tensor, Tensor]
SPACE = tb.Space(lr=tb.Float(1e-4, 1e9, log=True))


def fail(
    points: Points, build: Callable[[tb.Trial], Any] = lambda _: nn.Linear(2, 3), **settings: Any
) -> str:
    """Run one trial that is to fail, and return its error."""
    settings = {"train": points, "valid": points, "metric": "loss", "epochs": 3, **settings}
    space = settings.pop("space", SPACE)
    initial = [settings.pop("params", {"lr": 0.1})]
    problem = tb.Problem(training(build, **settings), space, metric="loss")
    record = tb.tune(problem, backend="sklearn:random", n_trials=1, seed=0, initial=initial).trials[0]
    assert record.state is tb.TrialState.FAILED
    return str(record.error)


EMPTY_LOADER = DataLoader(TensorDataset(torch.ones(3)), batch_size=4, drop_last=True)
WRONG = [
    ({"loss": "cross_entropi"}, "no loss is called 'cross_entropi'\n.*Did you mean 'cross_entropy'"),
    ({"metric": "acuracy"}, "no metric is called 'acuracy'\n.*Did you mean 'accuracy'"),
    ({"loss": 3}, "the loss must be a name or a function of outputs and targets, got 3"),
    ({"metric": None}, "the metric must be a name or a function of outputs and targets, got None"),
    ({"epochs": 0}, "epochs must be an integer >= 1, got 0"),
    ({"batch_size": 2.5}, "batch_size must be an integer >= 1, got 2.5"),
    ({"device": "cuda:99"}, "the device 'cuda:99' is not there: .*\n.*here are: auto, cpu"),
    ({"device": "gpu"}, "the device 'gpu' is not there: .*\n.*here are: auto, cpu"),
    ({"keep_best": "max"}, "must be a bool or a direction, got 'max'\n.*Did you mean 'maximize'"),
    ({"metric": len, "keep_best": True}, "which way 'len' is better\n.*keep_best='minimize'"),
    ({"train": (torch.ones(0, 2), torch.ones(0))}, "train is empty"),
    ({"valid": EMPTY_LOADER}, "valid is empty\n.*drop_last"),
    ({"valid": (torch.ones(3, 2), torch.ones(2))}, "valid needs as many targets as inputs, got 2 and 3"),
    ({"train": torch.ones(3)}, "train must be a pair of tensors, a Dataset or a DataLoader, got Tensor"),
    ({"train": ([1.0], [2.0])}, r"pair of tensors .*, got \(list, list\)\n.*torch.from_numpy"),
]


@pytest.mark.parametrize(("settings", "message"), WRONG)
def test_wrong_arguments_are_refused_before_the_first_trial(
    points: Points, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(tb.TunebridgeError, match=message):
        training(lambda _: nn.Linear(2, 3), **{"train": points, "valid": points, **settings})


def test_a_model_that_is_none_is_refused(points: Points) -> None:
    assert "build_model must return a torch.nn.Module, got 3" in fail(points, lambda _: 3)
    wrongs: list[Any] = [None, nn.Linear(2, 3)]
    for wrong in wrongs:
        with pytest.raises(tb.ProblemError, match="build_model must be a function of one trial, got"):
            training(wrong, train=points, valid=points)


def test_a_loss_that_runs_away_fails_the_trial_at_once_and_says_where(points: Points) -> None:
    error = fail(points, params={"lr": 1e9}, optimizer="sgd", loss=lambda outputs, _: outputs.pow(4).mean())
    assert "the loss at epoch 0, batch 1 is " in error
    assert "with the params {'lr': 1000000000.0}" in error
    assert "hint: try a lower lr" in error


def test_a_loss_that_is_not_a_number_takes_no_step(points: Points) -> None:
    models: list[nn.Linear] = []

    def build(trial: tb.Trial) -> nn.Linear:
        models.append(nn.Linear(2, 3))
        return models[-1]

    assert "batch 0 is nan" in fail(points, build, loss=lambda outputs, _: outputs.mean() * float("nan"))
    assert models[0].weight.isfinite().all()


def test_a_validation_loss_that_is_not_a_number_fails_the_trial(points: Points) -> None:
    valid = (points[0] * float("inf"), points[1])
    assert "the validation loss at epoch 0 is nan" in fail(points, valid=valid)


def test_an_output_that_does_not_fit_the_loss_is_explained(points: Points) -> None:
    error = fail(points, lambda _: nn.Linear(2, 2))
    assert "the output of the model, (32, 2) of float32, does not fit the loss 'cross_entropy'" in error
    assert "the targets, (32,) of int64" in error
    assert "it takes outputs (rows, classes) and integer targets" in error


def test_an_output_that_torch_would_spread_over_the_targets_is_refused(points: Points) -> None:
    floats = (points[0], points[1].float())
    error = fail(floats, lambda _: nn.Linear(2, 1), train=floats, valid=floats, loss="mse")
    assert "(32, 1) of float32, does not fit the loss 'mse' and the targets, (32,)" in error


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda outputs, targets: (outputs - 1).sum(dim=1), "it is no single number: Tensor"),
        (lambda outputs, targets: 1.0, "it is no single number: float"),
    ],
)
def test_a_loss_that_is_no_number_is_refused(points: Points, loss: Any, message: str) -> None:
    assert message in fail(points, loss=loss)


def test_a_model_that_returns_no_tensor_is_refused(points: Points) -> None:
    class Pair(nn.Linear):
        def forward(self, inputs: Tensor) -> Any:
            return super().forward(inputs), None

    assert "the model must return a tensor, got tuple" in fail(points, lambda _: Pair(2, 3))


@pytest.mark.parametrize(
    ("metric", "outputs"), [("accuracy", 1), ("r2", 3), ("mse", 3), ("mae", 3), ("rmse", 3)]
)
def test_a_metric_that_does_not_fit_is_explained(points: Points, metric: str, outputs: int) -> None:
    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        return outputs.square().mean()

    error = fail(points, lambda _: nn.Linear(2, outputs), loss=loss, metric=metric)
    assert f"the metric {metric!r} does not fit outputs (60, {outputs})" in error


def test_an_iterable_that_yields_nothing_is_named(points: Points) -> None:
    class Nothing(IterableDataset[Any]):
        def __iter__(self) -> Iterator[Any]:
            return iter(())

    assert "the loader of train yielded no batch" in fail(points, train=Nothing())
    assert "the loader of valid yielded no batch" in fail(points, valid=Nothing())


def test_batches_that_are_no_pairs_are_named(points: Points) -> None:
    assert "a batch of train must be a pair (inputs, targets)" in fail(points, train=TensorDataset(points[0]))


def test_batch_size_as_a_param_beside_a_loader_is_refused(points: Points) -> None:
    loader = DataLoader(TensorDataset(*points), batch_size=20)
    space = tb.Space(batch_size=tb.Int(1, 9))
    error = fail(points, train=loader, space=space, params={"batch_size": 3})
    assert "batch_size is a param, and train is a DataLoader" in error


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("device", "tpu", "the device 'tpu' is not there"),
        ("epochs", 1.5, "epochs must be an integer >= 1, got 1.5"),
    ],
)
def test_params_that_training_cannot_use_fail_the_trial(
    points: Points, name: str, value: Any, message: str
) -> None:
    assert message in fail(points, space=tb.Space({name: tb.Constant(value)}), params={})
