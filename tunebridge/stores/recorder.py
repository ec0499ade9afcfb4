"""Keeps a study in its store: turns what happens into events, and a stored study into its past."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from tunebridge.contract.events import (
    Event,
    SegmentBegan,
    StoredStudy,
    StoredTrial,
    StudyCreated,
    TrialBegan,
    TrialCheckpointed,
    TrialEnded,
    TrialReported,
)
from tunebridge.contract.sharing import Sharing
from tunebridge.contract.store import Grouping, Keeping, Store
from tunebridge.errors import StoreError
from tunebridge.space.natural import filled_in, from_natural, to_natural
from tunebridge.space.space import Space
from tunebridge.stores import limits, schedules, tracks
from tunebridge.stores.courses import Course, course_of
from tunebridge.stores.exclusions import Exclusions
from tunebridge.stores.given import news_of, told, turn_of
from tunebridge.stores.grown_spaces import filled_of
from tunebridge.stores.kept_session import kept_notes
from tunebridge.stores.seals import Seals
from tunebridge.stores.timeline import Attempt, Segment, Timeline
from tunebridge.stores.upgrades import needs_upgrade, upgrade
from tunebridge.trial.origin import Origin
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.report import Report
from tunebridge.trial.state import TrialState
from tunebridge.trial.turn import Turn
from tunebridge.trial.twin import copied_of

POPULATION = "population"
"""The note of the trial from which on a study has a population: what the user says of it."""

SELDOM = ("copied", "device")
"""Fields of a record that are notes of its end where they are not None."""


class Recorder:
    """The one writer of a study. After a write has failed it writes no more.

    Args:
        store: Where the study lives; claimed for it.
        space: The declared space.
        seals: Those of the study.
        closed: Called when the study is over, before the store is given up.
        writer: The id of this writer, if it has joined the study; empty if the study is claimed.
        filled: What params are in trials that are older than they, by full path.
    """

    def __init__(
        self,
        store: Store,
        space: Space,
        seals: Seals,
        closed: Callable[[], None] = lambda: None,
        *,
        writer: str = "",
        filled: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Start the thread that writes reports, off the trial's path."""
        self._store = store
        self._space = space
        self._filled = filled
        self._seals = seals
        self._closed = closed
        self.writer = writer
        self.shared = store if writer and isinstance(store, Sharing) else None
        """The store, if other processes write the study, too."""
        self._news: Mapping[str, Any] = {"writer": writer} if writer else {}
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="tunebridge-reports")
        self._reports: list[Future[None]] = []
        self._unwritten: deque[TrialReported] = deque()
        self._open: dict[int, StoredTrial] = {}
        self._courses: dict[int, Course] = {}
        self._noted: dict[int, tuple[int, dict[str, Any]]] = {}
        self._broken = False
        self._is_upgraded = False
        self._process = os.getpid()

    @property
    def keeps_sessions(self) -> bool:
        """Whether the last state of a session is kept."""
        return isinstance(self._store, Keeping) and self._seals.are_there and not self.writer

    def news(self) -> list[Attempt]:
        """Return what has begun or changed of a study that is shared, since this was called last.

        Raises:
            StoreError: The study is not shared, or cannot be read.
        """
        return [] if self.shared is None else self._read(news_of(self.shared))

    @contextmanager
    def turn(self) -> Iterator[list[Attempt]]:
        """Take a turn in a study that is shared; give the news as it begins.

        Raises:
            StoreError: The study is shared no more, or cannot be read.
        """
        with ExitStack() as entered:
            store = self.shared
            news = () if store is None else told(store, entered.enter_context(turn_of(store)))
            yield self._read(news)

    def _read(self, trials: Iterable[StoredTrial]) -> list[Attempt]:
        return [read_attempt(self._space, one, self._filled) for one in trials]

    def create(self, study: StoredStudy) -> None:
        """Begin a study that the store does not have."""
        self._append(StudyCreated(self._seals.study(study), self._space))

    def open_segment(self, segment: Segment) -> None:
        """Note which session proposes from now on."""
        notes = asdict(segment)
        for name in ("shared", "not_asked", "grown"):
            if notes[name] in (False, {}, None):
                del notes[name]
        space = None if segment.grown is None else self._space
        self._append(SegmentBegan(self._seals.segment(notes), space))

    def add_imported(self, attempt: Attempt) -> None:
        """Add a trial of another study."""
        begun = replace(_begun(self._space, attempt), number=None, attempt=attempt.record.number)
        begun = self._seals.begin(begun)
        ended = self._seals.end(_ended(self._space, begun, attempt))
        self._append(TrialBegan(replace(ended, notes={**begun.notes, **ended.notes})))

    def note_next(self, news: Mapping[str, Any]) -> None:
        """Add notes to those of the attempt that begins next: what holds from then on."""
        self._news = {**self._news, **news}

    def begin(self, attempt: Attempt) -> None:
        """Note that an attempt begins."""
        begun = _begun(self._space, attempt, self._news)
        self._news = {"writer": self.writer} if self.writer else {}
        stored = self._open[attempt.record.number] = self._seals.begin(begun)
        self._courses[attempt.record.number] = Course()
        self._append(TrialBegan(stored))
        kept = kept_notes(attempt.origin, self._seals)
        if kept is not None and isinstance(self._store, Keeping) and not self._broken:
            self._guarded(self._store.keep, kept)

    def report(self, number: int, report: Report) -> None:
        """Note a report of an open trial; it is durable before the next change of a state."""
        self._check_process()
        if not self._broken:
            self._unwritten.append(TrialReported(self._open[number], report))
            self._reports.append(self._writer.submit(self._write_reports))

    def checkpoint(self, record: TrialRecord, step: int, paused: int | None) -> None:
        """Note that an open trial has written a checkpoint.

        Args:
            record: The trial as it is now.
            step: The step of the report before it.
            paused: The step of the report that pauses the trial there; None for none.
        """
        news = self._courses[record.number].news(self._space, record)
        self._noted[record.number] = step, news
        self._checkpoint(record.number, step, news if paused is None else {**news, "paused": paused})

    def go_on(self, number: int, turn: Turn) -> None:
        """Note that the next turn of an open trial begins, with its last checkpoint: it is paused no more."""
        step, news = self._noted[number]
        self._checkpoint(number, step, {**news, "turn": [turn.batch, turn.since]})

    def end(self, attempt: Attempt) -> None:
        """Note the end of an attempt."""
        stored = self._open.pop(attempt.record.number, None) or _begun(self._space, attempt)
        self._courses.pop(attempt.record.number, None)
        self._noted.pop(attempt.record.number, None)
        self._append(TrialEnded(self._seals.end(_ended(self._space, stored, attempt))))

    def close(self) -> None:
        """Write what is left, and give up the store, unless both belong to the parent of this process."""
        if os.getpid() != self._process:
            return
        try:
            self._flush()
            self._closed()
        finally:
            self._writer.shutdown()
            self._store.close()

    def _checkpoint(self, number: int, step: int, notes: Mapping[str, Any]) -> None:
        begun = self._open[number]
        self._append(TrialCheckpointed(begun, step, self._seals.checkpoint(begun, step, notes)))

    def _append(self, event: Event) -> None:
        self._check_process()
        if self._broken:
            return
        self._flush()
        if not self._is_upgraded and needs_upgrade(event):
            self._guarded(upgrade, self._store)
            self._is_upgraded = True
        self._guarded(self._store.append, event)

    def _write_reports(self) -> None:
        """Write what trials have reported by now; it may be that an earlier call has done so."""
        due = [self._unwritten.popleft() for _ in range(len(self._unwritten))]
        if len(due) > 1 and isinstance(self._store, Grouping):
            self._store.append_reports(due)
            return
        for event in due:
            self._store.append(event)

    def _check_process(self) -> None:
        """Check that this is the process that opened the study: a forked child would write all once more.

        Raises:
            StoreError: It is not.
        """
        if os.getpid() != self._process:
            raise StoreError(
                f"process {os.getpid()} was forked from {self._process}, which writes this study",
                hint="let the objective's child end with os._exit(...), or use multiprocessing",
            )

    def _flush(self) -> None:
        reports, self._reports = self._reports, []
        for written in reports:
            self._guarded(written.result)

    def _guarded(self, write: Any, *arguments: Any) -> None:
        try:
            write(*arguments)
        except StoreError:
            self._broken = True
            raise


def read_past(study: StoredStudy, space: Space, filled: Mapping[str, Any] | None = None) -> Timeline:
    """Return what a stored study has been through.

    Args:
        study: From a store.
        space: The space that it has now, whose objects the params get back.
        filled: What params are in trials that are older than they, by full path; for None, as it says itself.
    """
    exclusions = Exclusions.of(study)
    filled = filled_of(study.segments) if filled is None else filled
    attempts = [read_attempt(space, trial, filled) for trial in study.trials]
    return Timeline(
        segments=tuple(_segment(notes) for notes in study.segments),
        attempts=tuple(_marked(one, exclusions) for one in attempts if not one.imported),
        exclusions=exclusions,
        imported=tuple(one for one in attempts if one.imported),
        population=next(
            (trial.notes[POPULATION] for trial in study.trials if POPULATION in trial.notes), None
        ),
    )


def _marked(attempt: Attempt, exclusions: Exclusions) -> Attempt:
    """Return an attempt whose record says why it is excluded, if it is."""
    reason = exclusions.now.get(attempt.record.number)
    return attempt if reason is None else replace(attempt, record=replace(attempt.record, excluded=reason))


def _begun(space: Space, attempt: Attempt, news: Mapping[str, Any] = MappingProxyType({})) -> StoredTrial:
    record, origin = attempt.record, attempt.origin
    return StoredTrial(
        number=record.number,
        attempt=origin.attempt,
        state=TrialState.RUNNING,
        params=_own_params(space, record),
        started=record.started,
        notes={
            "backend": origin.backend,
            "segment": origin.segment,
            "asked": origin.asked,
            "rejected": origin.rejected,
            "seed": record.seed,
            **{name: said for name, said in (("by", origin.by), ("decided", origin.decided)) if said},
            **tracks.written(space, origin.track),
            **({} if attempt.turn is None else {"turn": [attempt.turn.batch, attempt.turn.since]}),
            **news,
        },
    )


def _own_params(space: Space, record: TrialRecord) -> dict[str, Any]:
    """Return the natural params that a trial had: what was filled in since is none of them."""
    natural = to_natural(space, record.params)
    others = {node.path for name, node in space.active(record.params).items() if name in record.filled}
    return {path: value for path, value in natural.items() if path not in others}


def _ended(space: Space, begun: StoredTrial, attempt: Attempt) -> StoredTrial:
    record = attempt.record
    metrics = {str(report.step): dict(report.metrics) for report in record.reports if report.metrics}
    return replace(
        begun,
        state=record.state,
        values=record.values,
        reports=record.reports,
        finished=record.finished,
        notes={
            "finished": None if record.finished is None else record.finished.isoformat(),
            "place": attempt.place,
            "told": record.told,
            "error": record.error,
            **schedules.written(space, record.params, record.schedule),
            "faults": list(record.faults),
            "metrics": metrics,
            "notes": dict(record.notes),
            **({"limits": limits.written(record.limits)} if record.limits else {}),
            "sampler_seconds": record.sampler_seconds,
            "objective_seconds": record.objective_seconds,
            **{name: one for name in SELDOM if (one := getattr(record, name)) is not None},
        },
    )


def _segment(notes: Mapping[str, Any]) -> Segment:
    return Segment(**{field.name: notes[field.name] for field in fields(Segment) if field.name in notes})


def read_attempt(
    space: Space, trial: StoredTrial, filled: Mapping[str, Any] = MappingProxyType({})
) -> Attempt:
    """Return an attempt as a study knows it.

    Args:
        space: The space that the study has now.
        trial: The attempt in its store.
        filled: What params are in trials that are older than they, by full path.
    """
    notes = {**course_of(trial.checkpoints), **trial.notes}
    trial = replace(trial, notes=notes)
    params, missing = read_params(space, trial.params, filled)
    record = TrialRecord(
        number=trial.attempt if trial.number is None else trial.number,
        attempt=0 if trial.number is None else trial.attempt,
        state=trial.state,
        params=params,
        filled=missing,
        values=trial.values,
        backend=notes["backend"],
        member=notes.get("by", ""),
        decided=notes.get("decided", ""),
        reports=tuple(_reports(trial)),
        schedule=tuple(schedules.read(space, params, notes)),
        faults=tuple(notes.get("faults", ())),
        notes=notes.get("notes", {}),
        device=notes.get("device"),
        copied=notes.get("copied", copied_of(notes.get("told", ""))),
        limits=limits.read(notes.get("limits", {})),
        told=notes.get("told", ""),
        error=notes.get("error"),
        seed=notes["seed"],
        started=trial.started,
        finished=_finished(trial),
        sampler_seconds=notes.get("sampler_seconds", 0.0),
        objective_seconds=notes.get("objective_seconds", 0.0),
    )
    origin = Origin(
        backend=record.backend,
        segment=notes["segment"],
        asked=notes["asked"],
        rejected=notes["rejected"],
        by=record.member,
        decided=record.decided,
        attempt=record.attempt,
        track=tracks.read(space, notes, filled),
    )
    last = max(trial.checkpoints, default=None)
    return Attempt(
        record=record,
        origin=origin,
        place=notes.get("place"),
        checkpoint=last,
        paused=None if last is None else trial.checkpoints[last].get("paused"),
        turn=_turn(trial),
        writer=notes.get("writer", ""),
        imported=trial.number is None,
    )


def read_params(
    space: Space, natural: Mapping[str, Any], filled: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the flat params of an attempt, and the names of those that were filled in.

    Raises:
        SpaceError: Something is missing, or is no value of its parameter.
    """
    params = from_natural(space, filled_in(space, natural, filled) if filled else natural)
    if len(params) == len(natural):
        return params, ()
    return params, tuple(name for name, node in space.active(params).items() if node.path not in natural)


def _turn(trial: StoredTrial) -> Turn | None:
    """Return the last turn of an attempt: with which it began, or that was noted with a checkpoint since."""
    later = [notes.get("turn") for _, notes in sorted(trial.checkpoints.items())]
    turns = [turn for turn in (trial.notes.get("turn"), *later) if turn is not None]
    return Turn(*turns[-1]) if turns else None


def _finished(trial: StoredTrial) -> datetime | None:
    """Return when an attempt ended: as its notes say, because a store may have noted another moment."""
    noted = trial.notes.get("finished")
    return trial.finished if noted is None else datetime.fromisoformat(noted)


def _reports(trial: StoredTrial) -> list[Report]:
    metrics: Mapping[str, Any] = trial.notes.get("metrics", {})
    return [replace(report, metrics=metrics.get(str(report.step), {})) for report in trial.reports]
