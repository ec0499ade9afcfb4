"""A finalist: a trial of a study that runs again, and what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from tunebridge.display.printable import printed
from tunebridge.errors import UnsupportedError
from tunebridge.portable.portable import Portable
from tunebridge.result.result import Result
from tunebridge.space.natural import point_of, to_natural
from tunebridge.trial.record import TrialRecord

DIGITS = 8
"""How many digits of what its params are stand in a finalist's name."""


@printed
@dataclass(frozen=True, slots=True, kw_only=True)
class Finalist(Portable):
    """One of the best trials of a study, and its repeats. Values have the user's sign."""

    number: int
    """Of its trial in the study."""
    params: Mapping[str, Any]
    """Flat params."""
    tuned_value: float
    """What it had in the study, by which it was chosen."""
    key: str
    """Its name among the finalists: the number, and a digest of the params."""
    values: tuple[float, ...] = ()
    """Those of its repeats, in the order of the seeds; up to the one that stopped it, or that failed."""
    stopped: bool = False
    """Whether it was stopped before the last seed because it could not win any more."""
    failure: str = ""
    """Why a repeat has no value: the last line of its error; empty if all have one."""
    beyond: str = ""
    """Which limits a repeat was beyond, and how far; empty if all are within them."""
    excluded: str = ""
    """Why its trial was excluded since; empty if it was not."""

    @property
    def value(self) -> float | None:
        """The mean of its repeats; None before the first."""
        return fmean(self.values) if self.values else None

    @property
    def may_win(self) -> bool:
        """Whether it has met all seeds, and its trial is not excluded."""
        return not (self.out or self.stopped or self.excluded)

    @property
    def out(self) -> str:
        """In which repeat it left, and why: it failed, or was beyond a limit; empty if it did not."""
        repeat = f"repeat {len(self.values) + 1}"
        if self.beyond:
            return f"was beyond its limits in {repeat}: {self.beyond}"
        return f"failed in {repeat}: {self.failure}" if self.failure else ""

    @property
    def name(self) -> str:
        """How it is called where it is shown."""
        return f"trial {self.number}"


def finalists_of(result: Result, top: int) -> list[Finalist]:
    """Return the best eligible trials of a study, the best first, each point once.

    Raises:
        UnsupportedError: There are several objectives, or params of one changed while it trained.
        NoCompleteTrialError: No trial may be the best.
        NoAllowedTrialError: All complete ones are beyond their limits.
    """
    hint = "confirm a study of one of them alone"
    sign = result.problem.single_direction("a confirmation", hint=hint).sign
    space, best = result.problem.space, result.best_trial
    distinct: dict[Any, TrialRecord] = {point_of(space, best.params): best}
    for trial in sorted(result.eligible_trials, key=lambda one: (sign * (one.value or 0.0), one.number)):
        distinct.setdefault(point_of(space, trial.params), trial)
    found = list(distinct.values())[:top]
    changed = [trial.number for trial in found if trial.schedule]
    if changed:
        raise UnsupportedError(
            f"params of trial {changed[0]} changed while it trained, so running them again is another trial",
            hint="tunebridge.replay(record) trains along its schedule; confirm a study without rules and "
            "population",
        )
    return [
        Finalist(
            number=trial.number,
            params=dict(trial.params),
            tuned_value=float(trial.value or 0.0),
            key=f"trial {trial.number} ({_digest(to_natural(space, trial.params))})",
        )
        for trial in found
    ]


def _digest(natural: Mapping[str, Any]) -> str:
    text = json.dumps(dict(natural), sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
