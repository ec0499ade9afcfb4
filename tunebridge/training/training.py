"""What a feedback rule sees of a trial that trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunebridge.errors import ProblemError, did_you_mean
from tunebridge.problem.problem import Direction
from tunebridge.trial.report import Change, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What a rule sees of a trial that trains."""

    number: int
    """The trial's place in the study."""
    params: Mapping[str, Any]
    """Flat params as they are now."""
    reports: Sequence[Report]
    """All reports up to now, the newest last."""
    schedule: Sequence[Change]
    """All changes up to now."""
    direction: Direction
    """Whether lower or higher reports are better."""
    names: frozenset[str]
    """All flat names of the space, those of inactive params too."""

    def has(self, name: str) -> bool:
        """Return whether a param is active in this trial.

        Raises:
            ProblemError: No param of the space has this name.
        """
        if name not in self.names:
            raise ProblemError(f"no param is called {name!r}", hint=did_you_mean(name, self.names))
        return name in self.params
