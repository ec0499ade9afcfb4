"""What libraries without failed trials are told of one."""

from __future__ import annotations

from collections.abc import Sequence

from tunebridge.contract.outcome import Outcome
from tunebridge.problem.problem import Direction


class Penalty:
    """One policy for all libraries that know no failed trials: the worst value so far.

    It is finite, bends no model as an infinity or a huge number does, and lets no failure look better than a
    trial that came to its end. A failure before the first value waits for it: nothing is known to be bad yet.

    Args:
        directions: Those of the study, one per objective.
    """

    def __init__(self, directions: Sequence[Direction]) -> None:
        """Begin with no values."""
        self._directions = tuple(directions)
        self._waiting: list[Outcome] = []
        self.worst: tuple[float, ...] | None = None
        """The worst value of each objective so far, in the user's sign; None before the first."""

    def note(self, outcome: Outcome) -> None:
        """Take the values of an outcome into account, if it has some."""
        if outcome.values is not None:
            both = zip(self.worst or outcome.values, outcome.values, self._directions, strict=True)
            self.worst = tuple(max(pair, key=lambda value: way.sign * value) for *pair, way in both)

    def due(self, outcome: Outcome) -> list[tuple[Outcome, tuple[float, ...]]]:
        """Take an outcome, and return all that the library is to be told now.

        Args:
            outcome: How a trial has ended. A session that knows better what to tell of some, such as the last
                report of a pruned trial, does not hand them over.

        Returns:
            Outcomes with the values to tell, in the user's sign: this one, then those that waited for it, as
            its equals are not to come before it; or none, if it waits itself.
        """
        self.note(outcome)
        if self.worst is None:
            self._waiting.append(outcome)
            return []
        due, self._waiting = [outcome, *self._waiting], []
        return [(one, one.values or self.worst) for one in due]
