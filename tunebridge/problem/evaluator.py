"""What evaluates a trial: a problem without its space, which a process that runs trials does not load."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence, Set
from types import GeneratorType
from typing import Any

from tunebridge.display.brief import brief
from tunebridge.errors import ObjectiveError
from tunebridge.problem.returned import dismissed, read_value
from tunebridge.trial.limit import Limit
from tunebridge.trial.trial import Trial


class Evaluator:
    """Runs an objective, whether it returns, reports, or is a generator that yields.

    Args:
        objective: The problem's.
        directions: The names of its directions, one per value.
        metric: The metric of reports that are mappings, if there is one.
        limits: How far the notes of a trial may go, by name.
        names: Those of all params.
    """

    __slots__ = ("_directions", "_metric", "_objective", "limits", "names")

    def __init__(
        self,
        objective: Callable[[Any], Any],
        directions: Sequence[str],
        metric: str | None,
        limits: Mapping[str, Limit],
        names: frozenset[str],
    ) -> None:
        """Hold them."""
        self._objective = objective
        self._directions = directions
        self._metric = metric
        self.limits = limits
        """How far the notes of a trial may go, by name."""
        self.names = names
        """Those of all params."""

    def evaluate(self, trial: Trial) -> tuple[float, ...]:
        """Run the objective on one trial and return its values.

        A generator's value is what it returns, or its last report; or that of the checkpoint it goes on from.

        Raises:
            TrialPruned: The study has ended the trial.
            Exception: Whatever the objective raises, and ObjectiveError if it returns no value.
        """
        returned = self._objective(trial)
        if isinstance(returned, GeneratorType):
            returned = self._drive(returned, trial)
        return self.read_values(returned)

    def read_values(self, returned: Any) -> tuple[float, ...]:
        """Return what the objective returned as one finite float per direction.

        Raises:
            ObjectiveError: It is no such thing; the message says what came and what is expected.
        """
        directions = self._directions
        if len(directions) == 1:
            return (read_value(returned),)
        if isinstance(returned, str | Mapping | Set) or not isinstance(returned, Iterable):
            raise ObjectiveError(
                f"the objective must return {len(directions)} numbers, got {brief(returned)}",
                hint=dismissed(returned) or f"return one value per direction ({', '.join(directions)})",
            )
        values = tuple(map(read_value, returned))
        if len(values) != len(directions):
            raise ObjectiveError(f"the objective must return {len(directions)} numbers, got {len(values)}")
        return values

    def _drive(self, training: Generator[Any, Any, Any], trial: Trial) -> Any:
        """Turn each `yield` into a report, and send back what feedback has changed."""
        last = trial.resumed_value
        changes = None
        try:
            while True:
                try:
                    reported = training.send(changes)
                except StopIteration as end:
                    return last if end.value is None else end.value
                changes = trial.report(reported)
                last = reported[self._metric] if isinstance(reported, Mapping) else reported
        finally:
            training.close()
