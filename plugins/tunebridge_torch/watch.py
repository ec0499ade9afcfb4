"""What the callbacks of all frameworks do for one trial: they report, and say when a checkpoint is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tunebridge import ObjectiveError, Trial, TrialError


@dataclass(slots=True, eq=False)
class Watch:
    """What is known of a trial whose training is watched."""

    trial: Trial
    """Whose training it is."""
    metric: str
    """What is reported."""
    names: Mapping[str, str]
    """What params of the trial are called in the optimizer, where that is another name."""
    prefix: str = ""
    """How the framework begins the names of options of its optimizer."""
    value: float | None = field(init=False)
    """The last report; that of the checkpoint that it goes on from."""
    n_fits: int = field(default=0, init=False)
    """How many fits have begun: mostly one, or one for each fold."""
    _is_due: bool = field(default=False, init=False)
    _is_wanted: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Begin with the value of the checkpoint, if there is one."""
        self.value = self.trial.resumed_value

    def begin_fit(self, trainer: str) -> None:
        """Begin a fit.

        Args:
            trainer: What fits, in words.

        Raises:
            TrialError: The callback is another trial's, or not the only one of this trial.
        """
        trial = self.trial
        if not trial.is_running:
            raise TrialError(
                f"the callback is that of trial {trial.number}, which has ended",
                hint=f"make the {trainer} and its callback in the objective, new ones for each trial",
            )
        first = -1 if trial.resumed_step is None else trial.resumed_step
        if not self.n_fits and trial.last_step != first:
            raise TrialError(
                f"trial {trial.number} has reported before the first fit of this callback",
                hint=f"make one callback before the first fit, and give it to each {trainer} of the trial",
            )
        self.n_fits += 1
        self._is_due = self._is_wanted = False

    def report(self, value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Report a value, and return what changes in the optimizer, and what it was, by its own names.

        Raises:
            TrialPruned: The trial is to end here.
        """
        before, self.value = self.trial.params, float(value)
        changed = self.trial.report(self.value) or {}
        self._is_due, self._is_wanted = True, self._is_wanted or self.trial.wants_checkpoint
        own = {name: self.names.get(name, name.removeprefix(self.prefix)) for name in changed}
        return {own[name]: one for name, one in changed.items()}, {own[name]: before[name] for name in own}

    def is_to_save(self) -> bool:
        """Return whether a checkpoint is due, and of use, since the last report; it is taken for written.

        Raises:
            ObjectiveError: One is waited for that could not be gone on from.
        """
        if not (self._is_due and (self.trial.may_resume or self._is_wanted)):
            return False
        if self.n_fits > 1:
            if self._is_wanted:
                raise ObjectiveError(
                    f"trial {self.trial.number} is to wait at a checkpoint in its fit {self.n_fits}",
                    hint="only the first fit of a trial writes checkpoints: use a pruner without resume=True",
                )
            return False
        self._is_due = self._is_wanted = False
        return True
