"""A pruner: what ends trials early."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tunebridge.contract.spec import PluginSpec
from tunebridge.problem.problem import Direction
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.reply import Decision
from tunebridge.trial.trial import Trial


class Pruner(Protocol):
    """One study's judge of trials that train; fed in the same way whatever backend proposes."""

    def report(self, trial: Trial, step: int, value: float) -> Decision:
        """Take an intermediate value, in the user's sign, and decide on its trial.

        A trial tells each step once, in any order. A pruner that does not pair steps looks at the highest.

        One that answers PAUSE is asked again with the same step and value when others have reported, as long
        as the trial waits: CONTINUE lets it go on, PAUSE keeps it waiting. Of the trials that wait at one
        step the best is asked, then the next if that one may go on. A trial that waits to the end is PRUNED.
        """

    def finish(self, record: TrialRecord) -> None:
        """Take the end of a trial, exactly once each.

        What an INTERRUPTED one has reported is to be forgotten: if it is run again, what it keeps is told
        again.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunerRequest:
    """All that a pruner needs to know about its study."""

    direction: Direction
    """Whether lower or higher values are better."""
    options: Mapping[str, Any]
    """The pruner's options, those given by the user; names are checked."""
    study_name: str
    """The study's name; Hyperband draws brackets from it."""


def never(options: Mapping[str, Any]) -> bool:
    """Return that it does not, whatever its options."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunerSpec(PluginSpec):
    """A pruner as a plugin registers it."""

    open: Callable[[PrunerRequest], Pruner]
    """Start a pruner for one study; imports the library."""
    paired: bool = False
    """Whether it compares steps in pairs with another trial's, so that each has to be a value by itself."""
    pauses: Callable[[Mapping[str, Any]], bool] = never
    """Whether, with its options, it may answer PAUSE: an objective without checkpoints is refused."""
