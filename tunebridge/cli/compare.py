"""Commands about comparisons: compare and report."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from tunebridge.cli.arguments import StudyName, Url
from tunebridge.cli.options import read_seeds
from tunebridge.display.text import Text
from tunebridge.policy import OnLossy

if TYPE_CHECKING:
    from tunebridge.comparison.comparison import Comparison
    from tunebridge.registry.plugins import ChosenPruner


def compare_backends(
    targets: Annotated[
        list[str],
        typer.Argument(metavar="FILE.py:problem...", help="A Python file, and the name of its Problem."),
    ],
    backends: Annotated[
        str, typer.Option("--backends", "-b", metavar="LIST", help="optuna:tpe,sklearn:grid(points=5)")
    ],
    n_trials: Annotated[int | None, typer.Option(help="Trials of each study.")] = None,
    max_seconds: Annotated[
        float | None, typer.Option(help="Seconds of each study after which no trial is started.")
    ] = None,
    seeds: Annotated[str, typer.Option(help="How many, from 0 on; or a list: 3,5,8")] = "10",
    pruners: Annotated[
        str | None, typer.Option(metavar="LIST", help="Each with every backend: none,asha,median")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="The line that others are tested against; random search if not named.")
    ] = None,
    shared_start: Annotated[int, typer.Option(help="First points that the lines share.")] = 0,
    value: Annotated[
        float | None, typer.Option("--target", help="Value to be reached; random search's if not named.")
    ] = None,
    on_lossy: Annotated[OnLossy, typer.Option(help="What a lossy translation does.")] = "error",
    storage: Annotated[
        str | None, typer.Option(metavar="URL", help="The store that keeps it all: sqlite:///tune.db")
    ] = None,
    study: Annotated[
        str | None, typer.Option(metavar="NAME", help="The comparison's name, if it is to have one.")
    ] = None,
    n_jobs: Annotated[int | None, typer.Option(help="Studies that run at a time; -1: one per core.")] = None,
    executor: Annotated[str | None, typer.Option(help="Where studies run: processes, dask, ...")] = None,
    file: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write a page there: .html, or .md")
    ] = None,
    progress: Annotated[bool, typer.Option(help="Show how the studies go.")] = True,
) -> None:
    """Compare backends on problems, and test the difference.

    A comparison that is stored goes on.
    """
    from tunebridge.cli.problem_files import load_problems
    from tunebridge.comparison.compare import compare
    from tunebridge.comparison.plan.command import STUDY, command_line
    from tunebridge.comparison.plan.line import read_labels
    from tunebridge.registry import plugins

    _check_report(file)
    comparison = compare(
        load_problems(targets),
        backends=[plugins.backend(name, **options) for name, options in read_labels(backends)],
        n_trials=n_trials,
        max_seconds=max_seconds,
        seeds=read_seeds(seeds),
        pruners=None if pruners is None else [_read_pruner(*label) for label in read_labels(pruners)],
        reference=reference,
        shared_start=shared_start,
        target=value,
        on_lossy=on_lossy,
        storage=storage,
        study=STUDY if study is None else study,
        n_jobs=n_jobs,
        executor=executor,
        progress=progress,
        command=command_line(["tunebridge", *sys.argv[1:]]),
    )
    _show(comparison, file)


def report(
    url: Url,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Write a page there, too: .html, or .md")
    ] = None,
    study: StudyName = None,
) -> None:
    """Show what a stored comparison has found up to now."""
    from tunebridge.comparison.loading import load_comparison

    _check_report(file)
    _show(load_comparison(url, study), file)


def _check_report(file: Path | None) -> None:
    """Check that a report can be written, before anything is run for it."""
    from tunebridge.comparison.report.write import check_report

    if file is not None:
        check_report(file)


def _show(comparison: Comparison, file: Path | None) -> None:
    """Print a comparison, and write its report if there is a file for it."""
    console = Console()
    console.print(comparison)
    if file is not None:
        console.print(Text(f"report: {comparison.report(file)}"), soft_wrap=True)


def _read_pruner(name: str, options: Mapping[str, Any]) -> ChosenPruner | None:
    from tunebridge.registry import plugins

    return None if name == "none" else plugins.pruner(name, **options)
