"""Who proposed the trials of a study: how many, how many of them were good, and what asking cost."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunebridge.display.counted import counted
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
        milliseconds = 1000 * self.seconds / self.n_trials
        return (
            f"{self.name} proposed {counted(self.n_trials, 'trial')}, {self.n_best} of them among the best "
            f"tenth as they ended, at {milliseconds:.3g} ms each"
        )


def proposers(trials: Sequence[TrialRecord], directions: Sequence[Direction]) -> list[Proposer]:
    """Return who proposed, the one with most trials first.

    Args:
        trials: In the order of their numbers.
        directions: One per objective.
    """
    found: dict[str, Proposer] = {}
    losses: list[tuple[float, ...]] = []
    for trial in trials:
        one = found.setdefault(trial.proposer, Proposer(name=trial.proposer))
        one.n_trials += 1
        one.seconds += trial.sampler_seconds
        if trial.values is not None:
            own = tuple(way.sign * value for way, value in zip(directions, trial.values, strict=True))
            one.n_best += _is_among_best(own, losses)
            insort(losses, own)
    return sorted(found.values(), key=lambda one: -one.n_trials)


def why(trials: Sequence[TrialRecord], directions: Sequence[Direction], not_asked: Mapping[str, str]) -> str:
    """Return who proposed, and why others were not asked, a line each."""
    lines = list(map(str, proposers(trials, directions)))
    return "\n".join([*lines, *(f"{name} was not asked: {reason}" for name, reason in not_asked.items())])


def _is_among_best(own: tuple[float, ...], losses: Sequence[tuple[float, ...]]) -> bool:
    if len(own) == 1:
        return bisect_left(losses, own) <= TENTH * len(losses)
    return not any(
        other != own and all(one <= mine for one, mine in zip(other, own, strict=True)) for other in losses
    )
