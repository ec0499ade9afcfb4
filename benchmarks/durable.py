"""What it costs to keep a study: tunebridge against Optuna's own loop on the same storages, in one run.

    python benchmarks/durable.py
    python benchmarks/durable.py --storages sqlite --backends optuna:random --n-trials 200 --repeats 7
    python benchmarks/durable.py --parts replay --replay-storage sqlite

The objective is trivial, so that a trial costs what the sampler, the storage and the loop cost. Bridge and
native take turns, each on a file of its own, and figures are medians over the repeats. Making the file and
its tables is not timed; closing the study, after which all is on disk, is.

Four parts: seconds per trial without reports; per report, as the difference to the same trials without
reports (the wall) and as the time that the objective waits in `trial.report`; what it takes to bring a
stored study back; and to declare many choices, and load a study of them, beside Optuna's own reading.
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, mkdtemp
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch

import optuna
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from rich.console import Console
from rich.table import Table

import tunebridge as tb
from tunebridge.dependencies import installed_version
from tunebridge.stores.kept_session import KeptSession

SPACE = tb.Space(
    x=tb.Float(-5.0, 5.0),
    lr=tb.Float(1e-5, 1e-1, log=True),
    layers=tb.Int(1, 10),
    activation=tb.Categorical(["relu", "tanh", "gelu"]),
)
"""What samplers draw from."""

SAMPLERS: dict[str, type[BaseSampler]] = {"tpe": TPESampler, "random": RandomSampler}
OPPONENTS = {"optuna:tpe": "tpe", "optuna:random": "random", "hyperopt:tpe": "tpe"}
"""The native sampler that each backend is compared with; hyperopt has no such storage of its own."""

WARM_UP = 10
"""Trials before the first that is timed: Optuna imports what its samplers need when they first propose."""


def value(params: Mapping[str, Any]) -> float:
    """Return the trivial objective's value."""
    return float(params["x"] ** 2 + params["lr"] + params["layers"] + (params["activation"] == "relu"))


class Reporting:
    """The trivial objective with reports; it clocks how long each makes it wait.

    Args:
        n_reports: How many reports each trial makes.
    """

    def __init__(self, n_reports: int) -> None:
        """Begin with nothing waited."""
        self.n_reports = n_reports
        self.waited = 0.0

    def __call__(self, trial: tb.Trial) -> float:
        """Evaluate a trial of tunebridge's."""
        self._report(trial)
        return value(trial)

    def native(self, trial: optuna.Trial) -> float:
        """Evaluate a trial of Optuna's."""
        params = {
            "x": trial.suggest_float("x", -5.0, 5.0),
            "lr": trial.suggest_float("lr", 1e-5, 1e-1, log=True),
            "layers": trial.suggest_int("layers", 1, 10),
            "activation": trial.suggest_categorical("activation", ["relu", "tanh", "gelu"]),
        }
        self._report(trial)
        return value(params)

    def _report(self, trial: tb.Trial | optuna.Trial) -> None:
        begun = perf_counter()
        for step in range(self.n_reports):
            trial.report(1.0 / (1 + step), step)
        self.waited += perf_counter() - begun


def bridge(backend: str, url: str, n_trials: int, n_reports: int, seed: int) -> tuple[float, float]:
    """Return the seconds of a stored study through tunebridge, and those waited in reports."""
    objective = Reporting(n_reports)
    problem = tb.Problem(objective, SPACE)
    study = tb.open_study(problem, backend=backend, n_trials=n_trials, seed=seed, storage=url, study="s")
    begun = perf_counter()
    study.run()
    return perf_counter() - begun, objective.waited


def native(backend: str, url: str, n_trials: int, n_reports: int, seed: int) -> tuple[float, float]:
    """Return the seconds of a stored study in Optuna's own loop, and those waited in reports."""
    objective = Reporting(n_reports)
    storage, sampler = native_storage(url), SAMPLERS[OPPONENTS[backend]](seed=seed)  # type: ignore[call-arg]
    study = optuna.create_study(storage=storage, study_name="s", sampler=sampler)
    begun = perf_counter()
    study.optimize(objective.native, n_trials=n_trials)
    storage.remove_session()
    seconds = perf_counter() - begun
    if isinstance(storage, RDBStorage):
        storage.engine.dispose()
    return seconds, objective.waited


def native_storage(url: str) -> BaseStorage:
    """Return Optuna's storage as its documentation makes it."""
    scheme, _, path = url.partition(":///")
    return JournalStorage(JournalFileBackend(path)) if scheme == "journal" else RDBStorage(url)


def alternated(
    sides: list[Callable[[], tuple[float, float]]], repeats: int
) -> list[tuple[tuple[float, float], ...]]:
    """Return what each side measured in each repeat; every other repeat goes through them backwards."""
    rounds = []
    for repeat in range(repeats):
        order = list(enumerate(sides))[:: 1 if repeat % 2 else -1]
        measured = {place: side() for place, side in order}
        rounds.append(tuple(measured[place] for place in range(len(sides))))
    return rounds


def per_trial(folder: Path, storage: str, backend: str, n_trials: int, repeats: int) -> dict[str, Any]:
    """Compare trials without reports."""
    files = Files(folder, storage)
    bridge(backend, files.fresh(), WARM_UP, 0, 0)
    native(backend, files.fresh(), WARM_UP, 0, 0)
    rounds = alternated(
        [
            lambda: bridge(backend, files.fresh(), n_trials, 0, files.count),
            lambda: native(backend, files.fresh(), n_trials, 0, files.count),
        ],
        repeats,
    )
    return {
        "storage": storage,
        "backend": backend,
        "native": f"optuna:{OPPONENTS[backend]}",
        "bridge_ms": 1000 * median(mine for (mine, _), _ in rounds) / n_trials,
        "native_ms": 1000 * median(other for _, (other, _) in rounds) / n_trials,
        "ratio": median(mine / other for (mine, _), (other, _) in rounds),
    }


def per_report(folder: Path, storage: str, n_trials: int, n_reports: int, repeats: int) -> dict[str, Any]:
    """Compare reports: trials with them less trials without."""
    files, backend = Files(folder, storage), "optuna:random"
    rounds = alternated(
        [
            lambda: bridge(backend, files.fresh(), n_trials, 0, 0),
            lambda: bridge(backend, files.fresh(), n_trials, n_reports, 0),
            lambda: native(backend, files.fresh(), n_trials, 0, 0),
            lambda: native(backend, files.fresh(), n_trials, n_reports, 0),
        ],
        repeats,
    )
    per = 1000 / (n_trials * n_reports)
    walls = [
        (per * (ours[0] - bare[0]), per * (theirs[0] - plain[0])) for bare, ours, plain, theirs in rounds
    ]
    waits = [(per * ours[1], per * theirs[1]) for _, ours, _, theirs in rounds]
    return {
        "storage": storage,
        "bridge_ms": median(mine for mine, _ in walls),
        "native_ms": median(other for _, other in walls),
        "ratio": median(mine / other for mine, other in walls),
        "bridge_waits_ms": median(mine for mine, _ in waits),
        "native_waits_ms": median(other for _, other in waits),
    }


def replay(folder: Path, storage: str, backend: str, n_trials: int) -> dict[str, Any]:
    """Bring a stored study back: by the state that was kept, and by asking and telling its sampler again."""
    settings: dict[str, Any] = {"backend": backend, "seed": 0, "study": "s", "max_replay_seconds": 600.0}
    settings["storage"] = Files(folder, storage).fresh()
    problem = tb.Problem(value, SPACE)
    result = tb.tune(problem, n_trials=n_trials, **settings)

    def opened() -> tuple[float, bool]:
        begun = process_time()
        study = tb.open_study(problem, n_trials=n_trials, **settings)
        seconds = process_time() - begun
        study.close()
        return seconds, study.carried is not None and study.carried.exact

    read = [_seconds(partial(tb.load_study, settings["storage"], "s", problem=problem)) for _ in range(3)]
    restored = [opened() for _ in range(3)]
    with patch.object(KeptSession, "read", return_value=None):
        asked_again = opened()
    kept = median(seconds for seconds, _ in restored)
    return {
        "storage": storage,
        "backend": backend,
        "exact": all(exact for _, exact in (*restored, asked_again)),
        "read_s": median(read),
        "restored_s": kept,
        "asked_again_s": asked_again[0],
        "ratio": kept / asked_again[0],
        "sampler_s": sum(trial.sampler_seconds for trial in result.trials),
    }


def _seconds(call: Callable[[], Any]) -> float:
    begun = process_time()
    call()
    return process_time() - begun


def choices(folder: Path, storage: str, n_choices: int, n_trials: int) -> dict[str, Any]:
    """Declare many choices, and load a study of them; Optuna reads its own study of them."""
    files, listed = Files(folder, storage), [f"choice {place}" for place in range(n_choices)]
    url, other = files.fresh(), native_storage(files.fresh())
    begun = perf_counter()
    space = tb.Space(x=tb.Categorical(listed))
    declared = perf_counter() - begun
    problem = tb.Problem(lambda trial: 0.0, space)
    tb.tune(problem, backend="optuna:random", n_trials=n_trials, seed=0, storage=url, study="s")
    begun = perf_counter()
    tb.load_study(url, "s", problem=problem)
    loaded = perf_counter() - begun
    study = optuna.create_study(storage=other, study_name="s", sampler=RandomSampler(seed=0))
    study.optimize(lambda trial: float(trial.suggest_categorical("x", listed) == ""), n_trials=n_trials)
    begun = perf_counter()
    optuna.load_study(study_name="s", storage=other).get_trials()
    read = perf_counter() - begun
    return {
        "storage": storage,
        "choices": n_choices,
        "declared_s": declared,
        "loaded_s": loaded,
        "native_s": read,
        "ratio": loaded / read,
    }


class Files:
    """Stores that hold nothing yet.

    Args:
        folder: Where they lie.
        storage: sqlite or journal.
    """

    def __init__(self, folder: Path, storage: str) -> None:
        """Begin a folder of its own."""
        self._folder = Path(mkdtemp(dir=folder))
        self._storage = storage
        self.count = 0

    def fresh(self) -> str:
        """Return the URL of the next one."""
        self.count += 1
        return f"{self._storage}:///{self._folder / str(self.count)}.{self._storage}"


def table_of(rows: list[dict[str, Any]]) -> Table:
    """Return rows as a table, figures rounded."""
    table = Table(*rows[0])
    for row in rows:
        cells = [f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row.values()]
        table.add_row(*cells)
    return table


def measure(arguments: argparse.Namespace, folder: Path, console: Console) -> dict[str, list[dict[str, Any]]]:
    """Measure the parts that were asked for; each table is printed when it is done."""
    storages, parts = arguments.storages.split(","), arguments.parts.split(",")
    n_trials, repeats = arguments.n_trials, arguments.repeats
    todo: dict[str, list[Callable[[], dict[str, Any]]]] = {
        "trials": [
            partial(per_trial, folder, storage, backend, n_trials, repeats)
            for storage in storages
            for backend in arguments.backends.split(",")
        ],
        "reports": [
            partial(per_report, folder, storage, arguments.n_reporting, arguments.n_reports, repeats)
            for storage in storages
        ],
        "replay": [
            partial(replay, folder, arguments.replay_storage, backend, arguments.n_replayed)
            for backend in arguments.replayed.split(",")
        ],
        "choices": [
            partial(choices, folder, storage, n_choices, n_trials)
            for storage in storages
            for n_choices in (1_000, 10_000)
        ],
    }
    figures = {}
    for part in parts:
        figures[part] = [one() for one in todo[part]]
        console.print(table_of(figures[part]))
    return figures


def main() -> None:
    """Measure, print a table per part, and write JSON if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default="trials,reports,replay,choices")
    parser.add_argument("--storages", default="sqlite,journal")
    parser.add_argument("--backends", default=",".join(OPPONENTS))
    parser.add_argument("--n-trials", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--n-reporting", type=int, default=20, help="trials of the studies that report")
    parser.add_argument("--n-reports", type=int, default=20, help="reports per trial")
    parser.add_argument("--replayed", default="optuna:tpe,optuna:random,hyperopt:tpe,sklearn:random")
    parser.add_argument("--n-replayed", type=int, default=1000, help="trials that are brought back")
    parser.add_argument("--replay-storage", default="journal")
    parser.add_argument("--folder", help="where the stores are made; a temporary folder if left out")
    parser.add_argument("--json", help="file to write the figures to")
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    logging.getLogger("tunebridge").setLevel(logging.ERROR)

    with TemporaryDirectory(dir=arguments.folder) as folder:
        figures = measure(arguments, Path(folder), Console())
    if arguments.json:
        versions = {name: installed_version(name) for name in ("optuna", "sqlalchemy", "hyperopt")}
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"python": platform.python_version(), "versions": versions, **figures}, file, indent=1)


if __name__ == "__main__":
    main()
