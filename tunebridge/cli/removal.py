"""Commands that take something out of stored studies: exclude and include, delete and clean."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

import tunebridge as tb
from tunebridge.cli import arguments
from tunebridge.cli.confirm import only_study
from tunebridge.display.counted import counted, listed
from tunebridge.display.printable import one_line, printable
from tunebridge.display.sized import sized
from tunebridge.errors import ProblemError


def trial_number(text: str) -> int:
    """Return the number of a trial; several stand one after another."""
    if text.isdecimal():
        return int(text)
    numbers = [one.strip() for one in text.split(",")]
    if all(one.isdecimal() for one in numbers):
        meant = f"write several one after another: {' '.join(numbers)}"
    else:
        meant = "write several one after another: 7 12; a study is named by --study NAME"
    raise click.BadParameter(f"{text!r} is no number of a trial; {meant}")


trials = click.argument("trials", metavar="TRIAL...", type=trial_number, nargs=-1, required=True)
checkpoints = click.option(
    "--checkpoints",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where checkpoints lie; beside the store's file when left out.",
)
copies = click.option(
    "--copies", is_flag=True, help="With those that got their values, or went on from their checkpoints."
)
yes = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


@click.command
@arguments.url
@trials
@arguments.study_name
@click.option("--reason", "-r", required=True, metavar="WORDS", help="Why; it is shown beside the trials.")
@copies
def exclude(url: str, trials: Sequence[int], study: str | None, reason: str, copies: bool) -> None:
    """Exclude trials of a stored study: they stay there, and nothing is learned from them."""
    name = study or only_study(url)
    done = tb.exclude(url, name, trials, reason=reason, copies=copies)
    if done:
        click.echo(
            f"excluded {listed('trial', done)} of {printable(name)}: told to no sampler and no pruner from "
            "now on, and never best; to take it back: tunebridge include"
        )


@click.command
@arguments.url
@trials
@arguments.study_name
@copies
def include(url: str, trials: Sequence[int], study: str | None, copies: bool) -> None:
    """Take back that trials of a stored study are excluded."""
    name = study or only_study(url)
    done = tb.include(url, name, trials, copies=copies)
    if done:
        click.echo(f"included {listed('trial', done)} of {printable(name)} again")


@click.command
@arguments.url
@click.option("--study", "-s", metavar="NAME", required=True, help="A study, or a comparison with its cells.")
@checkpoints
@yes
def delete(url: str, study: str, checkpoints: Path | None, yes: bool) -> None:
    """Delete a stored study with its trials and their checkpoints, after saying what will go."""
    from tunebridge.removal.delete import to_delete
    from tunebridge.stores.loading import opened

    with opened(url) as store:
        found = to_delete(store, url, study, checkpoints)
    for one in found:
        click.echo(one_line(_said(one)))
    if any(one.is_elsewhere for one in found):
        click.echo(
            "checkpoints were written, and none are here: name their folder with --checkpoints, or they stay"
        )
    total = sum(one.n_trials for one in found)
    studies = "1 study" if len(found) == 1 else f"{len(found):,} studies"
    what = f"{studies} with {counted(total, 'trial')}"
    if _agreed(f"delete {what}? This cannot be undone", yes):
        tb.delete_study(url, study, checkpoints=checkpoints)
        click.echo(f"deleted {what}, {sized(sum(one.size for one in found))} of checkpoints")


@click.command
@arguments.url
@arguments.study_name
@checkpoints
@yes
def clean(url: str, study: str | None, checkpoints: Path | None, yes: bool) -> None:
    """Remove checkpoints that nothing can need, after listing them."""
    found = tb.clean(url, study=study, checkpoints=checkpoints, dry_run=True)
    if not found:
        click.echo("there is no checkpoint that nothing can need")
        return
    for one in found:
        click.echo(one_line(f"{sized(one.size):>8}  {one.path}: {one.reason}"))
    what = f"{counted(len(found), 'folder')}, {sized(sum(one.size for one in found))}"
    if _agreed(f"remove {what}?", yes):
        done = tb.clean(url, study=study, checkpoints=checkpoints)
        click.echo(f"removed {counted(len(done), 'folder')}, {sized(sum(one.size for one in done))}")


def _said(one: tb.DeletedStudy) -> str:
    """Return what goes with a study."""
    where = "" if one.checkpoints is None else f", {sized(one.size)} of checkpoints in {one.checkpoints}"
    return f"{one.name}: {counted(one.n_trials, 'trial')}{where}"


def _agreed(question: str, yes: bool) -> bool:
    """Return whether the user wants it.

    Raises:
        ProblemError: There is nobody to ask.
    """
    if yes:
        return True
    if not _is_asked():
        raise ProblemError(
            "there is no terminal to ask at, so nothing was removed", hint="say it beforehand: --yes"
        )
    if click.confirm(question):
        return True
    click.echo("nothing was removed")
    return False


def _is_asked() -> bool:
    """Return whether there is somebody to ask."""
    return sys.stdin.isatty()
