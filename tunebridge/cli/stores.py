"""Commands about stored studies: studies, show and dashboard."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console

from tunebridge.cli.arguments import StudyName, Url
from tunebridge.display.text import Text
from tunebridge.errors import ProblemError, StoreError, UnsupportedError

MAX_NAMED = 5
"""The most studies that a hint names."""


def studies(
    url: Url,
    cells: Annotated[bool, typer.Option("--cells", help="List the cells of comparisons, too.")] = False,
) -> None:
    """List the studies of a store, with their best values."""
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


def show(
    url: Url,
    study: StudyName = None,
    limit: Annotated[int, typer.Option(min=1, help="The most trials in each list.")] = 10,
    errors: Annotated[bool, typer.Option("--errors", help="Show whole tracebacks.")] = False,
) -> None:
    """Show a stored study: space, best trials, failures."""
    from tunebridge.cli.overview import read_overview
    from tunebridge.cli.tables import overview_parts
    from tunebridge.stores.loading import opened

    console = Console()
    with opened(url) as store:
        overview = read_overview(store, study or _only(store.studies()))
    for part in overview_parts(console, overview, limit=limit, tracebacks=errors):
        console.print(part)


def dashboard(
    url: Url,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port.")] = 8080,
) -> None:
    """Serve a dashboard of a store's studies until Ctrl-C."""
    from tunebridge.registry import plugins
    from tunebridge.stores.loading import opened

    spec = plugins.store_spec(url)
    if spec.dashboard is None:
        others = [other.name for other in plugins.registry().stores.values() if other.dashboard]
        hint = f"these have one: {', '.join(sorted(others))}" if others else ""
        raise UnsupportedError(f"the store {spec.name!r} has no dashboard", hint=hint)
    with opened(url):
        _check_port(host, port)
    Console().print(Text(f"dashboard at http://{host}:{port}/ until Ctrl-C"), soft_wrap=True)
    with suppress(KeyboardInterrupt):
        spec.dashboard(url, host, port)


def _only(names: Sequence[str]) -> str:
    """Return the name of the only study.

    Raises:
        StoreError: There is none, or there are several.
    """
    if len(names) == 1:
        return names[0]
    if not names:
        raise StoreError("this store holds no study", hint="check its URL")
    shown = [*map(repr, names[:MAX_NAMED]), *(["..."] if len(names) > MAX_NAMED else [])]
    raise StoreError(f"this store holds {len(names)} studies", hint=f"name one: --study {' | '.join(shown)}")


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
