"""Proposes the repeats of a confirmation, round by round: a backend that only confirmations have."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from tunebridge.confirmation.plan import FINALIST, SEED, Plan
from tunebridge.contract.backend import OpenRequest
from tunebridge.contract.outcome import Outcome, OutcomeState
from tunebridge.contract.session import Suggestion
from tunebridge.registry.choice import Backend
from tunebridge.registry.manual import MANUAL

if TYPE_CHECKING:
    from tunebridge.confirmation.race import Race

NAME = "tunebridge:confirm"
"""Stands for a backend's name with studies that are confirmations."""


class RaceSession:
    """Asks for the repeats of all finalists with one seed before those with the next.

    What it proposes depends on what it was told, so that it is brought back exactly.

    Args:
        plan: What is to be run.
        race: Of its finalists.
    """

    def __init__(self, plan: Plan, race: Race) -> None:
        """Begin with nothing asked."""
        self._race = race
        self._sign = plan.problem.directions[0].sign
        self._places = {seed: place for place, seed in enumerate(plan.seeds)}
        self._left = [(one.key, seed) for seed in plan.seeds for one in plan.finalists]
        self._planned = frozenset(self._left)
        self._n_asked = 0

    def ask(self) -> Suggestion | None:
        """Return the next repeat that is wanted; None if there is none any more."""
        for key, seed in self._left:
            if self._race.wants(key, self._places[seed]):
                self._left.remove((key, seed))
                self._n_asked += 1
                return Suggestion(self._n_asked - 1, {FINALIST: key, SEED: seed})
        return None

    def tell(self, outcome: Outcome) -> str:
        """Take in a repeat, one of an earlier session, too."""
        key, seed = outcome.params[FINALIST], outcome.params[SEED]
        if (key, seed) not in self._planned:
            return "kept, and not asked for now"
        if (key, seed) in self._left:
            self._left.remove((key, seed))
        is_valued = outcome.state is OutcomeState.COMPLETE and not outcome.is_beyond
        loss = self._sign * outcome.values[0] if is_valued and outcome.values else inf
        self._race.end(key, self._places[seed], loss)
        return "counted as a repeat"

    def close(self) -> None:
        """Hold nothing."""


def race_of(plan: Plan) -> Race:
    """Return the race of a plan's finalists, before its first round."""
    from tunebridge.confirmation.race import Race

    sign = plan.problem.directions[0].sign
    return Race({one.key: sign * one.tuned_value for one in plan.finalists}, len(plan.seeds))


def backend_of(plan: Plan) -> Backend:
    """Return what stands in for a backend; its options are what the confirmation is beside its repeats."""

    def opened(request: OpenRequest) -> RaceSession:
        return RaceSession(plan, race_of(plan))

    spec = replace(
        MANUAL,
        name=NAME,
        summary="the finalists of a study with fresh seeds",
        open=opened,
        requires=("scipy",),
        # Not independent: which repeats there are depends on those before.
        capabilities=replace(MANUAL.capabilities, independent=False, multi_objective=False, limits=True),
    )
    return Backend(spec, plan.notes)
