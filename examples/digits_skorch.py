"""A net of skorch's on digits, judged after each epoch on three backends, with a rule for its rate.

Run it with `python examples/digits_skorch.py`, or one backend alone with
`tunebridge run examples/digits_skorch.py:problem --backend optuna:tpe --pruner asha --n-trials 20`.
"""

from typing import Any

import numpy as np
import rich
import torch
from rich.table import Table
from sklearn.datasets import load_digits
from skorch import NeuralNetClassifier
from torch import nn

import tunebridge as tb
from tunebridge_torch import skorch_callback

images, labels = load_digits(return_X_y=True)
X, y = (images[:900] / 16).astype(np.float32), labels[:900]

rate, dropout = tb.Float(1e-4, 1e-1, log=True), tb.Float(0.0, 0.5)
space = tb.Space(lr=rate, module__dropout=dropout, batch_size=tb.Ordinal([16, 32, 64]))


class Net(nn.Sequential):
    def __init__(self, dropout: float) -> None:
        super().__init__(nn.Linear(64, 48), nn.ReLU(), nn.Dropout(dropout), nn.Linear(48, 10))


def accuracy(trial: tb.Trial) -> Any:
    torch.manual_seed(trial.seed)
    callback = skorch_callback(trial, "valid_acc")  # reports each epoch: the trial may end there
    settings = {"max_epochs": 12, "iterator_train__shuffle": True, "callbacks": [callback], "verbose": 0}
    parts = {"criterion": nn.CrossEntropyLoss, "optimizer": torch.optim.Adam}
    NeuralNetClassifier(Net, **parts, **settings, **trial).fit(X, y)
    return callback.value


problem = tb.Problem(accuracy, space, direction="maximize")


def main(n_trials: int = 20) -> list[tb.Result]:
    torch.set_num_threads(1)  # a network this small only waits for other threads
    judged: dict[str, Any] = {"pruner": tb.pruner("asha", min_resource=2), "n_trials": n_trials, "seed": 0}
    judged["adjust"] = [tb.Plateau("lr", patience=3)]
    backends = ["sklearn:random", "hyperopt:tpe", "optuna:tpe"]
    results = [tb.tune(problem, backend=name, **judged) for name in backends]
    table = Table("backend", "accuracy", "trials", "epochs")
    for one in results:
        epochs = sum(len(trial.reports) for trial in one.trials)
        table.add_row(one.backend, f"{one.best_value:.4f}", str(len(one.trials)), str(epochs))
    rich.print(table)
    return results


if __name__ == "__main__":
    main()
