"""What moves the params of a copy: asked at each copy, told what each interval gained."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tunebridge.population.population import Population
from tunebridge.problem.problem import Direction
from tunebridge.space.space import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorerRequest:
    """All that an explorer needs to know about its study."""

    space: Space
    """The declared space."""
    names: Sequence[str]
    """Flat names of the params that it moves, those that are active."""
    population: Population
    """What the user says of it."""
    direction: Direction
    """Whether lower or higher values are better."""
    seed: int
    """The study's seed."""
    study_name: str
    """The study's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """A copy that is to go on with other params than its donor."""

    member: int
    """Number of the trial that has copied."""
    step: int
    """The donor's step, after which the new params hold."""
    params: Mapping[str, Any]
    """All of the donor's flat params, as they are now."""
    names: Sequence[str]
    """Which of them are moved."""
    rng: random.Random
    """To draw from: the same for the same study, member and interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """What one member has gained in one interval."""

    member: int
    """Number of the trial."""
    first: int
    """Its first step."""
    last: int
    """Its last step."""
    params: Mapping[str, Any]
    """The flat params that it began with."""
    before: float | None
    """The value that its model had before, in the user's sign; the donor's after a copy, None at first."""
    after: float
    """The value at the last step."""


class Explorer(Protocol):
    """Moves the params of copies in one study.

    What it proposes may depend on what it was told, on its study's seed and on the generator that it is
    given, on nothing else: when a study goes on after a kill, a new one is told of all intervals again, in
    their order.
    """

    def explore(self, copied: Exploration) -> Mapping[str, Any]:
        """Return new values of the named params, by flat name; what it leaves out stays the donor's.

        The population asks again, up to 100 times, while the answer breaks a constraint of the space.
        """

    def observe(self, interval: Interval) -> None:
        """Take in what an interval gained; those of one generation come by number, before it is asked."""
