"""What it costs to open a study of 1,000 stored trials again, exactly: this checkout and another version.

    python benchmarks/resumption.py
    python benchmarks/resumption.py --backend optuna:random --n-trials 300 --against COMMIT

Each version stores a study of its own in a journal, and opens it in processes of their own, in turn; the
time is that of the processor, and figures are medians. It is without what importing takes: a small
study is opened before. Another folder than that of a commit may be named, too.
"""

from __future__ import annotations

import argparse
import logging
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

WARM_UP = 15
"""Trials of the study that is opened first, so that all is imported."""


def opened(backend: str, path: Path, n_trials: int, *, is_run: bool) -> float:
    """Return the seconds that it takes to open a study again; it is made first if it is not there."""
    import tunebridge as tb

    space = tb.Space(
        x=tb.Float(-5.0, 5.0),
        lr=tb.Float(1e-5, 1e-1, log=True),
        layers=tb.Int(1, 10),
        activation=tb.Categorical(["relu", "tanh", "gelu"]),
    )
    problem = tb.Problem(lambda trial: trial["x"] ** 2 + trial["lr"] + trial["layers"], space)
    begun = process_time()
    study = tb.open_study(
        problem,
        backend=backend,
        n_trials=n_trials,
        seed=0,
        storage=f"journal:///{path}",
        study="s",
        max_replay_seconds=600.0,
    )
    seconds = process_time() - begun
    if is_run:
        study.run()
    elif study.carried is None or not study.carried.exact:
        raise RuntimeError(f"the study was not brought back exactly: {study.carried}")
    study.close()
    return seconds


def side(arguments: argparse.Namespace) -> None:
    """Make the study, or open it, in this process; print the seconds."""
    logging.disable(logging.CRITICAL)
    is_run = arguments.side == "make"
    if not is_run:
        with TemporaryDirectory() as folder:
            for run in (True, False):
                opened(arguments.backend, Path(folder, "warm.log"), WARM_UP, is_run=run)
    print(opened(arguments.backend, arguments.path, arguments.n_trials, is_run=is_run))


def main() -> None:
    """Measure in turn, and print medians and the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", default=BEFORE, help="a commit, or another checkout")
    parser.add_argument("--backend", default="optuna:tpe")
    parser.add_argument("--n-trials", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--side", choices=["make", "open"], help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        side(arguments)
        return
    with checkout(arguments.against) as other, TemporaryDirectory() as folder:
        places = {"now": HERE, arguments.against: other}

        def measured(name: str, what: str) -> float:
            flags = [f"--side={what}", f"--path={Path(folder, Path(name).name)}.log"]
            flags += [f"--backend={arguments.backend}", f"--n-trials={arguments.n_trials}"]
            return measured_in(places[name], __file__, *flags)

        for name in places:
            measured(name, "make")
        rounds = [{name: measured(name, "open") for name in places} for _ in range(arguments.repeats)]
    table = Table("version", "seconds to open", "now against it")
    for name in places:
        ratio = median(one["now"] / one[name] for one in rounds)
        table.add_row(name, f"{median(one[name] for one in rounds):.3f}", f"{ratio:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
