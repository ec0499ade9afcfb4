"""The command that confirms the winner of a stored study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

import tunebridge as tb
from tunebridge.cli import arguments
from tunebridge.cli.options import read_executor, read_observers, read_seeds
from tunebridge.display.printable import printable
from tunebridge.policy import OnObjectiveChange


@click.command
@arguments.url
@arguments.target
@arguments.study_name
@click.option("--top", type=int, default=5, help="How many of the best trials run again.")
@click.option("--seeds", metavar="LIST", default="10", help="How many, from 0 on; or a list: 3,5,8")
@click.option("--name", metavar="NAME", help="The confirmation's name  [default: STUDY/confirmed]")
@click.option("--n-jobs", type=int, help="Repeats that run at a time; -1: one per core.")
@click.option(
    "--executor", metavar="NAME", help="Where repeats run: processes, \"dask(address='tcp://...')\", ..."
)
@click.option("--devices", metavar="LIST", help="One for each slot, the others hidden: cuda:0,cuda:1")
@arguments.choice(
    "--on-objective-change",
    OnObjectiveChange,
    "What becomes of a stored confirmation whose objective computes something else.",
)
@arguments.observers
@arguments.report_file
@click.option("--progress/--no-progress", default=True, help="Show how it goes.")
def confirm(
    url: str,
    target: str,
    study: str | None,
    seeds: str,
    name: str | None,
    file: Path | None,
    executor: str | None,
    devices: str | None,
    observers: Sequence[str],
    **settings: Any,
) -> None:
    """Run the best trials of a stored study again with fresh seeds, and say which one wins.

    All is kept in the same store, and the same command goes on.
    """
    from rich.console import Console

    from tunebridge.cli.problem_files import load_problem
    from tunebridge.pages.writing import check_page

    if file is not None:
        check_page(file)
    arguments.check_order("confirm", url, target, "problem")
    problem = load_problem(target)
    result = tb.load_study(url, study or only_study(url), problem=problem)
    found = tb.confirm(
        result,
        storage=url,
        study=name,
        seeds=read_seeds(seeds),
        executor=read_executor(executor, devices),
        observers=read_observers(observers),
        **settings,
    )
    Console().print(found)
    if file is not None:
        click.echo(f"report: {printable(str(found.report(result, file)))}")


def only_study(url: str) -> str:
    """Return the only study of a store that is no confirmation.

    Raises:
        StoreError: There is none, or there are several.
    """
    from tunebridge.confirmation.loading import is_confirmation
    from tunebridge.stores.loading import opened
    from tunebridge.stores.only import only

    with opened(url) as store:
        names = [name for name in store.studies() if not is_confirmation(store, name)]
    return only(names, "study", "studies", nothing="check its URL", option="--study ")
