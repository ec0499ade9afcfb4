"""What libraries without limits of their own are told of a trial beyond its limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tunebridge.checks import bounded
from tunebridge.contract.backend import Capabilities
from tunebridge.contract.outcome import Outcome, OutcomeState
from tunebridge.contract.penalty import Penalty
from tunebridge.problem.problem import Direction

FAILED = ", as it is beyond its limits"
WORSE = ", with a value worse than all others as it is beyond its limits"

NATIVE = "limits of trials are told as the library's own constraints"
EMULATED = (
    "a trial beyond its limits is told with a value worse than all so far, the worse the further it is "
    "beyond; until two values differ, as failed"
)
UNTOLD = "limits of trials move nothing: it does not learn"


class Beyond:
    """One policy for all libraries without limits: the penalty, graded.

    A trial beyond its limits is told with the worst value so far, its own and those of others beyond
    included, made worse by as much as all values span, times its share of the furthest that was beyond. So it
    looks better than no trial that has ended by then, and a smaller violation looks better than a greater
    one. As long as no two values differ nothing is known to be bad: it is told as failed. So is a pruned one,
    whose reports would look good.

    Args:
        directions: Those of the study, one per objective.
        able: What the backend can do: one that has limits of its own, or does not learn, is told as it was.
    """

    def __init__(self, directions: Sequence[Direction], able: Capabilities) -> None:
        """Begin with no values."""
        self._is_needed = able.learns and not able.limits
        self._worst, self._best = Penalty(directions), Penalty([_OTHER[way] for way in directions])
        self._furthest: dict[str, float] = {}

    def told(self, outcome: Outcome) -> tuple[Outcome, str]:
        """Return what the session is to be told in place of an outcome, and what is added to how it was told.

        Args:
            outcome: How a trial has ended; each is given once, in the order of telling.
        """
        if not self._is_needed:
            return outcome, ""
        self._worst.note(outcome)
        self._best.note(outcome)
        if not outcome.is_beyond:
            return outcome, ""
        share, worst, best = self._share(outcome), self._worst.worst, self._best.worst
        if outcome.state is not OutcomeState.COMPLETE or worst is None or best is None or worst == best:
            return replace(outcome, state=OutcomeState.FAILED, values=None), FAILED
        values = tuple(bounded(bad + share * (bad - good)) for bad, good in zip(worst, best, strict=True))
        return replace(outcome, values=values), WORSE

    def _share(self, outcome: Outcome) -> float:
        """Return how far a trial is beyond, as a mean share of the furthest so far: in (0, 1]."""
        beyond = {name: excess for name, excess in outcome.limits.items() if excess > 0.0}
        for name, excess in beyond.items():
            self._furthest[name] = max(self._furthest.get(name, excess), excess)
        return sum(excess / self._furthest[name] for name, excess in beyond.items()) / len(beyond)


def limits_statement(able: Capabilities) -> str:
    """Return what becomes of limits on a backend, in words."""
    return NATIVE if able.limits else EMULATED if able.learns else UNTOLD


_OTHER = {Direction.MINIMIZE: Direction.MAXIMIZE, Direction.MAXIMIZE: Direction.MINIMIZE}
