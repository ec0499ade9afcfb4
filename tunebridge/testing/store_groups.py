"""What stores promise to which several reports are little more work than one."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from dataclasses import replace

import pytest

from tunebridge import Grouping, Report, StoredStudy, StoreError, TrialEnded, TrialReported, TrialState
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import FLOATS, assert_same, ended, trial, write

STEPS = (0, 4, 2, 7, 2**40, 5, 8, 1, 9)
"""Steps of reports in the order in which they are told: not all of them rise, and one is huge."""


class StoreGroups:
    """The promises of `Grouping`; `StoreContract` includes them."""

    def test_reports_in_groups_are_loaded_in_the_order_in_which_they_were_told(self, url: str) -> None:
        """Report of two trials in turn, in groups of some sizes; load them while trials run, and after."""
        store = open_store(url)
        if not isinstance(store, Grouping):
            return
        told = [Report(step, value) for step, value in zip(STEPS, FLOATS, strict=True)]
        trials = [trial(number, TrialState.RUNNING) for number in range(2)]
        written = write(store, "study", trials)
        reported = [TrialReported(one, report) for report in told for one in trials]
        for size in (1, 2, 0, 6, 9):
            group, reported = reported[:size], reported[size:]
            if group:
                store.append_reports(group)
        assert reported == []
        reporting = tuple(replace(one, reports=tuple(told)) for one in trials)
        _assert_loaded(url, replace(written, trials=reporting))
        over = tuple(ended(one, TrialState.COMPLETE, (1.0,)) for one in reporting)
        for one in over:
            store.append(TrialEnded(one))
        store.close()
        _assert_loaded(url, replace(written, trials=over))

    def test_a_group_is_written_by_the_one_writer_alone(self, url: str) -> None:
        """Write one without a claim, of a trial that does not run, and after the store was closed."""
        store = open_store(url)
        if not isinstance(store, Grouping):
            return
        group = [TrialReported(trial(0, TrialState.RUNNING), Report(step, 1.0)) for step in range(2)]
        with pytest.raises(StoreError):
            store.append_reports(group)
        write(store, "study", [trial(1, TrialState.RUNNING)])
        with pytest.raises(StoreError):
            store.append_reports(group)
        store.close()
        with pytest.raises(StoreError):
            store.append_reports(group)


def _assert_loaded(url: str, written: StoredStudy) -> None:
    other = open_store(url)
    assert_same(other.load("study"), written)
    other.close()
