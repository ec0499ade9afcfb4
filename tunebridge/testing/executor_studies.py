"""Studies on an executor, for its contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import pytest

import tunebridge as tb
from tunebridge import Backend, ChosenExecutor, ChosenPruner, PrunerSpec, Result, Space
from tunebridge.testing.proposers import CLIMBER, RANDOM

SPACE = Space(x=tb.Float(0.0, 1.0), n=tb.Int(1, 8), kind=tb.Categorical(["a", "b", "c"]))
"""What the suite's objectives are tuned over."""

Objective = Callable[[Any], Any]


class Running:
    """What the parts of an executor's contract have in common.

    The suite's objectives are functions within functions, so that they travel by value: a process that runs
    one imports neither this package nor pytest.
    """

    backend: ClassVar[str | Backend | None] = None
    """Proposes the params; None for one of the suite's own that draws them."""
    learner: ClassVar[str | Backend | None] = None
    """Proposes params that depend on what it was told before; None for one of the suite's own."""

    @pytest.fixture
    def executor(self) -> str | ChosenExecutor:
        """Return the executor: its name, or what `tunebridge.executor` returns. Override this."""
        raise NotImplementedError("override the fixture `executor` of ExecutorContract")

    @pytest.fixture
    def chosen(self, executor: str | ChosenExecutor) -> ChosenExecutor:
        """Return the executor with its options."""
        return tb.executor(executor)

    def tune(
        self,
        chosen: ChosenExecutor | str,
        objective: Objective,
        *,
        space: Space = SPACE,
        direction: str | Sequence[str] = "minimize",
        **settings: Any,
    ) -> Result:
        """Run a study on an executor, six trials one after the other unless told otherwise."""
        problem = tb.Problem(objective, space, direction)
        defaults: dict[str, Any] = {
            "backend": self.backend or RANDOM,
            "n_trials": 6,
            "n_jobs": 1,
            "seed": 3,
        }
        return tb.tune(problem, executor=chosen, **{**defaults, **settings})

    def jobs(self, chosen: ChosenExecutor) -> int:
        """Return two trials at a time, or one for an executor that cannot."""
        return 2 if chosen.spec.parallel else 1

    def learning(self) -> str | Backend:
        """Return a backend whose proposals depend on what it was told."""
        return self.learner or CLIMBER


class Best:
    """A pruner that ends a trial whose report is worse than the best of its step so far."""

    def __init__(self) -> None:
        """Begin with no reports."""
        self._told: dict[int, dict[int, float]] = {}

    def report(self, trial: tb.Trial, step: int, value: float) -> tb.Decision:
        """Compare with all reports of the step before this one."""
        told = self._told.setdefault(step, {})
        best = min(told.values(), default=value)
        told[trial.number] = value
        return tb.Decision.PRUNE if value > best else tb.Decision.CONTINUE

    def finish(self, record: tb.TrialRecord) -> None:
        """Forget what an interrupted trial has reported; learn nothing from other ends."""
        if record.state is tb.TrialState.INTERRUPTED:
            for told in self._told.values():
                told.pop(record.number, None)


def strict_pruner() -> ChosenPruner:
    """Return a pruner whose decisions depend on the order of the reports."""
    spec = PrunerSpec(name="best", summary="worse than the best", open=lambda request: Best())
    return ChosenPruner(spec, {})


def course(result: Result) -> list[tuple[Any, ...]]:
    """Return all of a study that does not depend on the clock."""
    return [
        (
            trial.number,
            trial.state,
            dict(trial.params),
            trial.values,
            trial.reports,
            trial.schedule,
            trial.faults,
            trial.told,
            dict(trial.limits),
            trial.seed,
            dict(trial.artifacts),
            # As text, because NaN is not equal to itself.
            repr(dict(trial.notes)),
        )
        for trial in result.trials
    ]


def errors(result: Result) -> Mapping[int, str]:
    """Return why trials have failed, by number."""
    return {trial.number: trial.error for trial in result.trials if trial.error is not None}
