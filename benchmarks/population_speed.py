"""What a population costs beside its training: beside a loop by hand, and beside Ray Tune's.

    python benchmarks/population_speed.py
    python benchmarks/population_speed.py --ways bare,tunebridge --repeats 5 --json speed.json

A step sleeps for a millisecond, and every fifth one writes a checkpoint of a megabyte; eight members, fifty
intervals. All ways call the same step, write and read the same files on the same disk, and copy by the same
rule. Ray starts before the clock does, and its eight members run side by side; the two others train one after
the other in one process. All ways take turns; ratios are taken within a turn.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import tunebridge as tb

SECONDS = 0.001
N_NUMBERS = 131_072
"""A megabyte of floats: the model."""
QUANTILE = 0.25
FACTORS = (0.8, 1.2)
SPACE = tb.Space(rate=tb.Float(0.01, 1.0))


@dataclass(frozen=True)
class Size:
    """How much is trained."""

    n_members: int
    every: int
    n_intervals: int

    @property
    def n_steps(self) -> int:
        return self.every * self.n_intervals


class Model:
    """A megabyte, of which the first number is how good it is."""

    def __init__(self) -> None:
        self.weights = np.zeros(N_NUMBERS)

    def step(self, rate: float) -> float:
        sleep(SECONDS)
        self.weights[0] += 1.0 - abs(rate - 0.4)
        return float(self.weights[0])

    def save(self, folder: Path) -> None:
        self.weights.tofile(folder / "weights.bin")

    def load(self, folder: Path) -> None:
        self.weights = np.fromfile(folder / "weights.bin")


def bare(size: Size, seed: int, folder: Path) -> float:
    """Train, write, rank and copy by hand."""
    rng = random.Random(seed)
    models = [Model() for _ in range(size.n_members)]
    rates = [rng.uniform(0.01, 1.0) for _ in models]
    n_copied = int(size.n_members * QUANTILE)
    scores = [0.0] * size.n_members
    for interval in range(size.n_intervals):
        for member, model in enumerate(models):
            for _ in range(size.every):
                scores[member] = model.step(rates[member])
            place = folder / f"{member}-{interval}"
            place.mkdir()
            model.save(place)
        ranked = sorted(range(size.n_members), key=lambda member: scores[member])
        for member in ranked[:n_copied]:
            donor = rng.choice(ranked[-n_copied:])
            models[member].load(folder / f"{donor}-{interval}")
            rates[member] = min(max(rates[donor] * rng.choice(FACTORS), 0.01), 1.0)
    return max(scores)


@dataclass(frozen=True)
class Train:
    """The same for tunebridge."""

    size: Size

    def __call__(self, trial: tb.Trial) -> Iterator[float]:
        model, first = Model(), 0
        if trial.resumed:
            model.load(Path(trial.resumed))
            first = trial.resumed.step + 1
        for step in range(first, self.size.n_steps):
            yield model.step(trial["rate"])
            if (step + 1) % self.size.every == 0:
                with trial.checkpoint() as folder:
                    model.save(folder)


def bridge(size: Size, seed: int, folder: Path) -> float:
    """Train a population of tunebridge's, in memory and inline; its checkpoints are temporary files."""
    population = tb.Population(size=size.n_members, every=size.every, quantile=QUANTILE, factors=FACTORS)
    tempfile.tempdir = str(folder)
    try:
        result = tb.tune(
            tb.Problem(Train(size), SPACE, direction="maximize"),
            backend="optuna:random",
            population=population,
            n_trials=size.n_members,
            seed=seed,
        )
    finally:
        tempfile.tempdir = None
    if any(len(trial.reports) != size.n_steps for trial in result.trials):
        raise SystemExit("tunebridge: a member has not trained to its end")
    return float(result.best_value)


def ray_trainable(config: Mapping[str, Any]) -> None:
    """Train, and hand every fifth report to Ray with a checkpoint, as its own examples do."""
    from ray import tune

    model, first = Model(), 0
    if (found := tune.get_checkpoint()) is not None:
        with found.as_directory() as place:
            model.load(Path(place))
            first = int((Path(place) / "step.txt").read_text()) + 1
    for step in range(first, config["n_steps"]):
        score = model.step(config["rate"])
        if (step + 1) % config["every"]:
            tune.report({"score": score})
            continue
        with tempfile.TemporaryDirectory(dir=config["folder"]) as place:
            model.save(Path(place))
            (Path(place) / "step.txt").write_text(str(step))
            tune.report({"score": score}, checkpoint=tune.Checkpoint.from_directory(place))


def rays(size: Size, seed: int, folder: Path) -> float:
    """Train a population of Ray Tune's; all members have a slot of their own."""
    from ray import tune
    from ray.tune.schedulers import PopulationBasedTraining

    domain = tune.uniform(0.01, 1.0)
    scheduler = PopulationBasedTraining(
        time_attr="training_iteration",
        perturbation_interval=size.every,
        hyperparam_mutations={"rate": domain},
        quantile_fraction=QUANTILE,
        perturbation_factors=FACTORS,
    )
    config = {"rate": domain, "n_steps": size.n_steps, "every": size.every, "folder": str(folder)}
    share = (os.cpu_count() or 1) / size.n_members
    tuner = tune.Tuner(
        tune.with_resources(ray_trainable, {"cpu": min(share, 1.0)}),
        param_space=config,
        tune_config=tune.TuneConfig(
            metric="score", mode="max", scheduler=scheduler, num_samples=size.n_members, reuse_actors=True
        ),
        run_config=tune.RunConfig(
            storage_path=str(folder), verbose=0, stop={"training_iteration": size.n_steps}
        ),
    )
    np.random.seed(seed)  # noqa: NPY002 - Ray draws from the global generator
    results = tuner.fit()
    if results.errors:
        raise SystemExit(f"Ray: {results.errors[0]}")
    return float(results.get_best_result().metrics["score"])


WAYS: dict[str, Callable[[Size, int, Path], float]] = {"bare": bare, "tunebridge": bridge, "ray": rays}
NAMES = {"bare": "the loop by hand", "tunebridge": "tunebridge, inline", "ray": "Ray Tune, 8 at a time"}


@contextmanager
def started(ways: list[str]) -> Iterator[None]:
    """Start Ray, if it is wanted."""
    if "ray" not in ways:
        yield
        return
    import ray

    ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    try:
        yield
    finally:
        ray.shutdown()


def measured(way: str, size: Size, seed: int, disk: Path | None) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        begin, own = perf_counter(), process_time()
        best = WAYS[way](size, seed, Path(folder))
        return {"seconds": perf_counter() - begin, "own": process_time() - own, "best": best}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--intervals", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--disk", type=Path, help="where all files are written; the temporary folder if left out"
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    size, ways = Size(given.members, given.every, given.intervals), given.ways.split(",")
    turns: list[dict[str, dict[str, float]]] = []
    with started(ways):
        for repeat in range(given.repeats):
            turns.append({way: measured(way, size, repeat, given.disk) for way in ways})
            print({way: round(one["seconds"], 2) for way, one in turns[-1].items()}, flush=True)
    table = Table("way", "seconds", "own processor time", *(f"x {NAMES[other]}" for other in ways))
    for way in ways:
        ratios = [median(turn[way]["seconds"] / turn[other]["seconds"] for turn in turns) for other in ways]
        seconds, own = (median(turn[way][key] for turn in turns) for key in ("seconds", "own"))
        table.add_row(NAMES[way], f"{seconds:.2f}", f"{own:.2f}", *(f"{ratio:.3f}" for ratio in ratios))
    Console(width=120).print(table)
    if given.json:
        given.json.write_text(json.dumps({"size": vars(size), "turns": turns}, indent=1))


if __name__ == "__main__":
    main()
