"""Studies that belong to a comparison: what is done to one of them is done to all."""

from __future__ import annotations

from tunebridge.comparison.loading import comparison_names, is_comparison
from tunebridge.comparison.run.run_cells import NAME
from tunebridge.contract.events import StoredStudy
from tunebridge.contract.store import Store
from tunebridge.errors import StoreError


def check_no_comparison(known: StoredStudy) -> None:
    """Check that a study's trials are trials, and no cells.

    Raises:
        StoreError: It is a comparison.
    """
    if known.segments and known.segments[-1]["backend"] == NAME:
        raise StoreError(
            f"{known.name!r} is a comparison, and its trials are its cells, each a study of its own",
            hint="name a cell: `tunebridge studies URL --cells` lists them",
        )


def cells_of(store: Store, name: str) -> list[str]:
    """Return the names of the cells of a study, in order; none if it is no comparison."""
    found = [one for one in store.studies() if one.startswith(f"{name}/")]
    return found if found and is_comparison(store, name) else []


def comparison_of(store: Store, name: str) -> str | None:
    """Return the comparison that a study is a cell of, or None."""
    return next((one for one in comparison_names(store) if name.startswith(f"{one}/")), None)
