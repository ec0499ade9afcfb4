"""Studies under a pruner, for its contract."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import pytest

import tunebridge as tb
from tunebridge import (
    Backend,
    ChosenPruner,
    Decision,
    Problem,
    Result,
    Trial,
    TrialPruned,
    TrialRecord,
    TrialState,
)
from tunebridge.registry.plugins import registry
from tunebridge.testing.example_spaces import flat_space
from tunebridge.testing.proposers import CLIMBER, RANDOM
from tunebridge.testing.witness import Witness, witnessed

COMPLETE, PRUNED, FAILED = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED

Level = Callable[[Trial], float]
"""How bad a trial is, from 0 to about 1."""


class Trained:
    """What the parts of a pruner's contract have in common."""

    n_trials: ClassVar[int] = 12
    """Trials of each study."""
    n_steps: ClassVar[int] = 9
    """Reports of a trial that is trained to its end."""
    fewer_trials: ClassVar[Mapping[str, int]] = {}
    """Trials by name of a backend that takes long for one."""
    backend_options: ClassVar[Mapping[str, Any]] = {}
    """Options of backends, such as those that end a start-up early; each takes those that it knows."""

    @pytest.fixture
    def pruner(self) -> str | ChosenPruner:
        """Return the pruner: its name, or what `tunebridge.pruner` returns. Override this."""
        raise NotImplementedError("override the fixture `pruner` of PrunerContract")

    @pytest.fixture
    def chosen(self, pruner: str | ChosenPruner) -> ChosenPruner:
        """Return the pruner with its options."""
        return tb.pruner(pruner)

    @pytest.fixture
    def backends(self) -> list[Backend]:
        """Return two of the suite's own, and every registered backend."""
        specs = [RANDOM.spec, CLIMBER.spec, *registry().backends.values()]
        known = self.backend_options.items()
        return [
            Backend(spec, {name: value for name, value in known if name in spec.options}) for spec in specs
        ]

    @pytest.fixture
    def backend(self) -> Backend:
        """Return a backend for what has to be shown on one only."""
        return RANDOM

    def curve(self, level: float, step: int) -> float:
        """Return the report of a trial: it falls from 1, and rises again the sooner the worse the trial is.

        Args:
            level: How bad the trial is, from 0 to about 1.
            step: From 0.
        """
        return 0.5**step + level * step / (self.n_steps - 1)

    def level(self, trial: Trial) -> float:
        """Return how bad a trial is: by its number alone, so that it is so whoever proposes its params."""
        return float(7 * trial.number % 12) / 12.0

    def _n_trials(self, backend: Backend) -> int:
        return self.fewer_trials.get(backend.spec.name, self.n_trials)

    def _tune(
        self, chosen: ChosenPruner, backend: Backend, level: Level, sign: float = 1.0
    ) -> tuple[Result, Witness]:
        """Run a study, and return its result with what its pruner heard and said."""

        def train(trial: Trial) -> Iterator[float]:
            for step in range(self.n_steps):
                yield sign * self.curve(level(trial), step)

        witnesses, watched = witnessed(chosen)
        problem = Problem(train, flat_space(backend), "minimize" if sign > 0 else "maximize")
        result = tb.tune(
            problem,
            backend=backend,
            pruner=watched,
            n_trials=self._n_trials(backend),
            seed=0,
            on_lossy="warn",
        )
        (witness,) = witnesses
        return result, witness

    def _open(self, chosen: ChosenPruner, backend: Backend, level: Level) -> tb.Study:
        """Open a study whose trials are trained by hand."""
        return tb.open_study(Problem(level, flat_space(backend)), backend=backend, pruner=chosen, seed=0)

    def _train(self, study: tb.Study, trial: Trial, level: Level) -> None:
        """Train one trial to its end, or to where the study ends it."""
        value = 1.0
        try:
            for step in range(self.n_steps):
                value = self.curve(level(trial), step)
                trial.report(value, step)
        except TrialPruned as pruned:
            study.tell(trial, error=pruned)
        else:
            study.tell(trial, value)

    def _assert_true(self, trial: TrialRecord, witness: Witness) -> None:
        """Assert that a trial's state is what its reports, its values and the decisions on it say."""
        heard = witness.heard.get(trial.number, [])
        steps = [step for step, _, _ in heard]
        decisions = [decision for _, _, decision in heard]
        assert [report.step for report in trial.reports] == steps == list(range(len(steps)))
        assert trial.told.strip()
        assert (trial.values is None) == (trial.state is not COMPLETE)
        assert (trial.error is None) == (trial.state is not FAILED)
        assert decisions[:-1] == [Decision.CONTINUE] * (len(decisions) - 1)
        assert (Decision.PRUNE in decisions) == (trial.state is PRUNED)
        if trial.state is COMPLETE:
            assert len(trial.reports) == self.n_steps
            assert trial.value == trial.reports[-1].value


def ask(study: tb.Study) -> Trial:
    """Return the next trial of a study that has no end."""
    trial = study.ask()
    assert trial is not None
    return trial


def ends_of(result: Result) -> list[tuple[TrialState, int]]:
    """Return how each trial ended, and after how many reports."""
    return [(trial.state, len(trial.reports)) for trial in result.trials]
