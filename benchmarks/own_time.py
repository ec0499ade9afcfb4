"""What tunebridge itself costs in processor time: this checkout and another one, in turn.

    git worktree add ../before COMMIT
    python benchmarks/own_time.py --against ../before --repeats 5

- grid: a trial of `sklearn:grid` over four Ordinals of ten values, in memory.
- median, asha: a report with its decision, the median of those of 1,000 trials of ten steps.
- start: a study of two empty trials with `n_jobs=2`, all processes that it starts included.

Each measurement is a process of its own, with modules compiled before, as they are where something is
installed; figures are medians over the repeats.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from rich.console import Console
from rich.table import Table

import tunebridge as tb

HERE = Path(__file__).resolve().parent.parent

PARTS = {"grid": "us a trial", "median": "us a report", "asha": "us a report", "start": "ms"}
"""What is measured, and its unit."""


def grid() -> float:
    """Return the microseconds of a trial."""
    space = tb.Space(
        a=tb.Ordinal(list(range(10))),
        b=tb.Ordinal([place / 10 for place in range(10)]),
        c=tb.Ordinal(list("abcdefghij")),
        d=tb.Ordinal([None, True, 1.5, "x", (1, 2), 7, 8, 9, 10, 11]),
    )
    problem = tb.Problem(lambda trial: trial["a"] + trial["b"], space)
    times = []
    for _ in range(6):
        begun = process_time()
        tb.tune(problem, backend="sklearn:grid", n_trials=2000, seed=0)
        times.append((process_time() - begun) / 2000)
    return 1e6 * median(times[1:])  # the first one also asks the system for memory


def report(pruner: str) -> float:
    """Return the microseconds of a report with its decision."""
    times: list[float] = []

    def train(trial: tb.Trial) -> float:
        for step in range(10):
            begun = process_time()
            try:
                trial.report(1.0 / (1 + step) + trial["x"], step)
            finally:
                times.append(process_time() - begun)
        return float(trial["x"])

    problem = tb.Problem(train, tb.Space(x=tb.Float(0, 1)))
    tb.tune(problem, backend="sklearn:random", pruner=pruner, n_trials=1000, seed=0)
    return 1e6 * median(times)


def start() -> float:
    """Return the milliseconds of a study of two empty trials in two processes."""
    problem = tb.Problem(lambda trial: 1.0, tb.Space(x=tb.Float(0, 1)))
    tb.tune(problem, backend="sklearn:random", n_trials=2, seed=0)
    begun = _used()
    tb.tune(problem, backend="sklearn:random", n_trials=2, seed=0, n_jobs=2)
    return 1e3 * (_used() - begun)


def _used() -> float:
    found = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in found)


def measured_apart(part: str, checkout: Path, compiled: str) -> float:
    """Return what a process measures that finds tunebridge in a checkout.

    Args:
        part: What is measured.
        checkout: Whose tunebridge it is.
        compiled: A folder for compiled modules; the first process that finds none there is not to count.
    """
    paths = os.pathsep.join(map(str, (checkout, checkout / "plugins")))
    command = [sys.executable, "-P", str(Path(__file__).resolve()), f"--side={part}"]
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(said.stdout.split()[-1])


def main() -> None:
    """Measure in turn, and print medians and ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", type=Path, help="another checkout")
    parser.add_argument("--parts", default=",".join(PARTS), help="what to measure, with commas between")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--side", choices=PARTS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        ways = {"grid": grid, "start": start}
        print(ways[arguments.side]() if arguments.side in ways else report(arguments.side))
        return
    if arguments.against is None:
        parser.error("name another checkout: --against FOLDER")
    other = arguments.against.resolve()
    with TemporaryDirectory() as compiled:
        Console().print(measured(arguments.parts.split(","), other, arguments.repeats, compiled))


def measured(parts: list[str], other: Path, repeats: int, compiled: str) -> Table:
    """Return medians and ratios; the first pair of each part is left out."""
    table = Table("what", "unit", "now", "the other checkout", "ratio")
    for part in parts:
        sides = [[measured_apart(part, one, compiled) for one in (HERE, other)] for _ in range(repeats + 1)]
        pairs = sides[1:]
        mine, theirs = (median(side) for side in zip(*pairs, strict=True))
        ratio = median(one / two for one, two in pairs)
        table.add_row(part, PARTS[part], f"{mine:.1f}", f"{theirs:.1f}", f"{ratio:.2f}")
    return table


if __name__ == "__main__":
    main()
