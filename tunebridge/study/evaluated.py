"""Which points of a space have been evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunebridge.space.natural import point_of
from tunebridge.space.space import Space
from tunebridge.trial.limit import Limit
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState
from tunebridge.trial.twin import HISTORY, as_in


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The trial that stands for a point."""

    record: TrialRecord
    """It, as it has ended."""
    imported: bool
    """Whether it is of another study."""

    @property
    def is_complete(self) -> bool:
        """Whether it has a value."""
        return self.record.state is TrialState.COMPLETE

    def tells_more_than(self, known: Evaluated) -> bool:
        """Return whether it is to stand for its point in place of the one that does."""
        more = known.record.limits.keys() < self.record.limits.keys()
        return not known.is_complete or (self.is_complete and more)

    def stands_in(self, limits: Mapping[str, Limit]) -> bool:
        """Return whether another trial may get its value: it has one, and all that its problem limits."""
        return self.is_complete and limits.keys() <= self.record.limits.keys()

    def lend(self, opened: OpenTrial) -> None:
        """Note of a trial that gets its value whose that is, and what goes with it."""
        opened.trial.limits.update(self.record.limits)
        opened.copied = None if self.imported else self.record.number

    @property
    def said(self) -> str:
        """What is added to how a backend is told of a trial that gets its value."""
        return HISTORY if self.imported else as_in(self.record.number)


class EvaluatedPoints:
    """The trials of a study by their params.

    Args:
        space: The declared space.
    """

    def __init__(self, space: Space) -> None:
        """Begin with no point."""
        self._space, self._size = space, space.size
        self._found: dict[frozenset[tuple[str, Any]], Evaluated] = {}
        self._own: set[frozenset[tuple[str, Any]]] = set()

    @property
    def is_full(self) -> bool:
        """Whether the study itself has a trial at every point of the space."""
        return self._size is not None and len(self._own) >= self._size

    def add(self, record: TrialRecord, *, imported: bool = False) -> None:
        """Note the end of a trial, or of an imported one.

        The first that is complete stands for its point, unless a later one knows more of what is limited.
        """
        known = self._found.get(key := point_of(self._space, record.params))
        self._own |= set() if imported else {key}
        one = Evaluated(record, imported)
        if known is None or one.tells_more_than(known):
            self._found[key] = one

    def find(self, params: Mapping[str, Any]) -> Evaluated | None:
        """Return the trial that has evaluated flat params, if there is one."""
        return self._found.get(point_of(self._space, params))
