"""XOR, the smallest problem that needs a hidden layer: random search in PyTorch, then other backends.

Run it with `python examples/xor_torch.py`, or one backend alone with
`tunebridge run examples/xor_torch.py:problem --backend hyperopt:tpe --n-trials 12`.
"""

import rich
import torch
from rich.table import Column, Table
from torch import nn

import tunebridge as tb
import tunebridge_torch

X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])

space = tb.Space(
    lr=tb.Float(1e-3, 1.0, log=True),
    batch_size=tb.Ordinal([1, 2, 4]),
    hidden_size=tb.Int(2, 16),
    layers=tb.Int(1, 3),
    dropout=tb.Float(0.0, 0.5),
)


def network(trial: tb.Trial) -> nn.Module:
    modules: list[nn.Module] = []
    width = 2
    for _ in range(trial["layers"]):
        modules += [nn.Linear(width, trial["hidden_size"]), nn.Tanh(), nn.Dropout(trial["dropout"])]
        width = trial["hidden_size"]
    return nn.Sequential(*modules, nn.Linear(width, 1))


fit = tunebridge_torch.training(
    network, train=(X, y), valid=(X, y), loss="bce_with_logits", metric="loss", epochs=50, keep_best=True
)
problem = tb.Problem(fit, space, direction="minimize", metric="loss")


def main(n_trials: int = 12) -> list[tb.Result]:
    torch.set_num_threads(1)  # a network this small only waits for other threads
    backends = ["sklearn:random", "hyperopt:tpe", "optuna:tpe"]
    results = [tb.tune(problem, backend=name, n_trials=n_trials, seed=0) for name in backends]
    table = Table(Column("backend", no_wrap=True), "loss", "trials", "what the best says of 00, 01, 10, 11")
    for result in results:
        model = network(tb.Trial(result.best_params, number=0, seed=0)).eval()
        model.load_state_dict(result.best_trial.artifact("model"))
        said = ", ".join(f"{chance:.2f}" for chance in model(X).sigmoid().flatten().tolist())
        table.add_row(result.backend, f"{result.best_value:.4f}", f"{len(result.trials)}", said)
    rich.print(table)
    return results


if __name__ == "__main__":
    main()
