"""Which points of a space have been evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.space.natural import point_of
from tunebridge.space.space import Space
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState


class EvaluatedPoints:
    """The trials of a study by their params.

    Args:
        space: The declared space.
    """

    def __init__(self, space: Space) -> None:
        """Begin with no point."""
        self._space, self._size = space, space.size
        self._records: dict[frozenset[tuple[str, Any]], TrialRecord] = {}
        self._own: set[frozenset[tuple[str, Any]]] = set()

    @property
    def is_full(self) -> bool:
        """Whether the study itself has a trial at every point of the space."""
        return self._size is not None and len(self._own) >= self._size

    def add(self, record: TrialRecord, *, imported: bool = False) -> None:
        """Note the end of a trial, or of an imported one; a complete one stands for its point."""
        known = self._records.get(key := point_of(self._space, record.params))
        self._own |= set() if imported else {key}
        if known is None or known.state is not TrialState.COMPLETE:
            self._records[key] = record

    def find(self, params: Mapping[str, Any]) -> TrialRecord | None:
        """Return the trial that has evaluated flat params, if there is one."""
        return self._records.get(point_of(self._space, params))
