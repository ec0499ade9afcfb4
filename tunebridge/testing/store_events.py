"""Events to try a store with, and what it must give back."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import tunebridge as tb
from tunebridge import Direction, Report, Store, StoredStudy, StoredTrial, TrialState
from tunebridge.registry.plugins import registry
from tunebridge.registry.store_url import open_store

SPACE = tb.Space(
    x=tb.Float(-1.0, 1.0),
    lr=tb.Float(1e-4, 1e-1, log=True),
    dropout=tb.Float(0.0, 0.3, step=0.1),
    n=tb.Int(1, 9, step=2),
    big=tb.Int(0, 2**53),
    size=tb.Ordinal([16, 32, 64]),
    z=tb.Normal(0.0, 1.0),
    scale=tb.Normal(0.0, 0.5, log=True),
    act=tb.Categorical({"relu": max, "größe 'ä'": min}),
    opt=tb.Categorical({"sgd.2": tb.Space(momentum=tb.Float(0.0, 0.99)), "adam": tb.Space()}),
    kind=tb.Constant("mlp"),
)

FLOATS = (
    0.1 + 0.2,
    1 / 3,
    -0.0,
    0.0,
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    1e308,
    -1.7976931348623157e308,
)
"""Values that a database may round, or not know at all."""

NAMES = (
    "plain",
    "with space",
    "Größe 学習 🎈",
    "a/b\\c",
    "quote ' \" ; --",
    "100%",
    "{SCHEMA_VERSION}",
    "x" * 300,
)

NOTED: Mapping[int, Mapping[str, Any]] = {
    0: {"schedule": [], "long": ["ö"] * 9000},
    5: {"noted": {"a": 1e-320, "b": None}, "nested": [[1]]},
}
"""Notes of checkpoints by step, one too long for one field of a database."""

START = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
"""One second before the clock is put forward in Europe."""

HOLD = """
import sys
from tunebridge.testing.store_events import hold
hold(*sys.argv[1:])
"""
"""Holds a study in another process."""

RACE = """
import sys
from tunebridge.testing.store_events import race
race(*sys.argv[1:])
"""
"""Makes a study in another process, at the moment at which it is told to."""


def trial(
    number: int | None,
    state: TrialState,
    *,
    attempt: int = 0,
    values: tuple[float, ...] | None = None,
    reports: tuple[Report, ...] = (),
    checkpoints: Mapping[int, Mapping[str, Any]] = MappingProxyType({}),
    **params: Any,
) -> StoredTrial:
    """Return a trial with drawn params, or with those given."""
    running = StoredTrial(
        number=number,
        attempt=attempt,
        state=TrialState.RUNNING,
        params=tb.to_natural(SPACE, SPACE.sample(number or attempt)) | params,
        reports=reports,
        checkpoints=dict(checkpoints),
        started=START + timedelta(seconds=1.25 * (number or attempt)),
        notes={"seed": number, "proposer": {"backend": "optuna:tpe", "settings": {"n": 1}}},
    )
    return ended(running, state, values, told="COMPLETE") if state.is_finished else running


def ended(
    running: StoredTrial, state: TrialState, values: tuple[float, ...] | None = None, **notes: Any
) -> StoredTrial:
    """Return how a trial ended, with the notes of its end added."""
    finished = running.started + timedelta(microseconds=3_600_000_001)
    notes = {**running.notes, **notes}
    return replace(running, state=state, values=values, finished=finished, notes=notes)


def trials_of_all_states() -> list[StoredTrial]:
    """Return a trial of every state that there is, then imported ones."""
    reports = (Report(0, 1.0), Report(5, 0.25))
    found = []
    for number, state in enumerate(TrialState):
        values = (0.25 * number,) if state is TrialState.COMPLETE else None
        found.append(trial(number, state, values=values, reports=reports, checkpoints=NOTED))
    found.append(trial(len(found), TrialState.PRUNED))
    kinds = [(TrialState.COMPLETE, (1.5,)), (TrialState.PRUNED, None), (TrialState.FAILED, None)]
    for place, (state, values) in enumerate(kinds):
        found.append(trial(None, state, attempt=place, values=values, reports=reports))
    return found


def study(
    name: str,
    trials: Sequence[StoredTrial] = (),
    directions: Sequence[str] = ("minimize",),
    notes: Mapping[str, Any] | None = None,
    segments: Sequence[Mapping[str, Any]] = (),
) -> StoredStudy:
    """Return a study."""
    return StoredStudy(
        name=name,
        directions=tuple(map(Direction, directions)),
        notes={"space": ["as JSON"], "seed": 7} if notes is None else notes,
        segments=tuple(segments),
        trials=tuple(trials),
    )


def append(store: Store, trials: Sequence[StoredTrial]) -> None:
    """Write trials one after the other: their begin, their reports and, unless they run, their end."""
    for one in trials:
        if one.number is None:
            store.append(tb.TrialBegan(one))
            continue
        told = {name: note for name, note in one.notes.items() if name == "told"}
        begin = {name: note for name, note in one.notes.items() if name != "told"}
        begun = replace(
            one, state=TrialState.RUNNING, values=None, reports=(), finished=None, notes=begin, checkpoints={}
        )
        store.append(tb.TrialBegan(begun))
        for report in one.reports:
            store.append(tb.TrialReported(begun, report))
            if report.step in one.checkpoints:
                store.append(tb.TrialCheckpointed(begun, report.step, {"replaced": True}))
                store.append(tb.TrialCheckpointed(begun, report.step, one.checkpoints[report.step]))
        if one.state.is_finished:
            store.append(tb.TrialEnded(replace(one, notes=told)))


def write(
    store: Store,
    name: str,
    trials: Sequence[StoredTrial],
    directions: Sequence[str] = ("minimize",),
    notes: Mapping[str, Any] | None = None,
    segments: Sequence[Mapping[str, Any]] = (),
) -> StoredStudy:
    """Claim and create a study with trials, event by event, and return it as it is to be loaded."""
    whole = study(name, trials, directions, notes, segments)
    store.claim(name)
    store.append(tb.StudyCreated(replace(whole, segments=(), trials=()), SPACE))
    for segment in segments:
        store.append(tb.SegmentBegan(segment))
    append(store, trials)
    return whole


def stored_study(url: str, name: str = "study") -> StoredStudy:
    """Open a store, and return a study that is in it."""
    with closing(open_store(url)) as store:
        found = store.load(name)
    assert found is not None
    return found


def assert_same(loaded: StoredStudy | None, written: StoredStudy | None) -> None:
    """Assert that two studies are equal, numbers bit by bit; of the end of a trial, that it has one."""
    assert _exact(loaded) == _exact(written)


@contextmanager
def held(url: str, name: str) -> Iterator[subprocess.Popen[str]]:
    """Run another process that has a trial running in a study of a store."""
    command = [sys.executable, "-c", HOLD, url, name]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    with process.stdout, process.stdin:
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()
            process.wait()


def hold(url: str, name: str) -> None:
    """Write to a study until this process is killed, or its parent ends."""
    running = trial(0, TrialState.RUNNING, reports=(Report(0, 1.0), Report(1, 1 / 3)))
    store = open_store(url)
    write(store, name, [running])
    sys.stdout.write("held\n")
    sys.stdout.flush()
    sys.stdin.read()
    store.close()


@contextmanager
def racers(url: str, names: Sequence[str]) -> Iterator[list[subprocess.Popen[str]]]:
    """Run a process per study, each of which waits for a line and then makes its study in a store."""
    started = []
    try:
        for name in names:
            command = [sys.executable, "-c", RACE, url, name]
            started.append(
                subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def race(url: str, name: str) -> None:
    """Make a study of three trials once a line has come in."""
    registry()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    make(url, name)


def make(url: str, name: str) -> StoredStudy:
    """Make a study of three trials, and close its store."""
    store = open_store(url)
    try:
        ends = [trial(number, TrialState.COMPLETE, values=(1.0,)) for number in range(3)]
        return write(store, name, ends)
    finally:
        store.close()


def scheme(url: str) -> str:
    """Return what the URLs of a store begin with."""
    return url.partition(":")[0].partition("+")[0]


def _exact(value: Any) -> Any:
    """Return a form of a value that is equal for no other."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _exact_field(field.name, getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _exact(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(one) for one in value]
    return value.hex() if isinstance(value, float) else (type(value).__name__, value)


def _exact_field(name: str, value: Any) -> Any:
    """Return the form of a field; a store may note the moment at which it was told of an end instead."""
    if name == "finished" and value is not None:
        return value.utcoffset()
    return _exact(value)
