"""What a durable trial costs in processor time: this checkout, another one, and Optuna's own TPE, in turn.

    python benchmarks/processor.py --repeats 3
    python benchmarks/processor.py --backend sklearn:random --against COMMIT_OR_FOLDER

Each measurement is a process of its own, which tunes on a new SQLite file after a warm-up on another one. The
time is that of the processor, so neither a busy disk nor a busy machine counts; figures are medians.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent.parent
sys.path.append(str(HERE))  # last, so that tunebridge is that of the version that is measured

from benchmarks.checkouts import BEFORE, checkout, measured_in  # noqa: E402

MEMORY = "this checkout, in memory"
"""The side that stores nothing: the sampler and the loop, which the others pay for, too."""

WARM_UP = 10
"""Trials before the first that is timed."""


def tuned(backend: str, url: str | None, n_trials: int, n_reports: int) -> float:
    """Return the seconds of the processor that a study through tunebridge takes, its end included."""
    import tunebridge as tb

    space = tb.Space(
        x=tb.Float(-5.0, 5.0),
        lr=tb.Float(1e-5, 1e-1, log=True),
        layers=tb.Int(1, 10),
        activation=tb.Categorical(["relu", "tanh", "gelu"]),
    )

    def objective(trial: tb.Trial) -> float:
        for step in range(n_reports):
            trial.report(1.0 / (1 + step), step)
        return float(trial["x"] ** 2 + trial["lr"] + trial["layers"])

    problem = tb.Problem(objective, space)
    study = tb.open_study(problem, backend=backend, n_trials=n_trials, seed=0, storage=url, study="s")
    begun = process_time()
    study.run()
    return process_time() - begun


def native(url: str, n_trials: int, n_reports: int) -> float:
    """Return the seconds that Optuna's own loop takes with its TPE on its own storage."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial: optuna.Trial) -> float:
        x, lr = trial.suggest_float("x", -5.0, 5.0), trial.suggest_float("lr", 1e-5, 1e-1, log=True)
        layers = trial.suggest_int("layers", 1, 10)
        trial.suggest_categorical("activation", ["relu", "tanh", "gelu"])
        for step in range(n_reports):
            trial.report(1.0 / (1 + step), step)
        return float(x**2 + lr + layers)

    sampler = optuna.samplers.TPESampler(seed=0)
    study = optuna.create_study(storage=optuna.storages.RDBStorage(url), sampler=sampler)
    begun = process_time()
    study.optimize(objective, n_trials=n_trials)
    return process_time() - begun


def side(arguments: argparse.Namespace) -> None:
    """Measure one side in this process, and print its milliseconds a trial."""
    seconds = 0.0
    with TemporaryDirectory() as folder:
        for n_trials in (WARM_UP, arguments.n_trials):
            url, given = f"sqlite:///{folder}/{n_trials}.db", (n_trials, arguments.n_reports)
            if arguments.side == "native":
                seconds = native(url, *given)
            else:
                seconds = tuned(arguments.backend, None if arguments.side == MEMORY else url, *given)
    print(1000 * seconds / arguments.n_trials)


def main() -> None:
    """Measure in turn, and print medians and ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", default=BEFORE, help="a commit, or another checkout")
    backends = ("optuna:tpe", "optuna:random", "sklearn:random")
    parser.add_argument("--backend", default="optuna:tpe", choices=backends)
    parser.add_argument("--n-trials", type=int, default=100)
    parser.add_argument("--n-reports", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--side", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        side(arguments)
        return
    flags = [f"--backend={arguments.backend}", f"--n-trials={arguments.n_trials}"]
    flags.append(f"--n-reports={arguments.n_reports}")
    with checkout(arguments.against) as other:
        places = {"this checkout": HERE, MEMORY: HERE, "native": HERE, arguments.against: other}
        rounds = [
            {name: measured_in(place, __file__, f"--side={name}", *flags) for name, place in places.items()}
            for _ in range(arguments.repeats)
        ]
    table = Table("side", "ms of the processor a trial", "this checkout against it")
    for name in places:
        ratio = median(one["this checkout"] / one[name] for one in rounds)
        table.add_row(name, f"{median(one[name] for one in rounds):.2f}", f"{ratio:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
