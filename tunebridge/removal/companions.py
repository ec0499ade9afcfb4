"""Studies that belong to another one: the cells of a comparison, and confirmations."""

from __future__ import annotations

import re

from tunebridge.comparison.loading import comparison_names, is_comparison
from tunebridge.comparison.run.run_cells import NAME as COMPARISON
from tunebridge.confirmation.loading import SUFFIX, is_confirmation
from tunebridge.confirmation.session import NAME as CONFIRMATION
from tunebridge.contract.events import StoredStudy
from tunebridge.contract.store import Store
from tunebridge.errors import StoreError

NO_TRIALS = {
    COMPARISON: (
        "a comparison, and its trials are its cells, each a study of its own",
        "name a cell: `tunebridge studies URL --cells` lists them",
    ),
    CONFIRMATION: (
        "a confirmation, and its trials are repeats, which are judged side by side",
        "exclude the trial of the study that is confirmed; or confirm again under another name",
    ),
}
"""What studies are whose trials cannot be taken out, by who proposed them, and what to do instead."""


def check_single(known: StoredStudy) -> None:
    """Check that a study's trials stand for themselves.

    Raises:
        StoreError: They are the cells of a comparison, or the repeats of a confirmation.
    """
    backend = known.segments[-1]["backend"] if known.segments else ""
    if backend in NO_TRIALS:
        what, hint = NO_TRIALS[backend]
        raise StoreError(f"{known.name!r} is {what}", hint=hint)


def companions_of(store: Store, name: str) -> list[str]:
    """Return the names of what goes with a study: of a comparison its cells, of any other its confirmations.

    Of these, only those under the name that they get by themselves.
    """
    begun = [one for one in store.studies() if one.startswith(f"{name}/")]
    if begun and is_comparison(store, name):
        return begun
    usual = re.compile(rf"{re.escape(name + SUFFIX)}(@\d+)?")
    return [one for one in begun if usual.fullmatch(one) and is_confirmation(store, one, of=name)]


def comparison_of(store: Store, name: str) -> str | None:
    """Return the comparison that a study is a cell of, or None."""
    return next((one for one in comparison_names(store) if name.startswith(f"{one}/")), None)
