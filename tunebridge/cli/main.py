"""The application, and its entry point."""

from __future__ import annotations

import sys
import traceback
from io import TextIOWrapper
from pathlib import Path

import click

from tunebridge.cli.backends import backends, explain
from tunebridge.cli.compare import compare
from tunebridge.cli.confirm import confirm
from tunebridge.cli.convert import convert
from tunebridge.cli.removal import clean, delete, exclude, include
from tunebridge.cli.report import report
from tunebridge.cli.run import run
from tunebridge.cli.stores import dashboard, show, studies
from tunebridge.cli.wording import named, placed, worded
from tunebridge.display.printable import printable
from tunebridge.errors import TunebridgeError

WAYS_IN = (str(Path(click.__file__).parent), str(Path(__file__).parent), "<frozen importlib")
"""Where those files begin whose frames say nothing of what went wrong in a user's file."""

COMMANDS = (
    backends,
    explain,
    convert,
    run,
    compare,
    confirm,
    report,
    studies,
    show,
    exclude,
    include,
    delete,
    clean,
    dashboard,
)
"""In the order in which they are listed."""


class Listed(click.Group):
    """A group that lists its commands in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what an error advises is said in the words of its options."""
        try:
            return super().invoke(ctx)
        except TunebridgeError as error:
            command = self.commands[str(ctx.invoked_subcommand)]
            raise worded(error, command.params).with_traceback(error.__traceback__) from error.__cause__
        except click.NoSuchOption as error:
            command = self.commands[str(ctx.invoked_subcommand)]
            raise placed(error, command.params) from None
        except click.UsageError as error:
            if type(error) is not click.UsageError or ctx.invoked_subcommand is None:
                raise
            raise named(error, self.commands[ctx.invoked_subcommand].params) from None


app = Listed(
    name="tunebridge",
    commands=COMMANDS,
    no_args_is_help=True,
    context_settings={"show_default": True, "help_option_names": ["-h", "--help"]},
    help="Describe a space and an objective once; tune on any backend by name.",
)

click.version_option(package_name="tunebridge")(app)


def main() -> None:
    """Run the command line; a TunebridgeError becomes a message, any other a traceback; exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name may have letters that the terminal's encoding lacks
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="tunebridge")
    except TunebridgeError as error:
        _print_error(error)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the file of a problem may raise anything
        sys.stderr.write(printable("".join(traceback.format_exception(_begun_by_the_user(error)))))
        sys.exit(1)


def _begun_by_the_user(error: Exception) -> Exception:
    """Return an error without the frames in which the command line reads its words and imports a file."""
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename.startswith(WAYS_IN):
        frame = frame.tb_next
    return error.with_traceback(frame)


def _print_error(error: TunebridgeError) -> None:
    from rich.console import Console

    from tunebridge.display.text import Text

    Console(stderr=True).print(Text(f"{type(error).__name__}: {error}", style="red"))
