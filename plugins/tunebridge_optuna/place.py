"""Where studies lie, as a store needs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from optuna.storages import BaseStorage

from tunebridge import Damage
from tunebridge_optuna.locks import WriterLock
from tunebridge_optuna.memberships import Membership
from tunebridge_optuna.news import Natives
from tunebridge_optuna.rows import Rows


class Place(Protocol):
    """Where studies lie: a database or a file."""

    url: str
    """Its URL."""

    def reading(self) -> BaseStorage | None:
        """Return Optuna's way to what is there, without making anything; None if there is nothing."""

    def lock(self, study: str) -> WriterLock:
        """Return the lock of a study's writer."""

    def membership(self, study: str, writer: str, silence: float) -> Membership:
        """Return the part that a writer is to have in a study."""

    def natives(self, part: Membership) -> Natives:
        """Return the way for a writer to see what has changed of trials; the place is open for writing."""

    def writing(self, lock: WriterLock) -> BaseStorage:
        """Make the place if there is none, and return Optuna's way to write to it; the lock is taken."""

    def rows(self, part: Membership | None) -> Rows:
        """Return the way for a writer to write trials, of one study; the place is open for writing."""

    def names(self) -> list[str]:
        """Return the names of all studies, whatever else can be read of them."""

    def texts(self, study_id: int) -> Iterable[tuple[str, Any]]:
        """Return the attributes of a study as JSON, where Optuna cannot read one of them."""

    def damage(self) -> list[Damage]:
        """Return what the place itself shows to be missing; any study may be concerned."""

    def lost(self) -> list[str]:
        """Return the names of studies that are known to be there, and of which nothing can be read."""

    def check(self) -> None:
        """Raise unless it still is what was opened to be written to."""

    def close(self) -> None:
        """Release what is held."""
