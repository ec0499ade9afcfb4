"""What every backend promises about limits: what is beyond them keeps it away, natively or as it is told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice

from tunebridge import Backend, Direction, Space
from tunebridge.testing.bowl import Bowl
from tunebridge.testing.dialogue import Dialogue
from tunebridge.testing.example_spaces import flat_space
from tunebridge.testing.learning import LearningContract, Params

ALLOWED = 0.2
"""The value of a bowl above which a trial is beyond its limit."""


class LimitsContract(LearningContract):
    """The promise about limits; `BackendContract` includes it.

    Values draw to any point of the space, and all that is far from a target is beyond a limit. As
    studies do, the suite tells a session that does not declare `limits` of a worse value in its place.
    """

    n_limited = 0
    """Trials of a session that is told of limits; as many as `n_learning` for 0."""

    def test_limits_draw_it_to_where_they_are_kept_if_it_learns_and_else_move_nothing(
        self, eager: Backend
    ) -> None:
        """Tell of its own trials, some of them beyond a limit."""
        run = partial(self._limited, eager, [Direction.MAXIMIZE])
        self._prove(run, flat_space(eager), claimed=eager.spec.capabilities.learns)

    def _limited(
        self, chosen: Backend, directions: Sequence[Direction], space: Space, target: Params, seed: int
    ) -> Sequence[Params]:
        """Return the later proposals of a session that is told how far its trials are beyond a limit."""
        bowl, limit, proposals = Bowl(space, space.sample(seed)), Bowl(space, target), []
        count = self.n_limited or self.n_learning
        with Dialogue(chosen, space, seed=seed, bowl=bowl, directions=directions) as dialogue:
            for suggestion in islice(iter(dialogue.ask, None), count):
                proposals.append(suggestion.params)
                dialogue.tell(suggestion, excess=limit(suggestion.params) - ALLOWED)
        return proposals[count // 2 :]
