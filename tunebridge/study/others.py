"""What other processes do in a study that is shared: what they have begun, found, and left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from time import monotonic, sleep
from typing import Any, Self

from tunebridge.contract.pruner import Pruner
from tunebridge.contract.sharing import Sharing
from tunebridge.display.printable import logger_of
from tunebridge.errors import StoreError
from tunebridge.stores.given import gone_of
from tunebridge.stores.recorder import Recorder
from tunebridge.stores.timeline import Attempt, Timeline
from tunebridge.study.ask_tell import Diverged
from tunebridge.study.interrupted_trials import end_interrupted, end_left, last_of, n_deaths
from tunebridge.study.ledger import Ledger
from tunebridge.study.outcomes import outcome_of
from tunebridge.study.places import Places
from tunebridge.study.queue import TrialQueue
from tunebridge.study.resuming import Resumed
from tunebridge.study.shelf import Shelf
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.state import TrialState
from tunebridge.trial.trial import Trial

logger = logger_of(__name__)

MAX_DEATHS = 3
"""With how many processes that died a trial is given up, which got no further meanwhile."""

LOOK_SECONDS = 1.0
"""After how long it is looked again whether a process has died."""

FIRST_POLL_SECONDS = 0.01
"""How long a process waits that has nothing to do before it looks again whether others have ended.

It waits twice as long each time that none has.
"""

POLL_SECONDS = 0.2
"""How long it waits at most."""


class Others:
    """Keeps one process of a shared study up with the others.

    Args:
        recorder: Keeps the study.
        store: Where it is shared.
        resumed: This process's session.
        queue: The numbers that are given out.
        ledger: Keeps the records of all trials.
        pruner: Is told the reports of all.
        places: The places of events that are not taken yet.
        shelf: Where checkpoints lie.
    """

    def __init__(
        self,
        recorder: Recorder,
        store: Sharing,
        resumed: Resumed,
        *,
        queue: TrialQueue,
        ledger: Ledger,
        pruner: Pruner | None,
        places: Places,
        shelf: Shelf,
    ) -> None:
        """Hold what is needed; nobody has done anything."""
        self._recorder = recorder
        self._store = store
        self._segment = resumed.index
        self._ask_tell = resumed.ask_tell
        self._pending = dict(resumed.pending)
        self._queue = queue
        self._ledger = ledger
        self._pruner = pruner
        self._places = places
        self._shelf = shelf
        self._tries: dict[int, list[Attempt]] = {}
        self._taken: set[int] = set()
        self._over: set[tuple[bool, int, int]] = set()
        self._n_reports: dict[tuple[int, int], int] = {}
        self._looked = -LOOK_SECONDS

    @classmethod
    def of(cls, recorder: Recorder | None, past: Timeline, resumed: Resumed, **parts: Any) -> Self | None:
        """Return those of a study that is shared, with what ran when this process joined; else None."""
        if recorder is None or recorder.shared is None:
            return None
        others = cls(recorder, recorder.shared, resumed, **parts)
        others.remember(past)
        return others

    @property
    def running(self) -> set[int]:
        """The numbers of trials that others run, or have left behind."""
        others = {number for number, tries in self._tries.items() if not self._is_own(tries[-1])}
        return others - self._taken

    def remember(self, past: Timeline) -> None:
        """Take in what ran when this process joined; all else was told as the study was brought back."""
        for one in past.attempts:
            self._tries.setdefault(one.record.number, []).append(one)
        for number in [number for number, tries in self._tries.items() if tries[-1].is_told]:
            del self._tries[number]
        for tries in self._tries.values():
            self._report(tries[-1])
            self._heed(tries[-1])
        ended = [one for one in past.attempts if one.record.state.is_finished]
        self._over = {_key(one) for one in (*past.imported, *ended)}

    def next(
        self,
        propose: Callable[[], None],
        begin: Callable[[], OpenTrial | None],
        waits: Callable[[], bool],
    ) -> OpenTrial | None:
        """Return the next trial of this process; None when there are no more.

        Args:
            propose: Has a proposal made; called while others may have their turn.
            begin: Begins a trial, and returns it; called in a turn, when all is heard.
            waits: Returns whether to wait for the end of the trials of others, which may be left behind.

        Raises:
            StoreError: The store failed.
        """
        wait = FIRST_POLL_SECONDS
        while True:
            self.hear()
            propose()
            with self._recorder.turn() as attempts:
                self._hear_all(attempts)
                self.take_over()
                opened = begin()
            if opened is not None or not (self.running and waits()):
                return opened
            sleep(wait)
            wait = min(2 * wait, POLL_SECONDS)

    def hear(self) -> None:
        """Take in what others have begun, reported and ended since this was called last.

        Raises:
            StoreError: The store cannot be read, or the processes do not propose the same although their
                backend always does.
        """
        self._hear_all(self._recorder.news())  # the first time, all that there is

    def _hear_all(self, attempts: Iterable[Attempt]) -> None:
        for attempt in attempts:
            if _key(attempt) in self._over:
                continue
            if attempt.imported:
                self._places.see(attempt.place)
                self._ask_tell.tell(outcome_of(attempt.record, None))
            else:
                self._take_in(attempt)

    def fault_of_hearing(self) -> StoreError | None:
        """Do as `hear` does while a trial waits for an answer; return what is wrong with the store."""
        try:
            self.hear()
        except StoreError as fault:
            return fault
        return None

    def take_over(self) -> None:
        """Line up the next attempt at a trial whose process has died, if there is one; called in a turn."""
        left = self.running
        if not left or self._queue.repeats or monotonic() - self._looked < LOOK_SECONDS:
            return
        gone = gone_of(self._store, {self._tries[number][-1].writer for number in left})
        if gone:
            self.hear()  # what they have appended before they ended
        dead = sorted(number for number in self.running if self._tries[number][-1].writer in gone)
        if dead:
            self._take(dead[0])  # the next one is for whoever has its turn next
        else:
            self._looked = monotonic()

    def _take(self, number: int) -> None:
        tries = self._tries[number]
        if tries[-1].record.state is TrialState.RUNNING:
            if n_deaths(tries) >= MAX_DEATHS:
                self._give_up(tries[-1])
                return
            tries[-1] = end_interrupted(self._recorder, tries[-1])
        self._taken.add(number)
        pending = {number: self._pending.pop(number)} if number in self._pending else {}
        self._queue.take_over(last_of(tries), pending)

    def _give_up(self, attempt: Attempt) -> None:
        """End a trial that its processes may die of; it is then heard of as any of another process."""
        number = attempt.record.number
        error = (
            f"{MAX_DEATHS} processes have died while they ran trial {number}, which may need too much "
            "memory; executor='processes' keeps what a trial does to its process to itself"
        )
        logger.warning("trial %d has failed: %s", number, error)
        told = "as a failed trial of another process"
        end_left(self._recorder, attempt, TrialState.FAILED, place=next(self._places), error=error, told=told)
        self.hear()

    def _take_in(self, attempt: Attempt) -> None:
        """Take in an attempt as it is now; what this process does itself is known but for its number."""
        is_first, is_own = self._is_first(attempt), self._is_own(attempt)
        if is_first and not is_own:
            self._begun(attempt)
        if attempt.is_told:
            del self._tries[attempt.record.number]
        if not is_own:
            self._hear(attempt)

    def _is_own(self, attempt: Attempt) -> bool:
        return attempt.writer == self._recorder.writer

    def _is_first(self, attempt: Attempt) -> bool:
        """Keep an attempt as it is now, and return whether it is heard of for the first time."""
        tries = self._tries.setdefault(attempt.record.number, [])
        for place, known in enumerate(tries):
            if known.origin.attempt == attempt.origin.attempt:
                tries[place] = attempt
                return False
        tries.append(attempt)
        return True

    def _begun(self, attempt: Attempt) -> None:
        """Take in that another process has begun an attempt."""
        number, origin = attempt.record.number, attempt.origin
        self._taken.discard(number)
        self._queue.hear(attempt)
        self._places.see(origin.asked)
        if origin.segment == self._segment and origin.asked is not None:
            try:
                self._pending[number] = self._ask_tell.repeat(attempt.record.params, origin)
            except Diverged as error:
                raise StoreError(
                    f"trial {number} is not what this process would have proposed: {error}",
                    hint="processes that share a study run the same script, with the same libraries",
                ) from error
        elif not attempt.is_told:
            self._heed(attempt)

    def _heed(self, attempt: Attempt) -> None:
        """Let a session that cares know what runs elsewhere; it does so until that is told."""
        number = attempt.record.number
        pending = None if number in self._pending else self._ask_tell.heed(attempt.record.params)
        if pending is not None:
            self._pending[number] = pending

    def _hear(self, attempt: Attempt) -> None:
        """Take in how an attempt of another process goes on, or has ended."""
        number = attempt.record.number
        self._report(attempt)
        if number in self._taken:
            return
        record = replace(attempt.record, checkpoints=self._shelf.kept)
        if attempt.is_told:
            self._places.see(attempt.place)
            self._n_reports.pop((number, attempt.origin.attempt), None)
            self._ask_tell.tell(outcome_of(record, self._pending.pop(number, None)))
        self._ledger.hear(record)

    def _report(self, attempt: Attempt) -> None:
        """Tell the pruner what an attempt has reported since the last time."""
        record, key = attempt.record, (attempt.record.number, attempt.origin.attempt)
        known = self._n_reports.get(key, 0)
        self._n_reports[key] = len(record.reports)
        if self._pruner is None or len(record.reports) == known:
            return
        trial = Trial(record.params, number=record.number, seed=record.seed)
        for report in record.reports[known:]:
            self._pruner.report(trial, report.step, report.value)


def _key(attempt: Attempt) -> tuple[bool, int, int]:
    """Return what no other attempt of the study has."""
    return attempt.imported, attempt.record.number, attempt.origin.attempt
