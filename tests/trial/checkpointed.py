"""Objectives that write checkpoints, and studies that run them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tunebridge as tb
from tunebridge.trial.open_trial import OpenTrial

SPACE = tb.Space(x=tb.Float(0.0, 1.0))


def load(trial: tb.Trial) -> list[int]:
    """Return the steps that a model has been trained for."""
    return json.loads((trial.resumed / "steps.json").read_text()) if trial.resumed else []


def save(steps: list[int], folder: Path) -> None:
    """Write a model."""
    (folder / "steps.json").write_text(json.dumps(steps))


def training(n_steps: int, every: int = 1) -> Callable[[tb.Trial], Iterator[float]]:
    """Return an objective that trains, reports, and writes a checkpoint."""

    def train(trial: tb.Trial) -> Iterator[float]:
        steps = load(trial)
        for step in range(trial.resumed.step + 1 if trial.resumed else 0, n_steps):
            steps.append(step)
            yield 1.0 / (1 + step) + trial["x"]
            if step % every == every - 1:
                with trial.checkpoint() as folder:
                    save(steps, folder)
        trial.note("steps", steps)

    return train


def tune(objective: Callable[[tb.Trial], Any], **settings: Any) -> tb.Result:
    """Run a study, two trials unless told otherwise."""
    problem = tb.Problem(objective, settings.pop("space", SPACE))
    return tb.tune(problem, **{"backend": "sklearn:random", "n_trials": 2, "seed": 0, **settings})


Decide = Callable[[OpenTrial, tb.Checkpoint], tb.Reply]
"""What a study decides as a checkpoint has closed."""
