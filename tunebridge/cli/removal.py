"""Commands that take something out of stored studies: exclude and include."""

from __future__ import annotations

from collections.abc import Sequence

import click

import tunebridge as tb
from tunebridge.cli import arguments
from tunebridge.display.counted import listed
from tunebridge.display.printable import printable

trials = click.argument("trials", metavar="TRIAL...", type=click.IntRange(min=0), nargs=-1, required=True)


@click.command
@arguments.url
@trials
@arguments.study_name
@click.option("--reason", "-r", required=True, metavar="WORDS", help="Why; it is shown beside the trials.")
def exclude(url: str, trials: Sequence[int], study: str | None, reason: str) -> None:
    """Exclude trials of a stored study: they stay there, and nothing is learned from them."""
    name = study or _only(url)
    done = tb.exclude(url, name, trials, reason=reason)
    if done:
        click.echo(
            f"excluded {listed('trial', done)} of {printable(name)}: told to no sampler and no pruner from "
            "now on, and never best; to take it back: tunebridge include"
        )


@click.command
@arguments.url
@trials
@arguments.study_name
def include(url: str, trials: Sequence[int], study: str | None) -> None:
    """Take back that trials of a stored study are excluded."""
    name = study or _only(url)
    done = tb.include(url, name, trials)
    if done:
        click.echo(f"included {listed('trial', done)} of {printable(name)} again")


def _only(url: str) -> str:
    """Return the only study of a store."""
    from tunebridge.stores.loading import opened
    from tunebridge.stores.only import only

    with opened(url) as store:
        return only(store.studies(), "study", "studies", nothing="check its URL", option="--study ")
