"""Runs a recorded trial again: one model, trained along its lineage, with all that changed on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby, pairwise
from time import perf_counter
from typing import Any

from tunebridge.calls import checked
from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError, TrialPaused
from tunebridge.problem.limits import measure
from tunebridge.problem.problem import Problem
from tunebridge.space.matching import same
from tunebridge.trial.checkpoint import Checkpoint
from tunebridge.trial.checkpoint_folder import CheckpointFolder
from tunebridge.trial.lineage import Copy, Stretch
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.reply import Decision, Reply
from tunebridge.trial.report import Change
from tunebridge.trial.reports import Reports
from tunebridge.trial.said import Said, Written
from tunebridge.trial.state import TrialState
from tunebridge.trial.temporary_folder import TemporaryFolder
from tunebridge.trial.trial import Trial


@checked
def replay(problem: Problem, record: TrialRecord) -> TrialRecord:
    """Evaluate a trial again: its first params, its seed, and its schedule, step by step.

    A member of a population is what its lineage says: its model is trained as each of its donors was, up to
    the checkpoint that was copied, and then as the trial itself. Checkpoints go to a temporary folder.

    Args:
        problem: The problem it comes from.
        record: A trial of that problem.

    Returns:
        The record with the values, reports, schedule, artifacts, notes and limits of this run; equal to the
        old ones for an objective that is deterministic under `trial.seed`, and whose checkpoints hold all of
        its state. After a copy the reports before it are the donors'. A trial that was pruned runs to its
        end.

    Raises:
        ProblemError: The objective writes no checkpoint where one was copied, or what is given is no problem
            and no trial of it.
        Exception: Whatever the objective raises.
    """
    _check(problem, record)
    parts, reports, keeper = _parts(record), Reports(), TemporaryFolder()
    resumed: Checkpoint | None = None
    started, begun = datetime.now(UTC), perf_counter()
    for part in parts[:-1]:
        run = _Run(problem, part, reports, keeper, resumed)
        run.run()
        resumed = run.left()
    last = _Run(problem, parts[-1], reports, keeper, resumed)
    values = last.run()
    measure(problem.limits, last.trial, is_whole=len(parts) == 1)
    return replace(
        record,
        state=TrialState.COMPLETE,
        values=values,
        reports=tuple(reports),
        schedule=(*_inherited(record), *last.schedule),
        faults=(),
        artifacts=last.trial.kept,
        notes={**record.notes, **last.trial.noted},
        limits={**record.limits, **last.trial.limits},
        told="not told: replayed",
        error=None,
        started=started,
        finished=datetime.now(UTC),
        sampler_seconds=0.0,
        objective_seconds=perf_counter() - begun,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What one trial did for the model, up to the checkpoint that the next one copied."""

    member: int
    seed: int
    params: Mapping[str, Any]
    """The params that it began with."""
    explored: Mapping[str, Any]
    """Those of them that its donor did not have."""
    changes: Sequence[Change]
    """What rules changed meanwhile."""
    last: int | None = None
    """The step of the checkpoint; None for the trial itself, which runs to its end."""


def _check(problem: object, record: object) -> None:
    hint = "replay(problem, result.best_trial), or another one of result.trials"
    if not isinstance(problem, Problem):
        raise ProblemError(f"replay expected a tunebridge.Problem, got {brief(problem)}", hint=hint)
    if not isinstance(record, TrialRecord):
        raise ProblemError(f"replay expected a trial's record, got {brief(record)}", hint=hint)


def _parts(record: TrialRecord) -> list[_Part]:
    """Return the lineage of a trial, in one part per trial; its own part is as its schedule says."""
    groups = [list(group) for _, group in groupby(record.lineage, lambda stretch: stretch.member)]
    before = [None, *(group[-1].params for group in groups)]
    parts = [_part(group, donor) for group, donor in zip(groups, before, strict=False)]
    own = record.schedule[len(_inherited(record)) :]
    changes = [entry for entry in own if isinstance(entry, Change)]
    parts[-1] = replace(parts[-1], changes=changes, last=None)
    return parts


def _part(group: Sequence[Stretch], donor: Mapping[str, Any] | None) -> _Part:
    begun = group[0].params
    changes = [
        Change(one.last, name, value)
        for one, after in pairwise(group)
        for name, value in _differences(one.params, after.params).items()
    ]
    return _Part(
        member=group[0].member,
        seed=group[0].seed,
        params=begun,
        explored={} if donor is None else _differences(donor, begun),
        changes=changes,
        last=group[-1].last,
    )


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in after.items() if name not in before or not same(value, before[name])
    }


def _inherited(record: TrialRecord) -> tuple[Change | Copy, ...]:
    """Return the schedule up to the last copy, with what was explored then; nothing without a copy."""
    places = [place for place, entry in enumerate(record.schedule) if isinstance(entry, Copy)]
    if not places:
        return ()
    end = places[-1] + 1
    while end < len(record.schedule) and record.schedule[end].step == record.schedule[places[-1]].step:
        end += 1
    return record.schedule[:end]


class _Run:
    """Evaluates the objective for one part."""

    def __init__(
        self,
        problem: Problem,
        part: _Part,
        reports: Reports,
        keeper: TemporaryFolder,
        resumed: Checkpoint | None,
    ) -> None:
        self.schedule: list[Change] = []
        self._problem, self._part, self._reports, self._keeper = problem, part, reports, keeper
        self._folder = CheckpointFolder(keeper.path, part.member)
        self.trial = Trial(
            part.params,
            number=part.member,
            seed=part.seed,
            reporter=self._answer,
            resumed=None if resumed is None else replace(resumed, changed=part.explored),
            folder=self._folder,
        )

    def run(self) -> tuple[float, ...] | None:
        """Return the values of the objective; None if it stopped at the checkpoint."""
        try:
            return self._problem.evaluator.evaluate(self.trial)
        except TrialPaused:
            return None
        finally:
            self.trial.end()

    def left(self) -> Checkpoint:
        """Return the checkpoint at which it stopped."""
        part, step = self._part, self._part.last
        if step is None or not self.trial.is_paused:
            raise ProblemError(
                f"the objective has written no checkpoint of trial {part.member} at step {step}, which was "
                "copied",
                hint="replay with the objective that the study had",
            )
        return Checkpoint(
            path=self._folder.at(step),
            number=part.member,
            step=step,
            value=self._reports[step].value,
            keeper=self._keeper,
        )

    def _answer(self, said: Said) -> Reply:
        if isinstance(said, Written):
            return Reply(Decision.PAUSE if said.step == self._part.last else Decision.CONTINUE)
        report = self._problem.read_report(said.value, said.step, self._reports.highest)
        is_new = self._reports.take(report)
        due = [change for change in self._part.changes if is_new and change.step == report.step]
        self.schedule.extend(due)
        changes = {change.name: change.value for change in due}
        return Reply(Decision.CONTINUE, changes, checkpoint=report.step == self._part.last)
