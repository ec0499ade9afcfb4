"""The objective of a confirmation: the user's own, on the params of a finalist and with a fresh seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar

from tunebridge.confirmation.plan import FINALIST, SEED
from tunebridge.fingerprint.objective import fingerprint
from tunebridge.trial.trial import Trial


@dataclass(frozen=True, slots=True)
class Repeat:
    """Evaluates a finalist once more: what it reports, notes and keeps, the trial of the repeat does."""

    fingerprint_version: ClassVar[int] = 1
    """Raised when the same repeats get other values."""
    objective: Callable[[Any], Any]
    """The user's own."""
    points: Mapping[str, Mapping[str, Any]]
    """Flat params of the finalists, by key."""

    def __call__(self, trial: Trial) -> Any:
        """Return what the user's objective returns; its trial has the finalist's params and the seed."""
        repeated = copy(trial)
        repeated.clear()
        repeated.update(self.points[trial[FINALIST]])
        repeated.seed = trial[SEED]
        return self.objective(repeated)

    def fingerprint(self) -> Mapping[str, Any]:
        """Return the user's objective: the space knows the rest."""
        return {fingerprint(self.objective)["name"]: self.objective}

    @property
    def exact_resume(self) -> bool:
        """Whether training goes on from a checkpoint as if it had never stopped."""
        return bool(getattr(self.objective, "exact_resume", True))

    @property
    def no_checkpoints(self) -> str:
        """Why a trial writes no checkpoint; empty if it may."""
        return str(getattr(self.objective, "no_checkpoints", ""))
