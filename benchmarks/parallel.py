"""What running trials side by side gains, and what it costs: beside five other ways, in one run.

    python benchmarks/parallel.py
    python benchmarks/parallel.py --n-trials 64 --repeats 5 --json parallel.json

The objective is pure Python and does a fixed amount of work, so that only other processes make it faster. All
ways take turns; figures are medians over the repeats, and ratios are taken within a turn. The machine has to
have two idle cores: with less, no way reaches two times the serial speed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import joblib
import optuna
from optuna.storages.journal import JournalFileBackend
from rich.console import Console
from rich.table import Table

import tunebridge as tb

N_JOBS = 2
SPACE = tb.Space(x=tb.Float(0.0, 1.0))
BACKEND = "optuna:random"
"""Asks quickly, so that a trial costs what its objective and its way to run cost."""

JOURNAL = """
import sys
sys.path.insert(0, sys.argv[1])
from parallel import optuna_worker
optuna_worker(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
"""
"""One of the two processes on a journal."""


def work(rounds: int, x: float) -> float:
    """Do a fixed amount of pure Python work."""
    total = x
    for place in range(rounds):
        total = (total * 1.000001 + place) % 1.0
    return total


def rounds_of(seconds: float) -> int:
    """Return how many rounds take so long on this machine, alone."""
    count = 200_000
    return max(1, int(count * seconds / min(timed(work, count, 0.5) for _ in range(7))))


def timed(function: Callable[..., Any], *arguments: Any) -> float:
    """Return the seconds of one call."""
    begun = perf_counter()
    function(*arguments)
    return perf_counter() - begun


def bridge(executor: str, n_jobs: int) -> Callable[[int, int], None]:
    """Return a run through tunebridge."""

    def run(n_trials: int, rounds: int) -> None:
        problem = tb.Problem(lambda trial: work(rounds, trial["x"]), SPACE)
        tb.tune(problem, backend=BACKEND, n_trials=n_trials, n_jobs=n_jobs, executor=executor, seed=0)

    return run


def optuna_objective(rounds: int) -> Callable[[optuna.Trial], float]:
    return lambda trial: work(rounds, trial.suggest_float("x", 0.0, 1.0))


def sampler(seed: int = 0) -> optuna.samplers.BaseSampler:
    return optuna.samplers.RandomSampler(seed=seed)


def optuna_threads(n_trials: int, rounds: int) -> None:
    """Run Optuna's own `n_jobs`: threads."""
    study = optuna.create_study(sampler=sampler())
    study.optimize(optuna_objective(rounds), n_trials=n_trials, n_jobs=N_JOBS)


def journal(path: str) -> optuna.storages.JournalStorage:
    return optuna.storages.JournalStorage(JournalFileBackend(path))


def optuna_worker(path: str, n_trials: int, rounds: int) -> None:
    """Evaluate trials of the study that all processes share."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.load_study(study_name="shared", storage=journal(path), sampler=sampler(os.getpid()))
    study.optimize(optuna_objective(rounds), n_trials=n_trials)


def optuna_journal(n_trials: int, rounds: int) -> None:
    """Run Optuna in two processes on a journal, each with half of the trials."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "journal"))
        optuna.create_study(study_name="shared", storage=journal(path))
        arguments = [str(Path(__file__).parent), path, str(n_trials // N_JOBS), str(rounds)]
        command = [sys.executable, "-c", JOURNAL, *arguments]
        for process in [subprocess.Popen(command) for _ in range(N_JOBS)]:
            process.wait()


def asked(study: optuna.Study, n_trials: int) -> Iterator[tuple[optuna.Trial, float]]:
    for _ in range(n_trials):
        trial = study.ask()
        yield trial, trial.suggest_float("x", 0.0, 1.0)


def pool(method: str) -> Callable[[int, int], None]:
    """Return Optuna's ask and tell in this process, and the objective in a pool: what one writes by hand."""

    def run(n_trials: int, rounds: int) -> None:
        study = optuna.create_study(sampler=sampler())
        trials = asked(study, n_trials)
        context = multiprocessing.get_context(method)
        with ProcessPoolExecutor(N_JOBS, mp_context=context) as executor:
            running: dict[Future[float], optuna.Trial] = {}
            while True:
                while len(running) < N_JOBS and (begun := next(trials, None)):
                    running[executor.submit(work, rounds, begun[1])] = begun[0]
                if not running:
                    return
                for ended in wait(running, return_when=FIRST_COMPLETED).done:
                    study.tell(running.pop(ended), ended.result())

    return run


def loky(n_trials: int, rounds: int) -> None:
    """Run joblib's processes, started anew, on Optuna's suggestions; told as the values come."""
    study = optuna.create_study(sampler=sampler())
    trials: list[optuna.Trial] = []

    def calls() -> Iterator[Any]:
        for trial, x in asked(study, n_trials):
            trials.append(trial)
            yield joblib.delayed(work)(rounds, x)

    with joblib.parallel_config("loky", n_jobs=N_JOBS):
        values = joblib.Parallel(return_as="generator", pre_dispatch=N_JOBS)(calls())
        for place, value in enumerate(values):
            study.tell(trials[place], value)
    joblib.externals.loky.get_reusable_executor().shutdown()


WAYS: dict[str, Callable[[int, int], None]] = {
    "serial (inline)": bridge("inline", 1),
    "processes": bridge("processes", N_JOBS),
    "threads": bridge("threads", N_JOBS),
    "Optuna n_jobs=2": optuna_threads,
    "Optuna, journal": optuna_journal,
    "fork pool by hand": pool("fork"),
    "spawn pool by hand": pool("spawn"),
    "joblib, loky": loky,
}


def speed(n_trials: int, rounds: int, repeats: int) -> list[dict[str, Any]]:
    """Time all ways in turns, each turn from another place on, with and without the start."""
    names = list(WAYS)
    turns: list[dict[str, float]] = []
    starts: list[dict[str, float]] = []
    for turn in range(repeats):
        order = names[turn % len(names) :] + names[: turn % len(names)]
        turns.append({name: timed(WAYS[name], n_trials, rounds) for name in order})
        starts.append({name: timed(WAYS[name], N_JOBS, 1) for name in order})
    serial = names[0]
    return [
        {
            "way": name,
            "seconds": median(turn[name] for turn in turns),
            "speed": median(turn[serial] / turn[name] for turn in turns),
            "start_seconds": median(start[name] for start in starts),
            "speed_without_start": median(
                turn[serial] / (turn[name] - start[name]) for turn, start in zip(turns, starts, strict=True)
            ),
        }
        for name in names
    ]


def reports(n_reports: int, pruner: str | None) -> dict[str, float]:
    """Time reports with their decisions from a slot: the whole round trip, as the objective sees it."""

    def train(trial: tb.Trial) -> float:
        seconds = []
        for step in range(n_reports):
            begun = perf_counter()
            trial.report(1.0 / (1 + step))
            seconds.append(perf_counter() - begun)
        trial.keep("seconds", seconds)
        return 1.0

    problem = tb.Problem(train, SPACE)
    settings: dict[str, Any] = {"n_trials": 2, "executor": "processes", "n_jobs": 1, "seed": 0}
    result = tb.tune(problem, backend=BACKEND, pruner=pruner, **settings)
    found = sorted(result.trials[-1].artifact("seconds"))
    return {"median_ms": 1000 * median(found), "p99_ms": 1000 * found[int(0.99 * len(found))]}


def overhead(n_trials: int, rounds: int, seconds: float) -> dict[str, float]:
    """Time short trials in two slots: what a slot spends on each beside its objective."""
    run = bridge("processes", N_JOBS)
    start = timed(run, N_JOBS, 1)
    took = timed(run, n_trials, rounds) - start
    return {
        "ms_per_trial": 1000 * took / n_trials,
        "overhead_ms": 1000 * (took * N_JOBS / n_trials - seconds),
    }


def show(rows: list[dict[str, Any]], console: Console) -> None:
    """Print the ways."""
    table = Table("way", "s", "x serial", "start s", "x serial without start")
    for row in rows:
        figures = [row[key] for key in ("seconds", "speed", "start_seconds", "speed_without_start")]
        table.add_row(row["way"], *(f"{figure:.2f}" for figure in figures))
    console.print(table)


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n-trials", type=int, default=64)
    parser.add_argument("--milliseconds", type=float, default=50.0)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--n-reports", type=int, default=2000)
    parser.add_argument("--n-short", type=int, default=1000)
    parser.add_argument("--json", help="file to write the figures to")
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    console = Console()

    rows = speed(arguments.n_trials, rounds_of(arguments.milliseconds / 1000), arguments.repeats)
    show(rows, console)
    answers = {str(pruner): reports(arguments.n_reports, pruner) for pruner in (None, "asha")}
    for pruner, row in answers.items():
        console.print(f"report and decision, pruner {pruner}: {row}")
    short = overhead(arguments.n_short, rounds_of(0.001), 0.001)
    console.print(f"{arguments.n_short} trials of 1 ms in {N_JOBS} slots: {short}")
    if arguments.json:
        figures = {"python": platform.python_version(), "ways": rows, "reports": answers, "short": short}
        Path(arguments.json).write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
