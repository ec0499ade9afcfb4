"""Stores in which a study can say that an earlier tunebridge would misread it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from tunebridge.contract.store import Store


@runtime_checkable
class Upgrading(Store, Protocol):
    """A store in which the number of a study's format can be raised after it was made."""

    def upgrade(self, number: int) -> None:
        """Put a higher number in place of `notes["format"]` of the claimed study, and change nothing else.

        If this process dies meanwhile, the study has the old number or the new one. Where it has this number
        already, or a higher one, nothing happens.

        Raises:
            StoreError: It could not be written, or the claim was lost.
        """
