"""Arguments that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click

from tunebridge.errors import ProblemError

target = click.argument(
    "target", metavar="FILE.py:problem", help="A Python file, and the name of its Problem."
)

backend_name = click.option(
    "--backend",
    "-b",
    metavar="NAME",
    help="library or library:sampler, with options: 'optuna:tpe(group=True)'; when left out, the one that "
    "proposed last, or auto, or optuna:tpe where auto has no two members.",
)

options = click.option(
    "--option", "-o", metavar="NAME=VALUE", multiple=True, help="An option of the backend; repeatable."
)

url = click.argument("url", metavar="URL", help="A store: sqlite:///tune.db, journal:///tune.log")

report_file = click.option(
    "--report",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a page there: .html, or .md",
)

observers = click.option(
    "--observer",
    "observers",
    multiple=True,
    metavar="NAME",
    help="What follows the study: 'mlflow(experiment=\"svm\")', tensorboard, ...; repeatable.",
)

study_name = click.option("--study", "-s", metavar="NAME", help="May be left out if there is one.")


def choice(name: str, kind: Any, words: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """Return an option whose values are those of a Literal; the first is the default."""
    values = get_args(kind)
    return click.option(name, type=click.Choice(values), default=values[0], help=words)


def check_order(command: str, url: str, other: str, thing: str) -> None:
    """Check that a store stands before what is given beside it.

    Raises:
        ProblemError: It stands behind it.
    """
    if "://" in other and "://" not in url:
        raise ProblemError(
            f"the store and the {thing} have changed places",
            hint=f"the store comes first: tunebridge {command} {other} {url}",
        )
