"""What holds of a study in any store when a record is not as it was written: it is named, nothing goes on."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

import tunebridge as tb
from tunebridge import Store, StoredStudy, StoreError, TrialState
from tunebridge.registry.store_url import open_store
from tunebridge.stores.memory import MemoryStore
from tunebridge.stores.seals import OF_BEGIN
from tunebridge.testing.proposers import RANDOM

SPACE = tb.Space(x=tb.Float(0.0, 1.0), kind=tb.Categorical(["a", "b"]))

CALLED: list[int] = []
"""The trials that the objective was called for."""

Change = Callable[[StoredStudy], StoredStudy]


def objective(trial: tb.Trial) -> float:
    """Report once, and return a param."""
    CALLED.append(trial.number)
    trial.report(1.0, 0)
    return float(trial["x"])


PROBLEM = tb.Problem(objective, SPACE)


def tuned(store: str | Store, name: str) -> tb.Result:
    """Run a study to its third trial."""
    return tb.tune(PROBLEM, backend=RANDOM, n_trials=3, seed=0, storage=store, study=name)


def made(name: str) -> tuple[StoredStudy, tb.Result]:
    """Return a study that is whole, and its result."""
    store = MemoryStore()
    result = tuned(store, name)
    study = store.load(name)
    assert study is not None
    return study, result


def in_notes(**notes: Any) -> Change:
    """Overwrite notes of the study."""
    return lambda study: replace(study, notes=changed(study.notes, notes))


def in_segment(**notes: Any) -> Change:
    """Overwrite notes of its segment."""
    return lambda study: replace(study, segments=tuple(changed(one, notes) for one in study.segments))


def in_trial(**notes: Any) -> Change:
    """Overwrite notes of its second trial."""

    def change(study: StoredStudy) -> StoredStudy:
        trials = [*study.trials]
        trials[1] = replace(trials[1], notes=changed(trials[1].notes, notes))
        return replace(study, trials=tuple(trials))

    return change


def without_second(study: StoredStudy) -> StoredStudy:
    """Leave its second trial out."""
    return replace(study, trials=(*study.trials[:1], *study.trials[2:]))


def changed(notes: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return notes with others in their place; those that are `...` are taken away."""
    return {name: note for name, note in {**notes, **changes}.items() if note is not ...}


DAMAGES: dict[str, tuple[Change, str]] = {
    "space": (in_notes(space=7), "the study: space"),
    "seed": (in_notes(seed=8), "the study: seal"),
    "segment": (in_segment(options=None), "segment 0: options"),
    "backend": (in_trial(backend={}), "trial 1: notes.backend"),
    "told": (in_trial(told="another word"), "trial 1: end_seal"),
    "missing": (without_second, "trial 1: its record"),
}
"""What is done to a study, and which record and field the error names."""


def write_out(store: Store, study: StoredStudy) -> None:
    """Claim and create a study as it is, event by event."""
    store.claim(study.name)
    store.append(tb.StudyCreated(replace(study, segments=(), trials=()), SPACE))
    for notes in study.segments:
        store.append(tb.SegmentBegan(notes))
    for trial in study.trials:
        begin = {name: note for name, note in trial.notes.items() if name in OF_BEGIN}
        end = {name: note for name, note in trial.notes.items() if name not in OF_BEGIN}
        begun = replace(trial, state=TrialState.RUNNING, values=None, reports=(), finished=None, notes=begin)
        store.append(tb.TrialBegan(begun))
        for report in trial.reports:
            store.append(tb.TrialReported(begun, report))
        store.append(tb.TrialEnded(replace(trial, notes=end)))


def check_named(url: str, store: Store, name: str, named: str) -> None:
    """Check that what is damaged of a study is named, and that it does not go on."""
    CALLED.clear()
    with pytest.raises(StoreError, match=rf"'{name}' is damaged:(\n.*)*\n{named}: found"):
        tuned(url, name)
    assert CALLED == []
    with pytest.raises(StoreError, match=rf"\n{named}: found"):
        tb.load_study(store, name)


def check_rest(store: Store, name: str, named: str, whole: tb.Result) -> None:
    """Check that what is left of a study is given, and that the rest is named."""
    left = tb.load_study(store, name, on_damage="skip")
    lost = [1] if named.startswith("trial") else []
    assert left.damaged
    assert left.trials == [trial for trial in whole.trials if trial.number not in lost]


class StoreDamage:
    """The promises about damaged records."""

    def test_a_record_that_is_not_as_it_was_written_is_named_and_nothing_goes_on(
        self, url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Write studies that are damaged beside one that is whole."""
        results = {}
        for name, (change, _) in DAMAGES.items():
            study, results[name] = made(name)
            with closing(open_store(url)) as store:
                write_out(store, change(study))
        tuned(url, "whole")
        with closing(open_store(url)) as store:
            assert store.studies() == [*DAMAGES, "whole"]
            assert len(tb.load_study(store, "whole").trials) == 3
            for name, (_, named) in DAMAGES.items():
                check_named(url, store, name, named)
                if name != "space":
                    check_rest(store, name, named, results[name])
        assert "'told' is damaged" in caplog.text
