"""What stores promise from which studies can be deleted, or that take in what is said of trials later."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import Amending, Deleting, Report, Store, StoreError, TrialState
from tunebridge.testing.store_events import append, assert_same, held, trial, trials_of_all_states, write

Open = Callable[[], Store]

SAID: tuple[Mapping[str, Any], ...] = (
    {"trials": [0, 2], "excluded": 'Größe "ä" 🎈\n', "segments": 1},
    {"trials": [2], "excluded": None, "segments": 1, "numbers": [0.1 + 0.2, -0.0, 2**60]},
    {"trials": [*range(30_000)], "excluded": "more than a column of a database may hold", "segments": 2},
)
"""What is said of trials, one after the other."""


class StoreRemoval:
    """The promises of `Amending` and `Deleting`; `StoreContract` includes them."""

    def test_what_is_said_of_trials_later_is_kept_in_order_if_anything_is(self, opened: Open) -> None:
        """Amend two studies, go on with one, and amend it again; load each by another store."""
        store = opened()
        if not isinstance(store, Amending):
            return
        other = opened()
        beside = write(other, "beside", [])
        written = write(store, "study", trials_of_all_states())
        _amend(store, SAID[0])
        other.close()
        _amend(store, SAID[1])
        append(store, [trial(90, TrialState.COMPLETE, values=(1.0,))])
        store.close()
        again = opened()
        again.claim("study")
        again.append(tb.SegmentBegan({"backend": "b"}))
        _amend(again, SAID[2])
        loaded, reader = again.load("study"), opened()
        assert loaded is not None
        assert [dict(one) for one in loaded.amendments] == list(SAID)
        assert len(loaded.segments) == len(written.segments) + 1
        assert len(loaded.trials) == len(written.trials) + 1
        assert_same(reader.load("study"), loaded)
        assert_same(reader.load("beside"), beside)
        again.close()
        reader.close()

    def test_only_the_writer_of_a_study_says_more_of_its_trials(self, opened: Open) -> None:
        """Amend without a claim, and after the store was closed."""
        store = opened()
        if not isinstance(store, Amending):
            return
        with pytest.raises(StoreError):
            _amend(store, SAID[0])
        write(store, "study", [])
        store.close()
        with pytest.raises(StoreError):
            _amend(store, SAID[0])
        loaded = opened().load("study")
        assert loaded is not None
        assert loaded.amendments == ()

    def test_a_study_that_is_deleted_is_gone_and_its_name_is_free(self, opened: Open) -> None:
        """Delete one of three, damaged by nothing; make another one of its name, and delete that as well."""
        store = opened()
        if not isinstance(store, Deleting):
            return
        names = ("study", "study@2", "stud")
        written = {}
        for name in names:
            writer = opened()
            written[name] = write(writer, name, trials_of_all_states())
            writer.close()
        _delete(store, "study")
        for one in (store, opened()):
            assert one.studies() == ["study@2", "stud"]
            assert one.load("study") is None
            assert_same(one.load("study@2"), written["study@2"])
            assert_same(one.load("stud"), written["stud"])
            one.close()
        writer = opened()
        new = write(writer, "study", [trial(0, TrialState.PRUNED, reports=(Report(0, 0.5),))])
        assert_same(opened().load("study"), new)
        writer.close()
        last = opened()
        _delete(last, "study")
        assert last.studies() == ["study@2", "stud"]
        last.close()

    def test_what_is_not_there_is_not_deleted(self, opened: Open) -> None:
        """Delete a study that nobody has made, and one twice."""
        store = opened()
        if not isinstance(store, Deleting):
            return
        written = write(store, "study", [])
        store.close()
        other = opened()
        with pytest.raises(StoreError):
            _delete(other, "unknown")
        assert_same(other.load("study"), written)
        _delete(other, "study")
        with pytest.raises(StoreError):
            _delete(opened(), "study")
        other.close()

    def test_a_study_that_somebody_writes_is_not_deleted(self, url: str, opened: Open) -> None:
        """Delete it beside a writer of this process, and one of another; and once that is dead."""
        store = opened()
        if not isinstance(store, Deleting):
            return
        first = opened()
        written = write(first, "study", [trial(0, TrialState.COMPLETE, values=(1.0,))])
        with pytest.raises(StoreError, match="writ"):
            _delete(store, "study")
        append(first, [trial(1, TrialState.COMPLETE, values=(2.0,))])
        first.close()
        _delete(store, "study")
        store.close()
        with held(url, "study") as process:
            beside = opened()
            with pytest.raises(StoreError) as caught:
                _delete(beside, "study")
            assert str(process.pid) in caught.value.message
            assert beside.studies() == [written.name]
            process.kill()
            process.wait()
        _delete(beside, "study")
        assert beside.studies() == []
        beside.close()


def _amend(store: Store, notes: Mapping[str, Any]) -> None:
    assert isinstance(store, Amending), "each store of one URL has the same powers"
    store.amend(notes)


def _delete(store: Store, name: str) -> None:
    assert isinstance(store, Deleting), "each store of one URL has the same powers"
    store.delete(name)
