"""The command that shows what a stored study or comparison has found, and writes its page."""

from __future__ import annotations

from pathlib import Path

import click

import tunebridge as tb
from tunebridge.cli import arguments
from tunebridge.cli.compare import show_comparison
from tunebridge.cli.run import write_page
from tunebridge.contract.store import Store
from tunebridge.display.printable import printable


@click.command
@arguments.url
@click.argument(
    "page",
    required=False,
    metavar="[FILE]",
    help="Write a page there, too: .html, or .md",
)
@arguments.study_name
def report(url: str, page: str | None, study: str | None) -> None:
    """Show what a stored study or comparison has found up to now."""
    from tunebridge.comparison.loading import is_comparison
    from tunebridge.confirmation.loading import confirmation_of
    from tunebridge.pages.writing import check_page
    from tunebridge.stores.loading import opened

    arguments.check_order("report", url, page or "", "page")
    file = None if page is None else Path(page)
    if file is not None:
        check_page(file)
    with opened(url) as store:
        name = study or _only(store)
        if not is_comparison(store, name):
            confirmed = confirmation_of(store, name)
            _show_study(store, name, None if confirmed else file)
            if confirmed:
                _show_confirmation(store, confirmed, file)
            return
    show_comparison(tb.load_comparison(url, name), file)


def _only(store: Store) -> str:
    """Return the only thing that there is to report of; one with its cells, or with what confirms it.

    Raises:
        StoreError: There is none, or there are several.
    """
    from tunebridge.comparison.loading import cell_names, comparison_names
    from tunebridge.confirmation.loading import is_confirmation
    from tunebridge.stores.only import only

    comparisons, hidden = comparison_names(store), cell_names(store)
    hidden |= {name for name in store.studies() if is_confirmation(store, name)}
    names = [
        name for name in store.studies() if name not in hidden and name.rpartition("@")[0] not in comparisons
    ]
    several = "studies and comparisons" if comparisons else "studies"
    return only(names, "study", several, nothing="check its URL", option="--study ")


def _show_study(store: Store, name: str, file: Path | None) -> None:
    """Print a study, and write its page if there is a file for it."""
    from rich.console import Console

    from tunebridge.cli.overview import read_overview
    from tunebridge.cli.tables import overview_parts

    console = Console()
    overview = read_overview(store, name)
    for part in overview_parts(console, overview, limit=10, tracebacks=False):
        console.print(part)
    write_page(overview.result, file)


def _show_confirmation(store: Store, name: str, file: Path | None) -> None:
    """Print what confirms a study, and write the study's page with it if there is a file for it."""
    from rich.console import Console

    from tunebridge.confirmation.loading import read

    found = read(store, name)
    Console().print(found)
    if file is not None:
        result = tb.load_study(store, found.study)
        click.echo(f"report: {printable(str(found.report(result, file)))}")
