"""A slot for each GPU of this machine, or two on its CPU where it has none: what each of them sees.

Run it with `python examples/devices_torch.py`, or on devices of your own with
`tunebridge run examples/devices_torch.py:problem --n-trials 4 --devices cuda:0,cuda:1`.
"""

import os

import rich
import torch
from rich.table import Table

import tunebridge as tb

X = torch.linspace(-1.0, 1.0, 256).reshape(-1, 1)
y = 3.0 * X - 1.0

space = tb.Space(lr=tb.Float(1e-2, 1.0, log=True))


def error(model: torch.nn.Module, device: torch.device) -> torch.Tensor:
    return torch.nn.functional.mse_loss(model(X.to(device)), y.to(device))


def train(trial: tb.Trial) -> float:
    device = torch.device(trial.device or "cpu")
    trial.note("visible", os.environ.get("CUDA_VISIBLE_DEVICES", "all"))
    trial.note("GPUs", torch.cuda.device_count())
    trial.note("name", torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU")
    torch.manual_seed(trial.seed)
    model = torch.nn.Linear(1, 1).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=trial["lr"])
    for _ in range(50):
        optimizer.zero_grad()
        torch.autograd.backward(error(model, device))
        optimizer.step()
    return error(model, device).item()


problem = tb.Problem(train, space)


def main(n_trials: int = 8) -> tb.Result:
    devices = [f"cuda:{number}" for number in range(torch.cuda.device_count())] or ["cpu", "cpu"]
    executor = tb.executor("processes", devices=devices)
    result = tb.tune(problem, backend="optuna:tpe", n_trials=n_trials, seed=0, executor=executor)
    table = Table("trial", "device", "CUDA_VISIBLE_DEVICES", "GPUs it sees", "name", "loss")
    for trial in result.trials:
        seen = [str(trial.notes[name]) for name in ("visible", "GPUs", "name")]
        table.add_row(str(trial.number), trial.device, *seen, f"{trial.value:.4f}")
    rich.print(table)
    return result


if __name__ == "__main__":
    main()
