"""Which trials a sampler goes on being told of, where `remember=` bounds their number: one rule for all.

A sampler that looks at all trials each time costs the more the longer a study is. Told of no more than
`most`, it costs the same from then on, and its trajectory is another one.

Trials are forgotten many at a time: when a trial ends, and more than `most` have that are remembered, half of
`most` stay. Of these are

- a third the best: complete ones by their value, or front by front where there are several objectives, then
  pruned ones, by how far they came and their last report;
- a third the latest;
- the rest those that are farthest from all that stay, one after the other: what is known far from the best.

Trials that have not ended are never forgotten. All depends on what was told and in which order alone, so a
study repeats by its seed, and goes on exactly after a kill.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from tunebridge.checks import is_finite, is_int
from tunebridge.contract.backend import OpenRequest
from tunebridge.contract.outcome import Outcome
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

SHARES = 3
"""The best and the latest are one of so many parts of those that stay, each."""

PER_START = 2 * SHARES
"""`most` is at least so many times what a sampler begins with at random: as many of the best always stay."""


@dataclass(frozen=True, slots=True)
class Known:
    """A trial that a sampler was told of."""

    key: int
    """The session's own number for it."""
    outcome: Outcome
    """How it ended."""


class Remembered:
    """The trials of one session that its sampler is told of.

    Args:
        most: How many of those that have ended; None for all.
        space: The declared space.
        directions: Those of the study, one per objective.
    """

    def __init__(self, most: int | None, *, space: Space, directions: Sequence[Direction]) -> None:
        """Begin with none."""
        self._most = most
        self._coordinates = Coordinates(space)
        self._signs = [direction.sign for direction in directions]
        self._told: list[Known] = []
        self._has_forgotten = False

    @classmethod
    def of(cls, request: OpenRequest, *, n_start: Any) -> Self:
        """Return those of a session that is to be opened, as its option `remember` says; all without it.

        Args:
            request: What the session is opened with.
            n_start: How many trials the sampler begins with at random; the sampler itself refuses what is no
                number.

        Raises:
            OptionError: The option is no whole number, or too small.
        """
        given = request.options.get(OPTION)
        least = PER_START * int(max(n_start, 1)) if is_finite(n_start) else PER_START
        if given is not None and not (is_int(given) and given >= least):
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
        return self._has_forgotten

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
        self._told.append(Known(key, outcome))
        if len(self._told) <= self._most:
            return frozenset()
        stay = self._chosen(self._most // 2)
        gone = frozenset(one.key for place, one in enumerate(self._told) if place not in stay)
        self._told = [one for place, one in enumerate(self._told) if place in stay]
        self._has_forgotten = True
        return gone

    def _chosen(self, count: int) -> Collection[int]:
        """Return the places of those that stay."""
        newest = len(self._told)
        stay = dict.fromkeys(self._best(count // SHARES))
        stay |= dict.fromkeys(range(newest - count // SHARES, newest))
        rows = self._coordinates.rows(one.outcome.params for one in self._told)
        return stay.keys() | _farthest(rows, list(stay), count - len(stay))

    def _best(self, count: int) -> list[int]:
        """Return the places of the best, the best first, as many as there are."""
        losses = {
            place: tuple(sign * value for sign, value in zip(self._signs, one.outcome.values, strict=True))
            for place, one in enumerate(self._told)
            if one.outcome.values is not None
        }
        complete = fronts(losses, count)
        pruned = [
            place for place, one in enumerate(self._told) if place not in losses and one.outcome.reports
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


def remember_statement(options: Mapping[str, Any]) -> str:
    """Return what a backend's options say of what its sampler is told of; empty where that is all."""
    most = options.get(OPTION)
    if most is None:
        return ""
    return f"its sampler is told of {most} trials at most: the best, the latest, some spread over the space"
