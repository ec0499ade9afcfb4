"""Commands about stored studies: studies, show and dashboard."""

from __future__ import annotations

import socket
from contextlib import suppress

import click

from tunebridge.cli import arguments
from tunebridge.errors import ProblemError, UnsupportedError


@click.command
@arguments.url
@click.option("--cells", is_flag=True, help="List the cells of comparisons, too.")
def studies(url: str, cells: bool) -> None:
    """List the studies of a store, with their best values."""
    from rich.console import Console

    from tunebridge.cli.tables import studies_table
    from tunebridge.comparison.loading import cell_names
    from tunebridge.stores.loading import opened

    console = Console()
    with opened(url) as store:
        names = store.studies()
        hidden = set() if cells else cell_names(store)
        if names:
            console.print(studies_table(store, [name for name in names if name not in hidden]))
        else:
            console.print("this store holds no study")
    if hidden:
        console.print(f"{len(hidden)} cells of comparisons: --cells", style="dim")


@click.command
@arguments.url
@arguments.study_name
@click.option("--limit", type=click.IntRange(min=1), default=10, help="The most trials in each list.")
@click.option("--errors", is_flag=True, help="Show whole tracebacks.")
def show(url: str, study: str | None, limit: int, errors: bool) -> None:
    """Show a stored study: space, best trials, failures."""
    from rich.console import Console

    from tunebridge.cli.overview import read_overview
    from tunebridge.cli.tables import overview_parts
    from tunebridge.stores.loading import opened
    from tunebridge.stores.only import only

    console = Console()
    with opened(url) as store:
        name = study or only(store.studies(), "study", "studies", nothing="check its URL", option="--study ")
        overview = read_overview(store, name)
    for part in overview_parts(console, overview, limit=limit, tracebacks=errors):
        console.print(part)


@click.command
@arguments.url
@click.option("--host", default="127.0.0.1", help="The address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, help="Its port.")
def dashboard(url: str, host: str, port: int) -> None:
    """Serve a dashboard of a store's studies until Ctrl-C."""
    from tunebridge.registry import plugins, store_url
    from tunebridge.stores.loading import opened

    spec = store_url.store_spec(url)
    if spec.dashboard is None:
        others = [other.name for other in plugins.registry().stores.values() if other.dashboard]
        hint = f"these have one: {', '.join(sorted(others))}" if others else ""
        raise UnsupportedError(f"the store {spec.name!r} has no dashboard", hint=hint)
    with opened(url):
        _check_port(host, port)
    click.echo(f"dashboard at http://{host}:{port}/ until Ctrl-C")
    with suppress(KeyboardInterrupt):
        spec.dashboard(url, host, port)


def _check_port(host: str, port: int) -> None:
    """Check that a server may listen there.

    Raises:
        ProblemError: It may not.
    """
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        reason = error.strerror or error
        raise ProblemError(f"nothing can listen at {host}:{port}: {reason}", hint="--port") from error
