"""Objectives whose training is cheap and exact, with all state in their checkpoints."""

import json
from collections.abc import Iterator
from typing import Any

import tunebridge as tb

SPACE = tb.Space(rate=tb.Float(0.0, 1.0), size=tb.Ordinal([1, 2, 4]))


class Walk:
    """Adds the rate to its state at each step; writes down who trained it, and with which rate."""

    def __init__(self, n_steps: int = 12, every: int = 1, fails: int = -1) -> None:
        self.n_steps = n_steps
        self.every = every
        self.fails = fails

    def __call__(self, trial: tb.Trial) -> Iterator[float]:
        path: list[Any] = []
        if trial.resumed:
            path = json.loads((trial.resumed / "path.json").read_text())
            assert path[-1][1] == trial.resumed.step
            assert {name: trial[name] for name in trial.resumed.changed} == dict(trial.resumed.changed)
        for step in range(trial.resumed.step + 1 if trial.resumed else 0, self.n_steps):
            path.append([trial.number, step, trial["rate"]])
            if trial.number == self.fails and step == self.n_steps // 2:
                raise RuntimeError("lost")
            yield sum(rate for _, _, rate in path)
            if step % self.every == self.every - 1:
                with trial.checkpoint() as folder:
                    (folder / "path.json").write_text(json.dumps(path))
        trial.note("path", path)


def tune(objective: Any = None, **settings: Any) -> tb.Result:
    """Run a population of four over twelve steps, three of them an interval."""
    problem = tb.Problem(objective or Walk(), settings.pop("space", SPACE), direction="maximize")
    population = settings.pop("population", tb.Population(size=4, every=3))
    given = {"backend": "optuna:random", "n_trials": 4, "seed": 0, **settings}
    return tb.tune(problem, population=population, **given)


def copies(trial: tb.TrialRecord) -> list[tb.Copy]:
    """Return what a trial has copied."""
    return [entry for entry in trial.schedule if isinstance(entry, tb.Copy)]


def path_of(trial: tb.TrialRecord) -> list[tuple[int, int, float]]:
    """Return who trained a trial's model at each step, and with which rate, as its lineage says."""
    return [
        (stretch.member, step, stretch.params["rate"])
        for stretch in trial.lineage
        for step in range(stretch.first, stretch.last + 1)
    ]
