"""The number of a study's format: it is raised before what earlier versions do not see is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.contract.events import (
    Event,
    SegmentBegan,
    StudyCreated,
    TrialBegan,
    TrialCheckpointed,
    TrialEnded,
    TrialReported,
)
from tunebridge.contract.store import Store
from tunebridge.contract.upgrading import Upgrading
from tunebridge.stores.format import FORMAT, PLAIN, UNSEEN


def format_of(notes: Mapping[str, Any]) -> int:
    """Return the number of a new study with these notes."""
    return FORMAT if _is_unseen(notes) else PLAIN


def needs_upgrade(event: Event) -> bool:
    """Return whether an earlier tunebridge would not see what an event says, of a study that is there."""
    match event:
        case SegmentBegan() | TrialCheckpointed():
            return _is_unseen(event.notes)
        case TrialBegan() | TrialEnded():
            return _is_unseen(event.trial.notes)
        case StudyCreated() | TrialReported():
            return False


def upgrade(store: Store) -> None:
    """Raise the number of the claimed study, if the store can; an earlier tunebridge refuses it from then on.

    A process that is killed right after this leaves a study that has the number, and nothing that needs it.

    Raises:
        StoreError: It could not be written, or the claim was lost.
    """
    if isinstance(store, Upgrading):
        store.upgrade(FORMAT)


def _is_unseen(notes: Mapping[str, Any]) -> bool:
    return any(name in notes for name in UNSEEN)
