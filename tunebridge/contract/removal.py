"""Stores from which something can be taken: a whole study, or trials out of all that learns from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from tunebridge.contract.store import Store


@runtime_checkable
class Amending(Store, Protocol):
    """A store that takes in what is said of a study's trials after they have ended."""

    def amend(self, notes: Mapping[str, Any]) -> None:
        """Add notes to the claimed study; `StoredStudy.amendments` has all of them, in order.

        Args:
            notes: Such as which trials are excluded, and why, as JSON.

        Raises:
            StoreError: They could not be written, or the claim was lost.
        """


@runtime_checkable
class Deleting(Store, Protocol):
    """A store from which a study can be removed."""

    def delete(self, name: str) -> None:
        """Remove a study with all its trials, damaged ones too: all of it, or nothing if this process dies.

        Nothing is claimed by this store, before or after. Of the name there is no study then, and another one
        may be made.

        Raises:
            StoreError: There is no such study, it has a live writer, whom the message names, something that
                is no study of tunebridge's has this name, or it could not be removed.
        """
