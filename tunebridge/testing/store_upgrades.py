"""What stores promise in which the number of a study's format can be raised."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tunebridge import Store, StoredStudy, StoreError, TrialState, Upgrading
from tunebridge.testing.store_events import append, assert_same, trial, write

Open = Callable[[], Store]

LONG = 'ö"\\' * 30_000
"""More than a column of a database may hold."""


class StoreUpgrades:
    """The promises of `Upgrading`; `StoreContract` includes them."""

    @pytest.mark.parametrize("long", ["", LONG], ids=["short", "long"])
    def test_the_number_of_a_format_is_raised_and_nothing_else_changes(self, opened: Open, long: str) -> None:
        """Raise that of one of two studies, again, and try to lower it; load both by another store."""
        store, other = opened(), opened()
        if not isinstance(store, Upgrading):
            return
        notes = {"first": [0.1 + 0.2, -0.0, long], "format": 2, "last": {"b": None, "a": long}}
        beside = write(other, "beside", [], notes=notes)
        made = write(store, "study", [], notes=notes)
        for asked in (3, 3, 2):
            store.upgrade(asked)
            assert_same(opened().load("study"), _numbered(made, 3))
        ended = trial(0, TrialState.COMPLETE, values=(1.0,))
        append(store, [ended])
        store.close()
        again = opened()
        assert isinstance(again, Upgrading), "each store of one URL has the same powers"
        again.claim("study")
        again.upgrade(4)
        again.close()
        loaded = opened().load("study")
        assert_same(loaded, replace(_numbered(made, 4), trials=(ended,)))
        assert_same(opened().load("beside"), beside)
        other.close()

    def test_only_the_writer_of_a_study_raises_its_number(self, opened: Open) -> None:
        """Raise it without a claim, and after the store was closed."""
        store = opened()
        if not isinstance(store, Upgrading):
            return
        with pytest.raises(StoreError):
            store.upgrade(3)
        made = write(store, "study", [], notes={"format": 2})
        store.close()
        with pytest.raises(StoreError):
            store.upgrade(3)
        assert_same(opened().load("study"), made)


def _numbered(made: StoredStudy, number: int) -> StoredStudy:
    notes: Mapping[str, Any] = {**made.notes, "format": number}
    return replace(made, notes=notes)
