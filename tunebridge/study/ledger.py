"""The trials of a study as they begin and end: those that are open, and the records of all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter

from tunebridge.errors import StoreError
from tunebridge.problem.ended import Ended
from tunebridge.registry.observers import Observers
from tunebridge.stores.recorder import Recorder
from tunebridge.stores.timeline import Attempt
from tunebridge.study.findings import Findings
from tunebridge.study.finished import FinishedTrials
from tunebridge.study.members import Members
from tunebridge.study.shelf import Shelf
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState


class Ledger:
    """Takes in that trials begin, go on and end: keeps their records, and lets store and observers know.

    Args:
        findings: What the study has found; the records are kept there.
        places: The places of the study's events that are not taken yet.
        recorder: Keeps them in the store; None for a study in memory.
        shelf: Where checkpoints lie.
        members: The population, if the trials are one.
        finished: Learns from trials that are over.
        observers: Are told of each.
    """

    def __init__(
        self,
        findings: Findings,
        places: Iterator[int],
        *,
        recorder: Recorder | None,
        shelf: Shelf,
        members: Members | None,
        finished: FinishedTrials,
        observers: Observers,
    ) -> None:
        """Hold what is needed; no trial is open."""
        self.open: dict[int, OpenTrial] = {}
        """Trials that have begun and not ended, by number."""
        self._findings = findings
        self._records = findings.records
        self._places = places
        self._recorder = recorder
        self._shelf = shelf
        self._members = members
        self._finished = finished
        self._observers = observers

    def begin(self, opened: OpenTrial, asked_seconds: float) -> None:
        """Take in that an attempt begins, for which asking took some time."""
        number = opened.number
        opened.begin(datetime.now(UTC), asked_seconds=asked_seconds)
        if self._recorder is not None:
            record = opened.record(TrialState.RUNNING)
            try:
                self._recorder.begin(Attempt(record=record, origin=opened.origin, turn=opened.turn))
            except StoreError as error:
                raise self._findings.lost(f"trial {number} was not begun", error) from error
            for report in opened.reports:
                self._recorder.report(number, report)
        opened.begun = perf_counter()
        self._records.pop(number, None)
        self.open[number] = opened
        if self._members is not None:
            self._members.begin(opened)
        opened.trial.links.update(self._observers.begin(opened))

    def go_on(self, opened: OpenTrial) -> None:
        """Take in that the next turn of an open trial begins."""
        if self._recorder is None or opened.turn is None:
            return
        try:
            self._recorder.go_on(opened.number, opened.turn)
        except StoreError as error:
            raise self._findings.lost(f"a turn of trial {opened.number} was not begun", error) from error

    def end(
        self,
        opened: OpenTrial,
        ended: Ended,
        *,
        told: str,
        sampler_seconds: float = 0.0,
        objective_seconds: float,
    ) -> TrialRecord:
        """Take in how an attempt has ended, and return its record.

        Args:
            opened: The trial.
            ended: How it has ended.
            told: How the backend was told.
            sampler_seconds: Time that telling took.
            objective_seconds: Time that its objective ran.
        """
        record = opened.record(
            ended.state,
            told=told,
            values=ended.values,
            error=ended.trace or None,
            finished=datetime.now(UTC),
            sampler_seconds=opened.asked_seconds + sampler_seconds,
            objective_seconds=objective_seconds,
        )
        opened.trial.end()
        if self._members is not None:
            self._members.end(opened, ended.state)
        self._shelf.end(opened, record.state)
        del self.open[record.number]
        self._records[record.number] = record
        self._finished.take_in(record)
        self._keep(opened, record)
        if record.state is not TrialState.INTERRUPTED:  # another attempt may go on from a donor's checkpoint
            self._shelf.tidy()
        self._observers.notify("tunebridge_trial_finished", trial=record)
        return record

    def hear(self, record: TrialRecord) -> None:
        """Take in how a trial goes on that another process runs, or has ended."""
        self._records[record.number] = record
        if record.state.counts:
            self._finished.take_in(record)
            self._observers.notify("tunebridge_trial_heard", trial=record)

    def interrupt(self, opened: OpenTrial, trace: str = "") -> None:
        """Take in that an attempt has come to no end; the backend is not told."""
        ended = Ended(state=TrialState.INTERRUPTED, trace=trace)
        self.end(opened, ended, told="not told: interrupted", objective_seconds=perf_counter() - opened.begun)

    def _keep(self, opened: OpenTrial, record: TrialRecord) -> None:
        if self._recorder is None:
            return
        place = next(self._places) if record.state.counts else None
        try:
            self._recorder.end(Attempt(record=record, origin=opened.origin, place=place))
        except StoreError as error:
            raise self._findings.lost(f"trial {record.number} is not durable", error) from error
