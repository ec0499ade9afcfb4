"""An objective made of a model and data trains, reports, and keeps the best weights."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

import tunebridge as tb
from tests.cli.command_line import Look
from tunebridge.testing import MemoryStore
from tunebridge_torch import training

SPACE = tb.Space(lr=tb.Float(1e-4, 1.0, log=True))
Points = tuple[Tensor, Tensor]


class Rows(Dataset[tuple[Tensor, Tensor]]):
    def __init__(self, points: Points) -> None:
        self.points = points

    def __len__(self) -> int:
        return len(self.points[0])

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.points[0][index], self.points[1][index]


class Stream(IterableDataset[tuple[Tensor, Tensor]]):
    def __init__(self, points: Points) -> None:
        self.points = points

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return iter(zip(*self.points, strict=True))


def run(objective: Any, metric: str, direction: str = "maximize", space: tb.Space = SPACE) -> tb.TrialRecord:
    """Run one trial with lr = 0.1, or the space's only point."""
    problem = tb.Problem(objective, space, direction=direction, metric=metric)
    initial = [{"lr": 0.1}] if "lr" in space else []
    result = tb.tune(problem, backend="sklearn:random", n_trials=1, seed=0, initial=initial, on_error="raise")
    return result.trials[0]


def test_it_reports_the_metric_and_the_loss_of_every_epoch(network: Any, points: Points) -> None:
    record = run(training(network, train=points, valid=points, epochs=4, optimizer="sgd"), "accuracy")
    assert [report.step for report in record.reports] == [0, 1, 2, 3]
    assert all(0.0 <= report.value <= 1.0 and report.metrics.keys() == {"loss"} for report in record.reports)
    assert record.value == record.reports[-1].value


def test_a_stored_training_goes_on_and_is_refused_by_name_if_anything_is_another(
    network: Any, points: Points
) -> None:
    def tune(n_trials: int = 2, **changed: Any) -> tb.Result:
        given = {"build": network, "train": points, "valid": points, "epochs": 1, **changed}
        objective = training(given.pop("build"), **given)
        problem = tb.Problem(objective, SPACE, direction="maximize", metric="accuracy")
        settings: dict[str, Any] = {"backend": "optuna:random", "seed": 0, "storage": store, "study": "net"}
        return tb.tune(problem, n_trials=n_trials, **settings)

    class Other(network):  # type: ignore[misc]
        pass

    store = MemoryStore()
    tune()
    changes: dict[str, dict[str, Any]] = {
        "build_model": {"build": Other},
        "epochs": {"epochs": 2},
        "loss": {"loss": nn.CrossEntropyLoss(weight=torch.ones(3))},
        "train": {"train": (points[0] + 1e-3, points[1])},
        "optimizer": {"optimizer": torch.optim.SGD},
    }
    for name, changed in changes.items():
        with pytest.raises(tb.StoreError, match=f"objective: {name} is not what it was"):
            tune(**changed)
    result = tune(3)
    assert result.carried is not None
    assert result.carried.exact


def test_it_learns(network: Any, points: Points) -> None:
    record = run(training(network, train=points, valid=points, epochs=20), "accuracy")
    assert record.value is not None
    assert record.value > 0.85
    assert record.reports[-1].metrics["loss"] < record.reports[0].metrics["loss"]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda points: points,
        lambda points: TensorDataset(*points),
        Rows,
        Stream,
        lambda points: DataLoader(Rows(points), batch_size=16),
    ],
    ids=["tensors", "TensorDataset", "Dataset", "IterableDataset", "DataLoader"],
)
def test_it_takes_tensors_datasets_and_loaders(network: Any, points: Points, wrap: Any) -> None:
    data = wrap(points)
    record = run(training(network, train=data, valid=data, epochs=2), "accuracy")
    assert len(record.reports) == 2


def test_params_of_the_space_win_over_the_arguments(network: Any, points: Points) -> None:
    sizes: list[int] = []

    def build(trial: tb.Trial) -> nn.Module:
        model: nn.Module = network(trial)
        model.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
        return model

    space = tb.Space(epochs=tb.Constant(3), batch_size=tb.Constant(25), device=tb.Constant("cpu"))
    objective = training(build, train=points, valid=points, epochs=9, batch_size=9)
    record = run(objective, "accuracy", space=space)
    assert len(record.reports) == 3
    assert sizes == 3 * 2 * [25, 25, 10]


@pytest.mark.parametrize("wrap", [lambda points: points, Rows], ids=["tensors", "Dataset"])
def test_rows_are_shuffled_anew_in_each_epoch_for_training_only(points: Points, wrap: Any) -> None:
    seen: list[tuple[bool, Tensor]] = []

    class Witness(nn.Linear):
        def forward(self, inputs: Tensor) -> Tensor:
            seen.append((self.training, inputs.clone()))
            return super().forward(inputs)

    data = wrap(points)
    run(training(lambda _: Witness(2, 3), train=data, valid=data, epochs=2, batch_size=60), "accuracy")
    modes, (first, kept, second, kept_again) = zip(*seen, strict=True)
    assert modes == (True, False, True, False)
    assert torch.equal(kept, points[0])
    assert torch.equal(kept_again, points[0])
    assert not torch.equal(first, points[0])
    assert not torch.equal(first, second)
    assert torch.equal(first.sort(dim=0).values, kept.sort(dim=0).values)


@pytest.mark.parametrize("metric", ["loss", "mse", "rmse", "mae", "r2"])
def test_metrics_of_a_regression_agree_with_scikit_learn(metric: str) -> None:
    from sklearn import metrics

    inputs, targets = torch.linspace(-1, 1, 30).reshape(-1, 1), torch.linspace(-1, 2, 30).reshape(-1, 1)
    model = nn.Linear(1, 1)
    objective = training(
        lambda _: model, train=(inputs, targets), valid=(inputs, targets), loss="mse", metric=metric, epochs=1
    )
    record = run(objective, metric, "minimize")
    said = model(inputs).detach().numpy()
    expected = {
        "loss": metrics.mean_squared_error,
        "mse": metrics.mean_squared_error,
        "rmse": metrics.root_mean_squared_error,
        "mae": metrics.mean_absolute_error,
        "r2": metrics.r2_score,
    }[metric]
    assert record.value == pytest.approx(expected(targets.numpy(), said), rel=1e-5)


def test_accuracy_of_logits_counts_the_sign() -> None:
    inputs, targets = torch.tensor([[-1.0], [-2.0], [3.0], [4.0]]), torch.tensor([[0.0], [1.0], [1.0], [1.0]])
    objective = training(
        lambda _: nn.Sequential(nn.Identity(), nn.Dropout(0.0), _one()),
        train=(inputs, targets),
        valid=(inputs, targets),
        loss="bce_with_logits",
        epochs=1,
    )
    assert run(objective, "accuracy").value == 0.75


def _one() -> nn.Linear:
    layer = nn.Linear(1, 1, bias=False)
    nn.init.ones_(layer.weight)
    return layer


def test_a_metric_of_the_users_sees_the_whole_validation_set(network: Any, points: Points) -> None:
    def rows(outputs: Tensor, targets: Tensor) -> int:
        return len(outputs) + len(targets)

    assert run(training(network, train=points, valid=points, metric=rows, epochs=1), "rows").value == 120
    nameless = training(network, train=points, valid=points, metric=lambda _, targets: len(targets), epochs=1)
    assert run(nameless, "metric").value == 60


def test_the_weights_of_the_best_epoch_are_kept_and_give_the_value(network: Any, points: Points) -> None:
    objective = training(network, train=points, valid=points, optimizer="sgd", keep_best=True, epochs=12)
    record = run(objective, "accuracy")
    assert record.value == max(report.value for report in record.reports)
    model = network(tb.Trial({}, number=0, seed=0)).eval()
    model.load_state_dict(record.artifact("model"))
    assert (model(points[0]).argmax(dim=1) == points[1]).double().mean().item() == record.value


def test_the_kept_weights_are_not_those_of_a_later_epoch(network: Any, points: Points) -> None:
    values = iter([1.0, 5.0, 2.0])
    models: list[nn.Module] = []

    def build(trial: tb.Trial) -> nn.Module:
        models.append(network(trial))
        return models[-1]

    objective = training(
        build, train=points, valid=points, metric=lambda _, __: next(values), keep_best="maximize", epochs=3
    )
    record = run(objective, "metric")
    assert record.value == 5.0
    last = models[0].state_dict()
    assert any(not torch.equal(weight, last[name]) for name, weight in record.artifact("model").items())


def test_nothing_is_kept_unless_asked_for(network: Any, points: Points) -> None:
    assert run(training(network, train=points, valid=points, epochs=1), "accuracy").artifacts == {}


def test_a_pruned_trial_stops_training(network: Any, points: Points) -> None:
    problem = tb.Problem(
        training(network, train=points, valid=points, epochs=9, optimizer="sgd"),
        SPACE,
        direction="maximize",
        metric="accuracy",
    )
    pruner = tb.pruner("threshold", lower=2.0)
    trial = tb.tune(problem, backend="hyperopt:tpe", n_trials=1, seed=0, pruner=pruner).trials[0]
    assert trial.state is tb.TrialState.PRUNED
    assert len(trial.reports) == 1


def test_importing_the_package_and_its_space_loads_no_torch() -> None:
    script = "import sys, tunebridge_torch; tunebridge_torch.optimizer_space(); print('torch' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "False"


@pytest.mark.parametrize("scheme", ["sqlite", "journal"])
def test_a_stored_training_that_has_changed_goes_on_when_told_to_and_show_says_so(
    scheme: str, points: Points, new_store: Callable[[str], str], look: Look
) -> None:
    url = new_store(scheme)

    def train(width: int, epochs: int, n_trials: int, **more: Any) -> tb.Result:
        objective = training(
            lambda trial: nn.Sequential(nn.Linear(2, width), nn.Linear(width, 3)),
            train=points,
            valid=points,
            epochs=epochs,
        )
        problem = tb.Problem(objective, tb.Space(lr=tb.Float(1e-3, 1e-1, log=True)), metric="loss")
        return tb.tune(
            problem, backend="optuna:random", seed=0, storage=url, study="net", n_trials=n_trials, **more
        )

    train(4, 2, 1)
    with pytest.raises(
        tb.StoreError, match=r"build_model is not what it was\nobjective: epochs .* was 2, is 3"
    ):
        train(8, 3, 2)
    assert len(train(8, 3, 2, on_objective_change="accept").trials) == 2
    assert len(train(8, 3, 3).trials) == 3
    shown = " ".join(look("show", url, "--study", "net")[1].split())
    assert "since trial 1, 20" in shown
    assert "accepted: objective: build_model" in shown
    assert "was 2, is 3" in shown
