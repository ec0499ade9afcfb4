"""A store: where studies are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from tunebridge.contract.events import Event, StoredStudy, TrialReported
from tunebridge.contract.spec import PluginSpec


@runtime_checkable
class Store(Protocol):
    """Studies in one place, such as a database. Only plain data goes in, and comes out."""

    def studies(self) -> list[str]:
        """Return the names of the studies that tunebridge has put here, oldest first."""

    def load(self, name: str) -> StoredStudy | None:
        """Return a study with all its trials, or None if there is none of this name.

        Raises:
            StoreError: Something that is no study of tunebridge's has this name, or the place cannot be read.
        """

    def claim(self, name: str) -> None:
        """Become the only writer of a study, which need not exist yet, until `close` or this process ends.

        This makes the place if there is none yet, and once, whoever else claims it. Reading makes nothing.

        Raises:
            StoreError: It has a live writer; the message names its host, process and begin.
        """

    def append(self, event: Event) -> None:
        """Write an event of the claimed study; when this returns, the event is durable.

        Raises:
            StoreError: It could not be written, or the claim was lost.
        """

    def close(self) -> None:
        """Give up the claim and release what is held; closing twice does nothing."""


@runtime_checkable
class Keeping(Store, Protocol):
    """A store that keeps the last state of a study's session, from which it goes on without asking again."""

    def keep(self, notes: Mapping[str, Any]) -> None:
        """Put a state in place of the one before; the claimed study has it as `StoredStudy.session`.

        Nothing is lost but time where it comes back as None, or not as it was written.

        Args:
            notes: It, as JSON; a few to some hundred kilobytes.

        Raises:
            StoreError: It could not be written, or the claim was lost.
        """


@runtime_checkable
class Grouping(Store, Protocol):
    """A store to which several reports are little more work than one."""

    def append_reports(self, reported: Sequence[TrialReported]) -> None:
        """Write reports of open trials of the claimed study, in this order.

        All are durable when this returns. Of a process that is killed before, the store has none, or the
        first of them, or all.

        Args:
            reported: At least one.

        Raises:
            StoreError: They could not be written, or the claim was lost.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSpec(PluginSpec):
    """A store as a plugin registers it; its name is the scheme of its URLs: `sqlite`."""

    open: Callable[[str], Store]
    """Open the store of a URL, made when it is first claimed; imports the library. Raises StoreError."""
    example: str
    """A URL, for messages."""
    exists: Callable[[str], bool] = lambda url: True
    """Return whether there is something to read at a URL; nothing is made by looking."""
    file: Callable[[str], Path | None] = lambda url: None
    """Return the file that a URL names, beside which checkpoints lie; None for a store that is no file."""
    dashboard: Callable[[str, str, int], None] | None = None
    """Serve a dashboard of a URL on a host and port until interrupted; None if there is none."""
