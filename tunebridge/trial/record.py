"""What is kept of a trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

from tunebridge.display.brief import brief
from tunebridge.display.printable import printed
from tunebridge.errors import ProblemError, UnknownNameError, did_you_mean
from tunebridge.portable.portable import Portable
from tunebridge.trial.checkpoint import Checkpoint
from tunebridge.trial.kept_checkpoints import KeptCheckpoints, Which
from tunebridge.trial.limit import Limited
from tunebridge.trial.lineage import Copy, Stretch, lineage_of
from tunebridge.trial.report import Change, Report
from tunebridge.trial.state import TrialState


@printed
@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord(Portable):
    """What is kept of a trial."""

    number: int
    """Place in the study, from 0."""
    attempt: int = 0
    """Which attempt at this number it is, from 0; those before it were interrupted."""
    state: TrialState
    """How it ended, or RUNNING."""
    params: Mapping[str, Any]
    """The params it began with: flat names, inactive ones absent."""
    filled: tuple[str, ...] = ()
    """The names of those that it did not have: the space has grown since, and said what they were."""
    values: tuple[float, ...] | None
    """What the objective returned, in the user's sign, one per direction; None unless COMPLETE."""
    backend: str
    """Who proposed the params: the backend's name, or "initial"."""
    member: str = ""
    """Which of its members, for a backend that asks others; else empty."""
    decided: str = ""
    """What the backend decided by a clock on the way to them, in its own words; else empty."""
    reports: tuple[Report, ...] = ()
    """The intermediate values, each step once, in the order in which they were told."""
    schedule: tuple[Change | Copy, ...] = ()
    """The params that changed during training, and, in a population, the checkpoints it went on from."""
    faults: tuple[str, ...] = ()
    """What went wrong beside the trial: feedback rules that raised."""
    artifacts: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the objective kept of the trial, by name."""
    checkpoints: KeptCheckpoints | None = field(default=None, repr=False, compare=False)
    """Where its checkpoints lie; None where nobody has kept any."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the objective noted about the trial, by name."""
    limits: Mapping[str, Limited] = field(default_factory=dict)
    """What the objective or the problem has limited, by name: each number with its limit."""
    excluded: str | None = None
    """Why the trial is excluded, as `tunebridge.exclude` was told; None for all others."""
    device: str | None = None
    """Where it ran, as the executor's `devices` name it: its last turn. None where there were none."""
    copied: int | None = None
    """The number of the trial of its study whose value it has, where values are reused; else None."""
    told: str
    """How the backend's library was told of the outcome."""
    error: str | None
    """The traceback of a trial that failed, or what one that was told to stop raised beside `TrialPruned`."""
    seed: int
    """The trial's own seed."""
    started: datetime
    """When it began, in UTC."""
    finished: datetime | None
    """When it ended, in UTC; None while RUNNING."""
    sampler_seconds: float
    """Time spent in the backend for this trial, asking and telling, in seconds; that of a proposal which was
    made ahead, while trials ran, is not counted."""
    objective_seconds: float
    """Time between the end of ask and the begin of tell, in seconds."""

    def artifact(self, name: str) -> Any:
        """Return what the objective kept under a name.

        Raises:
            UnknownNameError: It kept nothing under it.
        """
        if name not in self.artifacts:
            hint = did_you_mean(name, self.artifacts)
            raise UnknownNameError(f"trial {self.number} has kept no artifact {name!r}", hint=hint)
        return self.artifacts[name]

    def checkpoint(self, which: Which = "last") -> Checkpoint | None:
        """Return the trial's last checkpoint, or its best one: that of its best report.

        None if it has written none, or if it was kept no longer: a study keeps both of these. Both are the
        donor's, with its number, for a member of a population that came to its end without one of its own
        since its last copy: that is its model.

        Raises:
            ProblemError: `which` is neither "last" nor "best".
        """
        if which not in get_args(Which):
            hint = did_you_mean(str(which), get_args(Which))
            raise ProblemError(f"which must be 'last' or 'best', got {brief(which)}", hint=hint)
        kept = self.checkpoints
        if kept is None:
            return None
        copies = [entry for entry in self.schedule if isinstance(entry, Copy)]
        if copies and self.state is TrialState.COMPLETE:
            donor, step = copies[-1].donor, copies[-1].donor_step
            since = [report for report in self.reports if report.step > step]
            if kept.find("last", self.number, since) is None:
                return kept.at(donor, step)
        return kept.find(which, self.number, self.reports)

    @property
    def is_eligible(self) -> bool:
        """Whether it may be the best one of its study: it is complete, not excluded, within its limits."""
        return self.state is TrialState.COMPLETE and self.excluded is None and not self.violations

    @property
    def beyond(self) -> str:
        """Which limits it is beyond, and how far, in words; empty for none."""
        return "; ".join(f"{name} is {self.limits[name]}" for name in self.violations)

    @property
    def proposer(self) -> str:
        """Whose proposal the params are: the member's of a backend that asks others, or the backend's."""
        return self.member or self.backend

    @property
    def violations(self) -> dict[str, float]:
        """How far the trial is beyond its limits, by name; empty for one within all of them."""
        return {name: one.excess for name, one in self.limits.items() if not one.is_kept}

    @property
    def changes(self) -> tuple[Change, ...]:
        """The schedule without copies: the params that rules changed, or that were explored after a copy."""
        return tuple(entry for entry in self.schedule if isinstance(entry, Change))

    @property
    def lineage(self) -> tuple[Stretch, ...]:
        """What the trial's model has been through, donors included: `replay` trains one along it.

        The steps of each stretch follow on those of the one before, from 0 to the last report.
        """
        last = max((report.step for report in self.reports), default=-1)
        return lineage_of(self.number, self.seed, self.params, self.schedule, last)

    @property
    def value(self) -> float | None:
        """The value of a single objective; None unless COMPLETE, and None for several objectives."""
        return self.values[0] if self.values is not None and len(self.values) == 1 else None
