"""Who proposed the trials of a study: how many, how many of them were good, and what asking cost."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tunebridge.display.counted import counted
from tunebridge.pages.text import duration
from tunebridge.problem.problem import Direction
from tunebridge.trial.record import TrialRecord

TENTH = 0.1
"""The part of the history that counts as best."""


@dataclass(slots=True, kw_only=True)
class Proposer:
    """One of those who proposed."""

    name: str
    """The backend's, or its member's."""
    n_trials: int = 0
    """How many trials it proposed."""
    n_best: int = 0
    """How many were among the best tenth as they ended; of several objectives, on the front of then."""
    seconds: float = 0.0
    """Time of samplers for these trials."""

    def __str__(self) -> str:
        """Return it as a clause."""
        each = self.seconds / self.n_trials
        cost = f"{1000 * each:.3g} ms" if each < 1 else duration(each)
        return (
            f"{self.name} proposed {counted(self.n_trials, 'trial')}, {self.n_best} of them among the best "
            f"tenth as they ended, at {cost} each"
        )


def proposers(trials: Sequence[TrialRecord], directions: Sequence[Direction]) -> list[Proposer]:
    """Return who proposed, the one with most trials first.

    Args:
        trials: In any order; as they ended says when they did.
        directions: One per objective.
    """
    found: dict[str, Proposer] = {}
    losses: list[tuple[float, ...]] = []
    for trial in trials:
        one = found.setdefault(trial.proposer, Proposer(name=trial.proposer))
        one.n_trials += 1
        one.seconds += trial.sampler_seconds
    for trial in sorted((one for one in trials if one.is_eligible), key=_ended):
        if trial.values is not None:
            own = tuple(way.sign * value for way, value in zip(directions, trial.values, strict=True))
            found[trial.proposer].n_best += _is_among_best(own, losses)
            insort(losses, own)
    return sorted(found.values(), key=lambda one: -one.n_trials)


def remarks(
    trials: Sequence[TrialRecord], members: Mapping[str, str], not_asked: Mapping[str, str]
) -> list[str]:
    """Return what there is to say beside the counts, a clause each.

    Args:
        trials: By number.
        members: What is to be said of each member, by name.
        not_asked: Why others are no members, by name.
    """
    idle = members.keys() - {trial.proposer for trial in trials}
    decided = Counter(trial.decided for trial in trials if trial.decided)
    return [
        *(f"{name} {remark}" for name, remark in members.items() if remark),
        *(f"{name} is a member, and proposed no trial" for name in members if name in idle),
        *(f"{counted(n, 'trial')} began {said}, to save time" for said, n in decided.items()),
        *(f"{name} was not asked: {reason}" for name, reason in not_asked.items()),
    ]


def _ended(trial: TrialRecord) -> tuple[datetime, int]:
    return trial.finished or trial.started, trial.number


def _is_among_best(own: tuple[float, ...], losses: Sequence[tuple[float, ...]]) -> bool:
    if len(own) == 1:
        return bisect_left(losses, own) <= TENTH * len(losses)
    return not any(
        other != own and all(one <= mine for one, mine in zip(other, own, strict=True)) for other in losses
    )
