"""What a library's own space is here: the space, how faithfully it was read, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunebridge.contract.translation import Fidelity, TranslatedParameter, table_of
from tunebridge.display.brief import brief
from tunebridge.display.rendered import rendered
from tunebridge.errors import SpaceError
from tunebridge.space.space import Space
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.trial import Trial

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A library's own space as a `Space`, with how faithful it is and the way back; it prints as a table."""

    source: str
    """What was read, in words: `a search space of hyperopt's`."""
    space: Space
    """The declared space."""
    parameters: tuple[TranslatedParameter, ...]
    """One row per parameter: what it is here, what it was, and how faithfully it was read."""
    back: Callable[[Mapping[str, Any]], Any]
    """Return the original's own point of flat params of the space; it can be pickled."""

    def params(self, trial: Mapping[str, Any] | TrialRecord) -> Any:
        """Return a point in the original's structure: what its library hands to an objective.

        Args:
            trial: A trial, a record of one, or flat params of the space.

        Raises:
            SpaceError: The params are none of the space.
        """
        if isinstance(trial, TrialRecord):
            trial = trial.params
        if not isinstance(trial, Mapping):
            raise SpaceError(
                [f"params takes a trial, a record of one, or flat params, got {brief(trial)}"],
                hint="of a result: reading.params(result.best_params)",
            )
        # A trial has checked params, and feedback may have moved some of them out of their bounds.
        return self.back(trial if isinstance(trial, Trial) else self.space.read(trial))

    def rows(self, fidelity: Fidelity) -> tuple[TranslatedParameter, ...]:
        """Return the rows of one fidelity."""
        return tuple(row for row in self.parameters if row.fidelity is fidelity)

    def __rich__(self) -> Table:
        """Return the rows as a rich table."""
        return table_of(self.source, self.parameters)

    def __str__(self) -> str:
        """Return the table as plain text, as wide as the terminal."""
        return rendered(self)
