"""Which trials a sampler goes on being told of, where `remember=` bounds their number: one rule for all.

A sampler that looks at all trials each time costs the more the longer a study is. Told of no more than
`most`, it costs the same from then on, and its trajectory is another one.

Trials are forgotten some at a time: when a trial ends, and more than `most` have that are remembered, a tenth
of `most` go. Of those that stay are

- a tenth the best within their limits: complete ones by their value, or front by front where there are
  several objectives, then pruned ones, by how far they came and their last report; samplers take no more than
  that for good;
- a tenth the latest;
- a tenth those that are farthest from all of these, one after the other: what is known far from the best;
- the rest an even sample of the whole study by age, so that what a sampler takes for the ordinary trial is
  what it would be without a bound.

Trials that have not ended are never forgotten. All depends on what was told and in which order alone, so a
study repeats by its seed, and goes on exactly after a kill.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tunebridge.contract.backend import OpenRequest
from tunebridge.contract.option_rules import Either, OneOf, OptionRule, Whole
from tunebridge.contract.outcome import Outcome, OutcomeState
from tunebridge.display.brief import brief
from tunebridge.errors import OptionError
from tunebridge.problem.problem import Direction
from tunebridge.space.coordinates import Coordinates, distances
from tunebridge.space.space import Space

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

OPTION = "remember"
"""The name of the option, the same for every backend that has it."""

PARTS = 10
"""So many parts has what is remembered: one goes at a time, and of the rest one is the best, and so on."""

PER_START = 6
"""`most` is at least so many times what a sampler begins with at random: with less it hardly learns."""


@dataclass(frozen=True, slots=True)
class Known:
    """A trial that a sampler was told of."""

    key: int
    """The session's own number for it."""
    age: int
    """How many had ended before it."""
    outcome: Outcome
    """How it ended."""


class Remembered:
    """The trials of one session that its sampler is told of.

    Args:
        most: How many of those that have ended; None for all.
        space: The declared space.
        directions: Those of the study, one per objective.
    """

    RULE: ClassVar[OptionRule] = Either(Whole(1), OneOf(None))
    """What the option has to be, whatever the sampler."""

    def __init__(self, most: int | None, *, space: Space, directions: Sequence[Direction]) -> None:
        """Begin with none."""
        self._most = most
        self._coordinates = Coordinates(space)
        self._signs = [direction.sign for direction in directions]
        self._told: list[Known] = []
        self._n_ended = 0

    @classmethod
    def of(cls, request: OpenRequest, *, n_start: int) -> Self:
        """Return those of a session that is to be opened, as its option `remember` says; all without it.

        Args:
            request: What the session is opened with.
            n_start: How many trials the sampler begins with at random.

        Raises:
            OptionError: The option is too small.
        """
        given = request.options.get(OPTION)
        least = PER_START * max(n_start, 1)
        if given is not None and given < least:
            raise OptionError(
                f"{OPTION} must be an integer >= {least}, {PER_START} times the {n_start} trials that the "
                f"sampler begins with at random, or None for no bound, got {brief(given)}",
                hint="500 is a good beginning; an ask costs what it does in a study of so many trials",
            )
        most = None if given is None else int(given)
        return cls(most, space=request.space, directions=request.directions)

    @property
    def has_forgotten(self) -> bool:
        """Whether any trial was forgotten."""
        return self._n_ended > len(self._told)

    def take(self, key: int, outcome: Outcome) -> frozenset[int]:
        """Take the end of a trial in, and return which ones the sampler is to forget now.

        Args:
            key: The session's own number for the trial.
            outcome: How it has ended.

        Returns:
            The keys of those to forget: none, but each time that the bound is reached.
        """
        if self._most is None:
            return frozenset()
        self._told.append(Known(key, self._n_ended, outcome))
        self._n_ended += 1
        if len(self._told) <= self._most:
            return frozenset()
        stay = self._chosen(self._most - self._most // PARTS)
        gone = frozenset(one.key for place, one in enumerate(self._told) if place not in stay)
        self._told = [one for place, one in enumerate(self._told) if place in stay]
        return gone

    def _chosen(self, count: int) -> Collection[int]:
        """Return the places of those that stay."""
        newest, part = len(self._told), count // PARTS
        stay = {*self._best(part), *range(newest - part, newest)}
        rows = self._coordinates.rows(one.outcome.params for one in self._told)
        stay |= _farthest(rows, sorted(stay), part)
        left = [place for place in range(newest) if place not in stay]
        ages = [self._told[place].age for place in left]
        return stay | {left[place] for place in _evenly(ages, count - len(stay), self._n_ended)}

    def _best(self, count: int) -> list[int]:
        """Return the places of the best, the best first, as many as there are."""
        losses = {
            place: tuple(sign * value for sign, value in zip(self._signs, one.outcome.values, strict=True))
            for place, one in enumerate(self._told)
            if one.outcome.values is not None and not one.outcome.is_beyond
        }
        complete = fronts(losses, count)
        pruned = [
            place
            for place, one in enumerate(self._told)
            if one.outcome.state is OutcomeState.PRUNED and one.outcome.reports and not one.outcome.is_beyond
        ]
        return (complete + sorted(pruned, key=self._how_far))[:count]

    def _how_far(self, place: int) -> tuple[float, float]:
        last = max(self._told[place].outcome.reports, key=lambda report: report.step)
        return -last.step, self._signs[0] * last.value


def fronts(losses: Mapping[int, tuple[float, ...]], count: int) -> list[int]:
    """Return the places of the least losses, front by front, at least as many as wanted if there are so many.

    Args:
        losses: A tuple per place, the less the better.
        count: How many are wanted.
    """
    import numpy as np

    places = sorted(losses, key=lambda place: (losses[place], place))
    rows = np.asarray([losses[place] for place in places], dtype=float)
    if rows.ndim < 2 or rows.shape[1] == 1:
        return places
    left = np.arange(len(places))
    found: list[int] = []
    while len(found) < count and left.size:
        is_first = _undominated(rows[left])
        found += [places[index] for index in left[is_first]]
        left = left[~is_first]
    return found


def _undominated(rows: Array) -> Array:
    """Return for each row whether no other is as good everywhere, and better somewhere."""
    import numpy as np

    found: Array = np.asarray(
        [not ((rows <= row).all(axis=1) & (rows < row).any(axis=1)).any() for row in rows], dtype=bool
    )
    return found


def _farthest(rows: Array, stay: Sequence[int], count: int) -> set[int]:
    """Return so many places more, each the farthest from all before; the first of equals."""
    import numpy as np

    gaps = np.full(len(rows), np.inf)
    for place in stay:
        gaps = np.minimum(gaps, distances(rows, rows[place]))
    gaps[list(stay)] = -1.0
    found: set[int] = set()
    for _ in range(count):
        place = int(np.argmax(gaps))
        found.add(place)
        gaps = np.minimum(gaps, distances(rows, rows[place]))
        gaps[place] = -1.0
    return found


def _evenly(ages: Sequence[int], count: int, until: int) -> list[int]:
    """Return so many places, one for each of as many equal stretches of time: the nearest to its middle.

    Args:
        ages: In rising order, at least so many.
        count: How many are wanted.
        until: When the last stretch ends; the first begins at 0.
    """
    found: list[int] = []
    place = 0
    for stretch in range(count):
        middle = (stretch + 0.5) * until / count
        last = len(ages) - (count - stretch)
        while place < last and abs(ages[place + 1] - middle) <= abs(ages[place] - middle):
            place += 1
        found.append(place)
        place += 1
    return found


def remember_statement(options: Mapping[str, Any]) -> str:
    """Return what a backend's options say of what its sampler is told of; empty where that is all."""
    most = options.get(OPTION)
    if most is None:
        return ""
    return f"its sampler is told of {most} trials at most: the best, the latest, an even sample of the rest"
