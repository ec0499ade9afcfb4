"""A stored study as people look at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from tunebridge.contract.events import StoredStudy
from tunebridge.contract.store import Store
from tunebridge.result.result import Result
from tunebridge.stores.loading import find, result_of
from tunebridge.stores.recorder import read_past
from tunebridge.stores.stored_problem import described_anew, newest, problem_of
from tunebridge.stores.timeline import Timeline
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a stored study was made for, who proposed its trials, and what came out up to now."""

    name: str
    """Its name."""
    objective: str
    """The objective's name."""
    seed: int
    """Its seed."""
    parent: str | None
    """The study that it was carried from, if there is one."""
    versions: Mapping[str, str | None]
    """Versions of Python and tunebridge that made it."""
    not_compared: Mapping[str, str]
    """What its objective depends on that is not compared when it goes on, and why."""
    changes: Mapping[str, str]
    """What may be computed otherwise, by the trial from which on it is and the day: accepted, or unseen
    since an earlier tunebridge had not stored it."""
    past: Timeline
    """All its segments and attempts."""
    result: Result
    """The last attempt at each trial, and the best of them; what is damaged is left out, and named."""

    @property
    def backends(self) -> list[str]:
        """Who proposed, in order; the same one twice in a row counts once."""
        return [name for name, _ in groupby(segment.backend for segment in self.past.segments)]

    @property
    def counts(self) -> Counter[TrialState]:
        """Number of trials by state."""
        return Counter(record.state for record in self.result.trials)

    @property
    def best(self) -> list[TrialRecord]:
        """The complete trials, best first; of several objectives, the Pareto front."""
        return best_first(self.result)

    @property
    def failed(self) -> list[TrialRecord]:
        """The trials that failed or ran out of time, by number."""
        return [record for record in self.result.trials if record.state.is_failure]

    @property
    def excluded(self) -> list[TrialRecord]:
        """The trials that are excluded, by number."""
        return [record for record in self.result.trials if record.excluded is not None]

    @property
    def unfinished(self) -> list[TrialRecord]:
        """The trials that were interrupted at least once, or that run, by number."""
        again = {one.record.number for one in self.past.attempts if one.record.attempt > 0}
        return [one for one in self.result.trials if one.number in again or not one.state.counts]

    @property
    def started(self) -> datetime | None:
        """When the first attempt began; None if there is none."""
        return min((one.record.started for one in self.past.attempts), default=None)

    @property
    def last_active(self) -> datetime | None:
        """When the last attempt began or ended."""
        records = [one.record for one in self.past.attempts]
        return max((record.finished or record.started for record in records), default=None)

    def first_trial(self, index: int) -> int | None:
        """Return the first trial that a segment has proposed, or None."""
        own = (one.record.number for one in self.past.attempts if one.origin.segment == index)
        return min(own, default=None)


def best_first(result: Result) -> list[TrialRecord]:
    """Return the eligible trials, best first; of several objectives, the Pareto front."""
    if not result.eligible_trials:
        return []
    if len(result.problem.directions) > 1:
        return result.best_trials
    sign = result.problem.directions[0].sign
    return sorted(result.eligible_trials, key=lambda trial: sign * (trial.values or (0.0,))[0])


def read_overview(store: Store, name: str) -> Overview:
    """Read a study from its store, or what is left of a damaged one.

    Raises:
        StoreError: There is no such study, or it cannot be read.
    """
    known = find(store, name, partly=True)
    problem = problem_of(known)
    past = read_past(known, problem.space)
    return Overview(
        name=name,
        objective=known.notes["objective"]["name"],
        seed=known.notes["seed"],
        parent=known.notes["parent"],
        versions=known.notes["versions"],
        not_compared=newest(known)["objective"].get("not_compared", {}),
        changes=_changes(known),
        past=past,
        result=result_of(known, problem, past),
    )


def _changes(known: StoredStudy) -> dict[str, str]:
    """Return what a study went on with although it had changed, or may have, by trial and day."""
    kinds = {"accepted": "accepted", "unseen": "not compared"}
    return {
        f"trial {number}, {note['when'][:10]}": "; ".join(
            f"{said}: {', '.join(note[kind])}" for kind, said in kinds.items() if note[kind]
        )
        for number, note in described_anew(known)
    }
