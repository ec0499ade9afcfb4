"""A line through 15 points, learnt by a small network in PyTorch: random search first, then other backends.

Run it with `python examples/linear_regression_torch.py`, or one backend alone with
`tunebridge run examples/linear_regression_torch.py:problem --backend hyperopt:tpe --n-trials 10`.
"""

import rich
import torch
from rich.table import Column, Table
from torch import nn

import tunebridge as tb
import tunebridge_torch

X = [3.3, 4.4, 5.5, 6.71, 6.93, 4.168, 9.779, 6.182, 7.59, 2.167, 7.042, 10.791, 5.313, 7.997, 3.1]
Y = [1.7, 2.76, 2.09, 3.19, 1.694, 1.573, 3.366, 2.596, 2.53, 1.221, 2.827, 3.465, 1.65, 2.904, 1.3]
x, y = torch.tensor(X).reshape(-1, 1), torch.tensor(Y).reshape(-1, 1)
x = (x - x.mean()) / x.std()
held_out = torch.arange(15) % 3 == 2  # every third point judges, the other ten train
train, valid = (x[~held_out], y[~held_out]), (x[held_out], y[held_out])

space = tb.Space(
    lr=tb.Float(1e-4, 1e-1, log=True),
    batch_size=tb.Ordinal([2, 5, 10]),
    hidden_size=tb.Ordinal([4, 8, 16, 32]),
    layers=tb.Int(0, 3),  # 0 is the straight line itself
    dropout=tb.Float(0.0, 0.5),
)


def network(trial: tb.Trial) -> nn.Module:
    modules: list[nn.Module] = []
    width = 1
    for _ in range(trial["layers"]):
        modules += [nn.Linear(width, trial["hidden_size"]), nn.ReLU(), nn.Dropout(trial["dropout"])]
        width = trial["hidden_size"]
    return nn.Sequential(*modules, nn.Linear(width, 1))


fit = tunebridge_torch.training(network, train=train, valid=valid, loss="mse", metric="loss", epochs=30)
problem = tb.Problem(fit, space, direction="minimize", metric="loss")


def main(n_trials: int = 12) -> list[tb.Result]:
    torch.set_num_threads(1)  # a network this small only waits for other threads
    backends = ["sklearn:random", "hyperopt:tpe", "optuna:tpe"]
    results = [tb.tune(problem, backend=name, n_trials=n_trials, seed=0) for name in backends]
    table = Table(Column("backend", no_wrap=True), "mean squared error", "trials", "best params")
    for result in results:
        best = [f"{k}={v:.2g}" if isinstance(v, float) else f"{k}={v}" for k, v in result.best_params.items()]
        table.add_row(result.backend, f"{result.best_value:.4f}", f"{len(result.trials)}", ", ".join(best))
    rich.print(table)
    return results


if __name__ == "__main__":
    main()
