"""Who proposes next: the whole rule of `auto`.

1. **The best starter** comes first: of the members that may propose now, the first of `STARTERS`. In a space
   with conditions, and where most trials were pruned, those that model neither come after the others.
2. **It starts alone**, until there are `START` trials.
3. **Then it keeps one of three proposals**, or one of two where there is one other. The rest goes to the
   others by credit: each earns its credit's share of these turns, and never less than the floor's. With a
   floor of 1, which is the default, they take turns.
4. **Credit** is how many of a member's last proposals were among the best tenth of the history as they
   ended; with several objectives, those that none of the history was better than. It is decayed, so that the
   last five or so count most.
5. **No point twice**: who proposes a point that is known is told its outcome, and the next one is asked.
6. **Costly members step back** while their next proposal would take more than a share of the objective's own
   time (`costs.py`), and once the history is `LONG`.

All but the clock of 6 follows from told values and counts alone. How the numbers were chosen, and what they
were shown on, is in `benchmarks/README.md`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence

from tunebridge import Capabilities, Direction, Outcome, OutcomeState

STARTERS = ("optuna:gp", "optuna:tpe", "hyperopt:tpe")
"""The best from few points first."""

PROCESSES = frozenset({"optuna:gp"})
"""Whose model is costly, and neither has branches nor takes reports of pruned trials."""

START = 25
"""Trials that the starter begins with."""

ROUND = 3
"""Of so many proposals the starter keeps one."""

LONG = 400
"""Trials in a history that is too long for a costly model."""

DECAY = 0.8
"""What is left of a credit after each proposal."""

TENTH = 0.1
"""The part of the history that counts as best."""


class Rule:
    """Counts, credits, and who is next.

    Args:
        members: What each member can do, by name.
        directions: One per objective.
        floor: The least credit.
        conditional: Whether the space has conditions.
    """

    def __init__(
        self,
        members: Mapping[str, Capabilities],
        directions: Sequence[Direction],
        *,
        floor: float,
        conditional: bool,
    ) -> None:
        """Begin with equal credits."""
        self.credit = dict.fromkeys(members, 0.5)
        """How much of what a member proposed last was among the best, by name."""
        self._able = members
        self._signs = [direction.sign for direction in directions]
        self._floor = floor
        self._conditional = conditional
        self._due = dict.fromkeys(members, 0.0)
        self._losses: list[tuple[float, ...]] = []
        self._n_begun = 0
        self._n_ended = 0
        self._n_pruned = 0
        self._n_turns = 0

    @property
    def is_long(self) -> bool:
        """Whether the history is too long for costly models."""
        return self._n_ended >= LONG

    def order(self, away: frozenset[str]) -> list[str]:
        """Return who is asked, and who comes next if that one knows nothing new; this takes one turn.

        Args:
            away: Those who step back now; nobody, if all do.
        """
        out = away | (PROCESSES if self.is_long else frozenset())
        present = [name for name in self._able if name not in out] or list(self._able)
        starter = min(present, key=self._place)
        others = [name for name in present if name != starter]
        if self._n_begun + self._n_ended < START or not others:
            return [starter, *others]
        self._n_turns += 1
        if self._n_turns % min(ROUND, len(present)) == 1:
            return [starter, *self._by_due(others)]
        weights = {name: max(self.credit[name], self._floor) for name in others}
        for name in others:
            self._due[name] += weights[name] / sum(weights.values())
        first = self._by_due(others)[0]
        self._due[first] -= 1.0
        return [first, starter, *(name for name in others if name != first)]

    def foretell(self, away: frozenset[str]) -> str:
        """Return who would be asked now; this takes no turn.

        Args:
            away: Those who step back.
        """
        n_turns, due = self._n_turns, dict(self._due)
        first = self.order(away)[0]
        self._n_turns, self._due = n_turns, due
        return first

    def begin(self) -> None:
        """Count a proposal that is to be evaluated."""
        self._n_begun += 1

    def end(self, outcome: Outcome, by: str) -> None:
        """Take in the end of a trial.

        Args:
            outcome: Of the trial.
            by: Who proposed it; empty for nobody of the members.
        """
        self._n_begun -= outcome.suggestion_id is not None
        if outcome.state is OutcomeState.INFEASIBLE:
            return
        self._n_ended += 1
        self._n_pruned += outcome.state is OutcomeState.PRUNED
        is_good = outcome.values is not None and not outcome.is_beyond and self._is_good(outcome.values)
        if by in self.credit:
            self.credit[by] = DECAY * self.credit[by] + (1 - DECAY) * is_good

    def _is_good(self, values: Sequence[float]) -> bool:
        """Keep values, and return whether they are among the best."""
        losses = tuple(sign * value for sign, value in zip(self._signs, values, strict=True))
        if len(losses) > 1:
            good = not any(_is_better(other, losses) for other in self._losses)
        else:
            good = bisect_left(self._losses, losses) <= TENTH * len(self._losses)
        insort(self._losses, losses)
        return good

    def _by_due(self, names: Sequence[str]) -> list[str]:
        return sorted(names, key=lambda name: -self._due[name])

    def _place(self, name: str) -> tuple[bool, int]:
        """Return where among the starters a member stands: those that cannot model what is here come last."""
        mostly_pruned = 2 * self._n_pruned > self._n_ended
        blind: Callable[[str], bool] = lambda one: (  # noqa: E731
            (self._conditional and one in PROCESSES)
            or (mostly_pruned and not self._able[one].learns_from_pruned)
        )
        return blind(name), STARTERS.index(name) if name in STARTERS else len(STARTERS)


def _is_better(one: Sequence[float], other: Sequence[float]) -> bool:
    """Return whether losses are nowhere worse than others, and better somewhere."""
    return one != other and all(mine <= theirs for mine, theirs in zip(one, other, strict=True))
