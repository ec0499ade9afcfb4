"""Digits with six optimizers as branches: bad trials end early, and lr falls when a trial stops improving.

Run it with `python examples/digits_optimizers.py`, or one backend alone with
`tunebridge run examples/digits_optimizers.py:problem --backend hyperopt:tpe --n-trials 20`.
"""

import rich
import torch
from rich.table import Column, Table
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

import tunebridge as tb
import tunebridge_torch

images, labels = load_digits(return_X_y=True)
pixels, classes = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels)
X, X_valid, y, y_valid = train_test_split(pixels, classes, test_size=450, stratify=labels, random_state=0)

space = tb.Space(
    hidden_size=tb.Ordinal([16, 32, 64]),
    dropout=tb.Float(0.0, 0.5),
    optimizer=tunebridge_torch.optimizer_space(),  # each brings its own lr, momentum, betas, ...
)


def network(trial: tb.Trial) -> nn.Module:
    n = trial["hidden_size"]
    return nn.Sequential(nn.Linear(64, n), nn.ReLU(), nn.Dropout(trial["dropout"]), nn.Linear(n, 10))


fit = tunebridge_torch.training(network, train=(X, y), valid=(X_valid, y_valid), epochs=18, batch_size=64)
problem = tb.Problem(fit, space, direction="maximize", metric="accuracy")
pruner = tb.pruner("asha", min_resource=2, reduction_factor=3)
rules = [tb.Plateau("lr", factor=0.3, patience=2, minimum=1e-4)]


def main(n_trials: int = 20) -> list[tb.Result]:
    torch.set_num_threads(1)  # a network this small only waits for other threads
    results = []
    table = Table(
        Column("backend", no_wrap=True), "accuracy", "optimizer", "trials", "pruned", "epochs", "lr"
    )
    for name in ["sklearn:random", "hyperopt:tpe", "optuna:tpe"]:
        result = tb.tune(problem, backend=name, n_trials=n_trials, seed=0, pruner=pruner, adjust=rules)
        pruned = sum(trial.state is tb.TrialState.PRUNED for trial in result.trials)
        epochs = sum(len(trial.reports) for trial in result.trials)
        best = result.best_trial
        rates = [best.params["lr"], *(change.value for change in best.changes)]
        numbers = [str(len(result.trials)), str(pruned), str(epochs), " > ".join(f"{lr:.2g}" for lr in rates)]
        table.add_row(name, f"{result.best_value:.4f}", best.params["optimizer"], *numbers)
        results.append(result)
    rich.print(table)
    return results


if __name__ == "__main__":
    main()
