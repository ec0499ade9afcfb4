"""A study whose process is killed while a network trains goes on from the network's last checkpoint.

Run it with `python examples/digits_resumed.py`. Your own study needs `storage=`, `study=` and the same call.
"""

import os
import signal
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Any

import rich
import torch
from sklearn.datasets import load_digits
from torch import nn

import tunebridge as tb
import tunebridge_torch

images, labels = load_digits(return_X_y=True)
pixels, classes = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels)
train, valid = (pixels[450:], classes[450:]), (pixels[:450], classes[:450])


def network(trial: tb.Trial) -> nn.Module:
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Dropout(trial["dropout"]), nn.Linear(32, 10))


space = tb.Space(lr=tb.Float(1e-3, 1e-1, log=True), dropout=tb.Float(0.0, 0.5))
fit = tunebridge_torch.training(network, train=train, valid=valid, epochs=8, batch_size=64)
problem = tb.Problem(fit, space, direction="maximize", metric="accuracy")


class Kill:
    @tb.hookimpl
    def tunebridge_trial_reported(self, trial: tb.Trial, report: tb.Report) -> None:
        if (trial.number, report.step) == (1, 5):
            os.kill(os.getpid(), signal.SIGKILL)


def tune(n_trials: int, **more: Any) -> tb.Result:
    return tb.tune(problem, backend="optuna:tpe", n_trials=n_trials, seed=0, **more)


def main(n_trials: int = 4) -> list[tb.Result]:
    torch.set_num_threads(1)  # a network this small only waits for other threads
    with TemporaryDirectory() as folder:
        subprocess.run([sys.executable, __file__, url := f"sqlite:///{folder}/tune.db"], check=False)
        results = [tune(n_trials, storage=url, study="digits"), tune(n_trials)]
    for result in results:
        attempts = [one.attempt + 1 for one in result.trials]
        rich.print(f"{result.backend} {result.best_value:.4f}, attempts: {attempts}")
    return results


if __name__ == "__main__" and sys.argv[1:]:
    tune(4, storage=sys.argv[1], study="digits", observers=[Kill()])
elif __name__ == "__main__":
    main()
