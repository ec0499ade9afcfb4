"""What stores promise that keep the last state of a study's session."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from dataclasses import replace

import pytest

from tunebridge import Keeping, StoreError, TrialState
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import append, assert_same, trial, write

LENGTHS = (10, 200_000, 70_000, 0, 3_000)
"""Characters of the states that follow one another: more than a column of a database may hold, and none."""


class StoreSessions:
    """The promises of `Keeping`; `StoreContract` includes them."""

    def test_a_session_that_is_kept_takes_the_place_of_the_one_before_if_any_is(self, url: str) -> None:
        """Keep long states and short ones between trials, in two studies; load each by another store."""
        store, other = open_store(url), open_store(url)
        if not isinstance(store, Keeping):
            return
        assert isinstance(other, Keeping)
        written = write(store, "study", [])
        beside = write(other, "beside", [])
        assert_same(store.load("study"), written)
        other.keep({"of": "another study"})
        for number, length in enumerate(LENGTHS):
            session = {"text": '"\\é'[number % 3] * length, "numbers": [0.1 + 0.2, -0.0, 2**60], "none": None}
            store.keep(session)
            ended = trial(number, TrialState.COMPLETE, values=(1.0,))
            append(store, [ended])
            written = replace(written, trials=(*written.trials, ended), session=session)
            assert_same(other.load("study"), written)
        store.close()
        again = open_store(url)
        assert_same(again.load("study"), written)
        assert_same(again.load("beside"), replace(beside, session={"of": "another study"}))
        other.close()
        again.close()

    def test_a_session_is_kept_by_the_one_writer_alone(self, url: str) -> None:
        """Keep one without a claim, and after the store was closed."""
        store = open_store(url)
        if not isinstance(store, Keeping):
            return
        with pytest.raises(StoreError):
            store.keep({})
        write(store, "study", [])
        store.close()
        with pytest.raises(StoreError):
            store.keep({})
