"""The trials of a study that are over, and what learns from them."""

from __future__ import annotations

from collections.abc import Sequence

from tunebridge.contract.pruner import Pruner
from tunebridge.study.evaluated import EvaluatedPoints
from tunebridge.study.stoppers import Watch
from tunebridge.trial.record import TrialRecord


class FinishedTrials:
    """Counts trials that are over, and lets all that learns from them do so.

    Args:
        pruner: The study's pruner.
        evaluated: The points that were evaluated; None if nobody asks for them.
        watches: What ends the study, by name.
    """

    def __init__(
        self,
        pruner: Pruner | None,
        evaluated: EvaluatedPoints | None,
        watches: Sequence[tuple[str, Watch]],
    ) -> None:
        """Begin with no trial."""
        self.count = 0
        """How many have come to an end of their own."""
        self.halted = ""
        """The stoppers that have ended the study; empty for none."""
        self._pruner = pruner
        self._evaluated = evaluated
        self._watches = watches

    @property
    def use_up_space(self) -> bool:
        """Whether no point is left that may be evaluated."""
        return self._evaluated is not None and self._evaluated.is_full

    def take_in(self, record: TrialRecord) -> None:
        """Let all that learns from finished trials learn from this one; an excluded one only counts."""
        self.count += record.state.counts
        if record.excluded is not None:
            return
        if record.state.counts and self._evaluated is not None:
            self._evaluated.add(record)
        if self._pruner is not None:
            self._pruner.finish(record)
        halting = [name for name, watch in self._watches if watch(record)]
        self.halted = self.halted or ", ".join(halting)
