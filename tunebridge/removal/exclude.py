"""Trials that count no more: they stay in their study, and nothing is learned from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tunebridge.calls import checked
from tunebridge.checks import check_flags, is_int
from tunebridge.contract.events import StoredStudy
from tunebridge.contract.removal import Amending
from tunebridge.contract.store import Store
from tunebridge.display.brief import brief
from tunebridge.display.counted import listed
from tunebridge.display.printable import logger_of
from tunebridge.errors import ProblemError, UnsupportedError
from tunebridge.removal.companions import check_single
from tunebridge.stores.loading import check_name, find, opened
from tunebridge.stores.recorder import read_past
from tunebridge.stores.seals import Seals
from tunebridge.stores.stored_problem import problem_of
from tunebridge.stores.timeline import Timeline
from tunebridge.stores.upgrades import upgrade
from tunebridge.trial.lineage import Copy
from tunebridge.trial.record import TrialRecord

logger = logger_of(__name__)


@checked
def exclude(
    storage: str | Store, study: str, trials: int | Sequence[int], *, reason: str, copies: bool = False
) -> tuple[int, ...]:
    """Take trials out of all that is learned from a stored study, for example because they were wrong.

    From the next opening on they are told to no sampler and no pruner, and are never best. They stay in every
    table, with the reason; their numbers stay taken, and count toward `n_trials`. A study of a backend that
    learns does not go on exactly after that, and says so. `include` takes it back.

    Args:
        storage: URL of the study's store, or an open one, which is closed.
        study: Its name.
        trials: The numbers of trials that have ended, or one of them.
        reason: Why, in words that are shown beside them.
        copies: Whether those go with them that have something of theirs: the value, where values are reused,
            or a checkpoint from which they went on, in a population. Otherwise they are named.

    Returns:
        Those that were not excluded before. One that was stays as it is, with the reason of then.

    Raises:
        ProblemError: There is no reason, or a number that is none of a trial that has ended.
        StoreError: The study is not there, has a live writer, or is damaged.
        UnsupportedError: The store cannot take it in.
    """
    if not isinstance(reason, str) or not reason.strip():
        raise ProblemError(
            f"a trial is excluded for a reason that others can read, got {brief(reason)}",
            hint="reason='trained on the wrong split'",
        )
    check_flags(copies=copies)
    numbers = _read(trials)
    with _claimed(storage, study) as found:
        found.check(numbers)
        for number in numbers:
            if number in found.excluded:
                logger.warning("trial %d stays as it is: excluded, %s", number, found.excluded[number])
        heirs = _heirs(found.past, numbers)
        meant = [*numbers, *(heirs if copies else ())]
        fresh = [number for number in meant if number not in found.excluded]
        found.amend(fresh, reason)
        if fresh and not copies:
            _say_who_copied([number for number in heirs if number not in found.excluded])
        return tuple(fresh)


@checked
def include(
    storage: str | Store, study: str, trials: int | Sequence[int], *, copies: bool = False
) -> tuple[int, ...]:
    """Take back that trials of a stored study are excluded: from its next opening on they count again.

    Args:
        storage: URL of the study's store, or an open one, which is closed.
        study: Its name.
        trials: The numbers of trials, or one of them.
        copies: Whether those come back with them that have something of theirs, as for `exclude`.

    Returns:
        Those that were excluded.

    Raises:
        ProblemError: A number is none of a trial of the study.
        StoreError: The study is not there, has a live writer, or is damaged.
        UnsupportedError: The store cannot take it in.
    """
    check_flags(copies=copies)
    numbers = _read(trials)
    with _claimed(storage, study) as found:
        found.check(numbers)
        for number in numbers:
            if number not in found.excluded:
                logger.warning("trial %d stays as it is: it is not excluded", number)
        meant = [*numbers, *(_heirs(found.past, numbers) if copies else ())]
        back = [number for number in meant if number in found.excluded]
        found.amend(back, None)
        return tuple(back)


@dataclass(frozen=True, slots=True)
class Found:
    """A study that nobody else writes."""

    store: Amending
    """Where it is claimed."""
    known: StoredStudy
    """As it lies there."""
    past: Timeline
    """What it has been through."""

    @property
    def excluded(self) -> Mapping[int, str]:
        """Why its trials are excluded, by number."""
        return self.past.exclusions.now

    def check(self, numbers: Sequence[int]) -> None:
        """Check that trials have ended, and that no member of a population waits for one of them.

        Raises:
            ProblemError: They have not, or there are none of these numbers.
        """
        records, faults = self.past.records, []
        last = max(records, default=None)
        there = "has no trial" if last is None else f"has trials 0 to {last}"
        for number in numbers:
            if number not in records:
                faults.append(f"trial {number} is not there: the study {self.known.name!r} {there}")
            elif not records[number].state.counts:
                faults.append(f"trial {number} has not ended: it is {records[number].state.value}")
        if faults:
            raise ProblemError(
                "\n".join(faults),
                hint="the numbers are those of `record.number`, and of `tunebridge show`; a trial that was "
                "interrupted ends when its study goes on",
            )
        if self.past.population is not None and not all(one.state.counts for one in records.values()):
            raise ProblemError(
                f"the study {self.known.name!r} trains a population that has not ended",
                hint="let the study go on until all members of the population have ended, then exclude one",
            )

    def amend(self, numbers: Sequence[int], reason: str | None) -> None:
        """Write that trials are excluded for a reason, or, without one, that they are not any more."""
        if numbers:
            notes = {
                "trials": [*numbers],
                "excluded": reason,
                "segments": len(self.known.segments),
                "when": datetime.now(UTC).isoformat(),
            }
            upgrade(self.store)
            self.store.amend(Seals(self.known.notes).amendment(notes))


@contextmanager
def _claimed(storage: str | Store, name: str) -> Iterator[Found]:
    """Give a study, and keep all others from writing to it meanwhile."""
    check_name(name, storage)
    with opened(storage) as store, closing(store):
        if not isinstance(store, Amending):
            raise UnsupportedError(
                "this store takes in nothing about trials that have ended, so none can be excluded",
                hint="carry the study into a store that can, such as sqlite:///tune.db: "
                "tune(..., history=load_study(...)), with the trial left out",
            )
        if name not in store.studies():
            find(store, name)  # which says what there is
        store.claim(name)
        known = find(store, name)
        check_single(known)
        yield Found(store, known, read_past(known, problem_of(known).space))


def _read(trials: int | Sequence[int]) -> list[int]:
    """Return numbers of trials, each once.

    Raises:
        ProblemError: They are none.
    """
    given: Any = trials.tolist() if hasattr(trials, "tolist") else trials  # of a frame or an array
    given = [given] if is_int(given) else given
    is_list = isinstance(given, Sequence) and not isinstance(given, str)
    if not is_list or not given or not all(is_int(one) for one in given):
        raise ProblemError(
            f"trials must be the numbers of trials, got {brief(trials)}",
            hint="trials=[7], or several: trials=[7, 12]; result.trials has them as record.number",
        )
    return [*dict.fromkeys(map(int, given))]


def _say_who_copied(left: Sequence[int]) -> None:
    """Warn of trials that have something of those that are excluded, and still count."""
    if left:
        logger.warning(
            "%s went on from checkpoints of what is excluded, or got its value, and still %s: if what was "
            "wrong is in there, exclude them with it, in one call: copies=True (--copies)",
            listed("trial", left),
            "count" if len(left) > 1 else "counts",
        )


def _heirs(past: Timeline, excluded: Sequence[int]) -> list[int]:
    """Return the trials that have something of others, or of those that have something of these."""
    found = set(excluded)
    while more := {one.number for one in past.records.values() if _sources(one) & found} - found:
        found |= more
    return sorted(found.difference(excluded))


def _sources(record: TrialRecord) -> set[int | None]:
    donors = {entry.donor for entry in record.schedule if isinstance(entry, Copy)}
    return {*donors, record.copied}
