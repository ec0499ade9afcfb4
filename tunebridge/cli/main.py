"""The application, and its entry point."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping
from io import TextIOWrapper

import typer
from rich.console import Console

from tunebridge.cli.backends import backends, explain
from tunebridge.cli.compare import compare_backends, report
from tunebridge.cli.run import run
from tunebridge.cli.stores import dashboard, show, studies
from tunebridge.display.printable import printable
from tunebridge.display.text import Text
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
    rich_markup_mode=None,  # what rich needs for a page of help takes longer to load than all the rest
)
for name, command in COMMANDS.items():
    app.command(name)(command)


def main() -> None:
    """Run the command line; a TunebridgeError becomes a message, any other a traceback; exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name may have letters that the terminal's encoding lacks
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except TunebridgeError as error:
        Console(stderr=True).print(Text(f"{type(error).__name__}: {error}", style="red"))
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the file of a problem may raise anything
        sys.stderr.write(printable("".join(traceback.format_exception(error))))
        sys.exit(1)
