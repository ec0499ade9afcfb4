"""Four processes on one study: ours against Optuna's own, on databases of one kind, one after the other.

`python benchmarks/joined.py sqlite:///FOLDER/{}.db`; of a server give the URLs of two empty databases whose
names differ where `{}` stands. The objective sleeps 10 ms. Both have their tables and their modules before
the clock starts. `--seeds 20` does so with as many seeds, ours and Optuna's in turn, and compares the best
values.
"""

import argparse
import logging
import os
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from statistics import fmean
from tempfile import TemporaryDirectory

import optuna
from scipy import stats

import tunebridge as tb

SPACE = tb.Space(x=tb.Float(-5.0, 5.0), y=tb.Float(-5.0, 5.0))


def valley(trial: tb.Trial) -> float:
    time.sleep(0.01)
    return float((trial["x"] - 1) ** 2 + (trial["y"] + 2) ** 2)


@dataclass(frozen=True)
class Study:
    """One of the two studies of a seed."""

    url: str
    seed: int
    n_trials: int

    @property
    def name(self) -> str:
        return f"s{self.seed}"


def ours(study: Study) -> None:
    tb.tune(
        tb.Problem(valley, SPACE),
        backend="optuna:tpe",
        n_trials=study.n_trials,
        seed=study.seed,
        storage=study.url,
        study=study.name,
        join=True,
    )


def native_valley(trial: optuna.Trial) -> float:
    x, y = (trial.suggest_float(name, -5.0, 5.0) for name in ("x", "y"))
    time.sleep(0.01)
    return float((x - 1) ** 2 + (y + 2) ** 2)


def native(study: Study) -> None:
    sampler = optuna.samplers.TPESampler(seed=os.getpid())
    found = optuna.load_study(study_name=study.name, storage=study.url, sampler=sampler)
    found.optimize(native_valley, callbacks=[optuna.study.MaxTrialsCallback(study.n_trials, states=None)])


def made(study: Study) -> None:
    optuna.create_study(study_name=study.name, storage=study.url)


def tables(study: Study) -> None:
    optuna.create_study(study_name=f"tables of {study.name}", storage=study.url)


def timed(run: Callable[[Study], None], study: Study, n_processes: int) -> float:
    """Return the seconds that some processes take together."""
    begun = time.perf_counter()
    children = [os.fork() or alone(run, study) for _ in range(n_processes)]
    if any([os.waitpid(child, 0)[1] for child in children]):  # noqa: C419 - all are waited for
        raise SystemExit("a process failed")
    return time.perf_counter() - begun


def alone(run: Callable[[Study], None], study: Study) -> int:
    """Run in a fork, which ends here."""
    code = 1
    try:
        run(study)
        code = 0
    except Exception:  # noqa: BLE001 - shown, and told by the code
        traceback.print_exc()
    finally:
        os._exit(code)


def load_modules() -> None:
    """Run both once on a file of this process alone, so that no process loads a module after its fork."""
    import_module("psycopg")
    with TemporaryDirectory() as folder:
        own, theirs = (Study(f"sqlite:///{folder}/{name}.db", 0, 12) for name in ("ours", "native"))
        ours(own)
        made(theirs)
        native(theirs)


def best(study: Study) -> float:
    return float(optuna.load_study(study_name=study.name, storage=study.url).best_value)


def compare(given: argparse.Namespace, seed: int) -> tuple[float, float, float]:
    """Run both studies of a seed; return their seconds, and how much worse our best value is."""
    own, theirs = (Study(given.url.format(name), seed, given.trials) for name in ("ours", "native"))
    timed(tables, own, 1)
    timed(made, theirs, 1)
    found, known = timed(ours, own, given.processes), timed(native, theirs, given.processes)
    return found, known, best(own) - best(theirs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="with {} where the two databases differ")
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--seeds", type=int, default=1)
    given = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    logging.getLogger("tunebridge").setLevel(logging.ERROR)
    load_modules()
    rows: list[tuple[float, float, float]] = []
    for seed in range(given.seeds):
        rows.append(compare(given, seed))
        found, theirs, worse = rows[-1]
        load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
        print(
            f"seed {seed}: ours {found:.1f} s, Optuna {theirs:.1f} s: {found / theirs:.3f}, "
            f"best value {worse:+.2e} (load {load})",
            flush=True,
        )
    if len(rows) > 1:
        share = sum(row[0] for row in rows) / sum(row[1] for row in rows)
        gaps = [row[2] for row in rows]
        low, high = stats.ttest_1samp(gaps, 0.0).confidence_interval(0.95)
        print(f"{len(rows)} seeds: {share:.3f} x the wall time")
        print(f"best value minus Optuna's: {fmean(gaps):+.2e}, 95 % interval {low:+.2e} to {high:+.2e}")


if __name__ == "__main__":
    main()
