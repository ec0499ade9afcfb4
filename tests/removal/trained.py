"""Studies whose trials write checkpoints, and what of these is there."""

from __future__ import annotations

from pathlib import Path

import tunebridge as tb

N_TRIALS = 3
N_STEPS = 4


def train(trial: tb.Trial) -> float:
    """Write a checkpoint at each step; the second report is the best one."""
    for step in range(N_STEPS):
        trial.report(abs(step - 1) + trial["x"], step)
        with trial.checkpoint() as folder:
            (folder / "model").write_bytes(b"x" * 1000)
    return float(trial["x"])


PROBLEM = tb.Problem(train, tb.Space(x=tb.Float(0.0, 1.0)))


def trained(url: str, name: str = "net", n_trials: int = N_TRIALS, checkpoints: Path | None = None) -> None:
    """Make a study, or go on with it."""
    tb.tune(
        PROBLEM,
        backend="optuna:random",
        n_trials=n_trials,
        seed=0,
        storage=url,
        study=name,
        checkpoints=checkpoints,
    )


def place_of(url: str, name: str = "net") -> Path:
    """Return the folder of a study's checkpoints."""
    checkpoint = tb.load_study(url, name).trials[0].checkpoint()
    assert checkpoint is not None
    return checkpoint.path.parents[1]
