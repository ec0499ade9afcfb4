"""Commands about backends: backends and explain."""

from __future__ import annotations

from collections.abc import Sequence

import click

import tunebridge as tb
from tunebridge.cli import arguments
from tunebridge.cli.options import read_backend, read_options


@click.command
def backends() -> None:
    """List every backend: what it can do, its options, its version; and every observer.

    For one that is not installed, the command that installs it.
    """
    from tunebridge.cli.backend_table import print_backends

    print_backends()


@click.command
@arguments.target
@arguments.backend_name
@arguments.options
@click.option("--join", is_flag=True, help="Say what it means that processes share a study.")
@click.option(
    "--limits", is_flag=True, help="Say how the backend hears of limits, as for a problem with them."
)
@click.option("--explore", is_flag=True, help="Say how it moves params of copies, in a population.")
def explain(
    target: str, backend: str | None, option: Sequence[str], join: bool, limits: bool, explore: bool
) -> None:
    """Show what becomes of a space on a backend."""
    from rich.console import Console

    from tunebridge.cli.problem_files import load_problem
    from tunebridge.study.default_backend import default_backend

    if backend:
        chosen = read_backend(backend, option)
    else:
        chosen = tb.backend(default_backend(asks_others=True), **read_options(option))
    problem = load_problem(target)
    translation = tb.explain(
        problem.space,
        chosen,
        join=join,
        limits=limits or bool(problem.limits),
        explore=explore,
        directions=problem.directions,
    )
    Console().print(translation)
