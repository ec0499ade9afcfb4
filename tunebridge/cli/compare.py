"""The command that compares."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

import tunebridge as tb
from tunebridge.cli import arguments
from tunebridge.cli.options import read_executor, read_seeds
from tunebridge.display.printable import printable
from tunebridge.policy import OnLossy


@click.command
@click.argument(
    "targets",
    nargs=-1,
    required=True,
    metavar="FILE.py:problem...",
    help="A Python file, and the name of its Problem.",
)
@click.option("--backends", "-b", metavar="LIST", required=True, help="optuna:tpe,sklearn:grid(points=5)")
@click.option("--n-trials", type=int, help="Trials of each study.")
@click.option("--max-seconds", type=float, help="Seconds of each study after which no trial is started.")
@click.option("--seeds", metavar="LIST", default="10", help="How many, from 0 on; or a list: 3,5,8")
@click.option("--pruners", metavar="LIST", help="Each with every backend: none,asha,median")
@click.option(
    "--reference",
    metavar="LINE",
    help="The line that others are tested against; random search if not named.",
)
@click.option("--shared-start", type=int, default=0, help="First points that the lines share.")
@click.option("--target", type=float, help="Value to be reached; random search's if not named.")
@arguments.choice("--on-lossy", OnLossy, "What a lossy translation does.")
@click.option("--storage", metavar="URL", help="The store that keeps it all: sqlite:///tune.db")
@click.option("--study", metavar="NAME", help="The comparison's name, if it is to have one.")
@click.option("--n-jobs", type=int, help="Studies that run at a time; -1: one per core.")
@click.option("--executor", metavar="NAME", help="Where studies run: processes, dask, ...")
@click.option("--devices", metavar="LIST", help="One for each slot, the others hidden: cuda:0,cuda:1")
@arguments.report_file
@click.option("--progress/--no-progress", default=True, help="Show how the studies go.")
def compare(
    targets: Sequence[str],
    backends: str,
    seeds: str,
    pruners: str | None,
    study: str | None,
    executor: str | None,
    devices: str | None,
    file: Path | None,
    **settings: Any,
) -> None:
    """Compare backends on problems, and test the difference.

    A comparison that is stored goes on.
    """
    from tunebridge.cli.problem_files import load_problems
    from tunebridge.comparison.plan.command import STUDY, command_line
    from tunebridge.registry.labels import read_labels

    _check_report(file)
    comparison = tb.compare(
        load_problems(targets),
        backends=[tb.backend(name, **options) for name, options in read_labels(backends)],
        seeds=read_seeds(seeds),
        pruners=None if pruners is None else [_read_pruner(*label) for label in read_labels(pruners)],
        study=STUDY if study is None else study,
        executor=read_executor(executor, devices),
        command=command_line(["tunebridge", *sys.argv[1:]]),
        **settings,
    )
    show_comparison(comparison, file)


def _check_report(file: Path | None) -> None:
    """Check that a report can be written, before anything is run for it."""
    from tunebridge.comparison.report.write import check_report

    if file is not None:
        check_report(file)


def show_comparison(comparison: tb.Comparison, file: Path | None) -> None:
    """Print a comparison, and write its report if there is a file for it."""
    from rich.console import Console

    Console().print(comparison)
    if file is not None:
        click.echo(f"report: {printable(str(comparison.report(file)))}")


def _read_pruner(name: str, options: Mapping[str, Any]) -> tb.ChosenPruner | None:
    return None if name == "none" else tb.pruner(name, **options)
