"""The application, and its entry point."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import typer
from rich.console import Console
from rich.text import Text

from tunebridge.cli.backends import backends, explain
from tunebridge.cli.comparing import compare_backends, report
from tunebridge.cli.running import run
from tunebridge.cli.stores import dashboard, show, studies
from tunebridge.errors import TunebridgeError

COMMANDS: Mapping[str, Callable[..., None]] = {
    "backends": backends,
    "explain": explain,
    "run": run,
    "compare": compare_backends,
    "report": report,
    "studies": studies,
    "show": show,
    "dashboard": dashboard,
}
"""The commands by name, in the order in which they are listed."""

app = typer.Typer(
    help="Describe a space and an objective once; tune on any backend by name.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for name, command in COMMANDS.items():
    app.command(name)(command)


def main() -> None:
    """Run the command line; a TunebridgeError becomes a message and exit status 1."""
    try:
        app()
    except TunebridgeError as error:
        Console(stderr=True).print(Text(f"{type(error).__name__}: {error}", style="red"))
        sys.exit(1)
