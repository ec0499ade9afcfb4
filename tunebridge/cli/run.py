"""The command that tunes a problem."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

import tunebridge as tb
from tunebridge.cli import arguments
from tunebridge.cli.options import (
    read_backend,
    read_executor,
    read_grow,
    read_observers,
    read_options,
    read_population,
    read_pruner,
)
from tunebridge.display.printable import logger_of, one_line, printable
from tunebridge.policy import Interrupted, OnDuplicate, OnLossy, OnObjectiveChange, OnSpaceChange


@click.command
@arguments.target
@arguments.backend_name
@click.option("--n-trials", type=int, help="Trials of the whole study, those of earlier calls included.")
@click.option(
    "--seed", type=int, help="0 <= seed < 2**32; when left out, that of the stored study, or a fresh one."
)
@click.option("--max-seconds", type=float, help="Seconds of this call after which no trial is started.")
@arguments.choice("--on-lossy", OnLossy, "What a lossy translation does.")
@click.option("--pruner", metavar="NAME", help="What ends trials early: median, 'asha(min_resource=3)', ...")
@click.option(
    "--population", type=int, metavar="SIZE", help="Trials that train side by side, and copy the best."
)
@click.option(
    "--every", type=int, metavar="STEPS", help="Steps after which members of a population may copy."
)
@click.option("--explore", metavar="NAME", help="What moves the params of copies: perturb, or a backend.")
@click.option("--storage", metavar="URL", help="The store that keeps the study: sqlite:///tune.db")
@click.option("--checkpoints", metavar="FOLDER", help="Where checkpoints go  [default: beside the store]")
@click.option("--study", metavar="NAME", help="The study's name; the same one goes on with it.")
@click.option("--join", is_flag=True, help="Share the study with other processes that run this command.")
@arguments.choice("--interrupted", Interrupted, "What becomes of trials that were interrupted.")
@arguments.choice("--on-duplicate", OnDuplicate, "What becomes of a point that was evaluated before.")
@arguments.choice(
    "--on-space-change", OnSpaceChange, "What becomes of a stored study of another space or objective."
)
@arguments.choice(
    "--on-objective-change",
    OnObjectiveChange,
    "What becomes of a stored study whose objective computes something else.",
)
@click.option("--grow", is_flag=True, help="Go on in a space that has grown, with all trials.")
@click.option(
    "--had",
    multiple=True,
    metavar="NAME=VALUE",
    help="With --grow: what a new parameter was in the trials before; repeatable.",
)
@click.option(
    "--history",
    multiple=True,
    metavar="FILE.py:name",
    help="Trials of another study to learn from: a variable of a Python file, or a .csv; repeatable.",
)
@arguments.options
@click.option("--n-jobs", type=int, help="Trials at a time; -1: one per core.")
@click.option(
    "--executor", metavar="NAME", help="Where trials run: processes, \"dask(address='tcp://...')\", ..."
)
@click.option("--devices", metavar="LIST", help="One for each slot, the others hidden: cuda:0,cuda:1")
@arguments.observers
@arguments.report_file
@click.option("--progress/--no-progress", default=True, help="Show how the study goes.")
def run(
    target: str,
    backend: str | None,
    option: Sequence[str],
    history: Sequence[str],
    observers: Sequence[str],
    file: Path | None,
    pruner: str | None,
    population: int | None,
    every: int | None,
    explore: str | None,
    executor: str | None,
    devices: str | None,
    grow: bool,
    had: Sequence[str],
    **settings: Any,
) -> None:
    """Tune a problem on a backend, and print the best trials.

    A study that is stored goes on.
    """
    from rich.console import Console

    from tunebridge.cli.opening import Opening
    from tunebridge.cli.overview import best_first
    from tunebridge.cli.problem_files import load_history, load_problem
    from tunebridge.cli.tables import trials_table
    from tunebridge.study.default_backend import default_backend

    _check_kept(settings, file)
    console = Console()
    settings |= {
        "executor": read_executor(executor, devices),
        "pruner": read_pruner(pruner),
        "population": read_population(population, every, explore),
        "grow": read_grow(grow=grow, had=had),
        "observers": [Opening(console), *read_observers(observers)],
    }
    loaded: dict[Path, dict[str, Any]] = {}
    problem = load_problem(target, loaded)
    sources = [load_history(one, loaded) for one in history]
    newest = settings["on_space_change"] == "carry"
    if backend:
        chosen = read_backend(backend, option)
    else:
        found = default_backend(
            settings["storage"], settings["study"], seed=settings["seed"], newest=newest, asks_others=True
        )
        chosen = tb.backend(found, **read_options(option))
    # The statement of what was carried is printed by `Opening`, so it need not be logged to stderr as well.
    logger_of("tunebridge.study.resuming").setLevel(logging.ERROR)
    try:
        result = tb.tune(problem, backend=chosen, history=sources, **settings)
    except tb.StudyFailedError as error:
        write_page(error.result, file)
        raise
    console.print(trials_table(console, result, best_first(result)[:5]))
    click.echo(one_line(_ended(result, named=settings["storage"] is not None)))
    write_page(result, file)


def _check_kept(settings: Mapping[str, Any], file: Path | None) -> None:
    """Check that what is to be kept can be: a study with a name, and its page."""
    from tunebridge.pages.writing import check_page

    if settings["study"] and not settings["storage"]:
        raise tb.StoreError(
            f"nothing keeps the study {settings['study']!r}",
            hint="give --storage sqlite:///tune.db as well, or leave --study out",
        )
    if file is not None:
        check_page(file)


def write_page(result: tb.Result, file: Path | None) -> None:
    """Write the page of a study, and say where, if there is a file for it."""
    if file is not None:
        click.echo(f"report: {printable(str(result.report(file)))}")


def _ended(result: tb.Result, *, named: bool) -> str:
    """Return in one line what became of a study."""
    name = f"{result.study}: " if named else ""
    n_ended = sum(trial.state.counts for trial in result.trials)
    failed = f" ({result.failures})" if result.failures else ""
    where = f"{n_ended} trials on {result.backend}, seed {result.seed}{failed}"
    return f"{name}{where}, ended by {result.stop_reason}"
