"""What every pruner promises that pauses trials and lets them go on."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, ClassVar

import pytest

import tunebridge as tb
from tunebridge import ChosenPruner, Decision, Problem, PrunerRequest, Result, Space, Trial, TrialState
from tunebridge.testing.proposers import RANDOM
from tunebridge.testing.witness import Witness, record_of, witnessed

CONTINUE, PAUSE = Decision.CONTINUE, Decision.PAUSE


class PausingPrunerContract:
    """The promises of one pruner that pauses.

    Subclass it in a test module and override the fixture `pruner`, with options under which it pauses some of
    the trials that `curve` describes and lets some of those go on.
    """

    n_trials: ClassVar[int] = 16
    """Trials of each study."""
    n_steps: ClassVar[int] = 9
    """Reports of a trial that is trained to its end."""

    @pytest.fixture
    def pruner(self) -> str | ChosenPruner:
        """Return the pruner: its name, or what `tunebridge.pruner` returns. Override this."""
        raise NotImplementedError("override the fixture `pruner` of PausingPrunerContract")

    @pytest.fixture
    def chosen(self, pruner: str | ChosenPruner) -> ChosenPruner:
        """Return the pruner with its options."""
        return tb.pruner(pruner)

    def curve(self, level: float, step: int) -> float:
        """Return the report of a trial, from how bad it is and the step."""
        return 0.5**step + level * (step + 1) / self.n_steps

    def level(self, number: int) -> float:
        """Return how bad a trial is, from 0 to about 1."""
        return float(7 * number % 16) / 16.0

    def test_some_trials_are_paused_and_some_of_those_go_on(self, chosen: ChosenPruner) -> None:
        """Train models that write a checkpoint at each step."""
        result, witness = self._tune(chosen)
        turns = [self._paused(witness, trial.number) for trial in result.trials]
        assert any(turns)
        assert any(
            steps and len(trial.reports) > steps[0] + 1
            for trial, steps in zip(result.trials, turns, strict=True)
        )

    def test_a_trial_goes_on_when_told_so_and_ends_pruned_where_it_was_paused(
        self, chosen: ChosenPruner
    ) -> None:
        """Compare the states with what the pruner has heard and said."""
        result, witness = self._tune(chosen)
        for trial in result.trials:
            heard = witness.heard[trial.number]
            assert list(dict.fromkeys(step for step, _, _ in heard)) == list(range(len(trial.reports)))
            assert {value for _, value, _ in heard} == {report.value for report in trial.reports}
            for (step, _, decision), (following, _, _) in pairwise(heard):
                assert following == (step if decision is PAUSE else step + 1)
            is_paused = heard[-1][2] is PAUSE
            assert trial.state is (TrialState.PRUNED if is_paused else TrialState.COMPLETE)
            assert is_paused or len(trial.reports) == self.n_steps

    def test_maximising_pauses_the_trials_that_minimising_the_negated_reports_does(
        self, chosen: ChosenPruner
    ) -> None:
        """Turn the sign and the direction at once."""
        ends = [
            [(trial.state, len(trial.reports)) for trial in self._tune(chosen, sign)[0].trials]
            for sign in (1.0, -1.0)
        ]
        assert ends[0] == ends[1]

    def test_asked_again_with_nothing_new_it_says_the_same(self, chosen: ChosenPruner) -> None:
        """Ask three times about each trial that was paused just now."""
        pruner = chosen.spec.open(self._request(chosen))
        n_paused = 0
        for number in range(self.n_trials):
            trial = Trial({}, number=number, seed=0)
            for step in range(self.n_steps):
                value = self.curve(self.level(number), step)
                if pruner.report(trial, step, value) is PAUSE:
                    assert [pruner.report(trial, step, value) for _ in range(3)] == [PAUSE] * 3
                    n_paused += 1
                    break
        assert n_paused > 0

    def test_a_paused_trial_that_is_interrupted_is_forgotten(self, chosen: ChosenPruner) -> None:
        """Interrupt every trial where it is paused, and tell of it again."""
        pruner, untroubled = (chosen.spec.open(self._request(chosen)) for _ in range(2))
        for number in range(self.n_trials):
            trial = Trial({}, number=number, seed=0)
            expected = self._heard(untroubled, trial)
            assert self._heard(pruner, trial) == expected
            if expected[-1] is PAUSE:
                pruner.finish(record_of(trial, TrialState.INTERRUPTED, 0.0))
                assert self._heard(pruner, trial) == expected

    def test_trials_that_write_no_checkpoint_are_refused(self, chosen: ChosenPruner) -> None:
        """Train models that only report."""
        with pytest.raises(tb.StudyFailedError, match="checkpoint") as caught:
            self._tune(chosen, checkpoints=False)
        assert repr(chosen.spec.name) in caught.value.message
        assert "trial.checkpoint()" in caught.value.hint

    def _request(self, chosen: ChosenPruner) -> PrunerRequest:
        return PrunerRequest(direction=tb.Direction.MINIMIZE, options=chosen.options, study_name="s")

    def _heard(self, pruner: Any, trial: Trial) -> list[Decision]:
        """Report a trial by hand until it is paused or has ended, and return the decisions."""
        decisions: list[Decision] = []
        while len(decisions) < self.n_steps and PAUSE not in decisions:
            value = self.curve(self.level(trial.number), len(decisions))
            decisions.append(pruner.report(trial, len(decisions), value))
        return decisions

    def _paused(self, witness: Witness, number: int) -> list[int]:
        """Return the steps at which a trial was paused."""
        return sorted({step for step, _, decision in witness.heard[number] if decision is PAUSE})

    def _tune(
        self, chosen: ChosenPruner, sign: float = 1.0, *, checkpoints: bool = True
    ) -> tuple[Result, Witness]:
        """Run a study, and return its result with what its pruner heard and said."""

        def train(trial: Trial) -> Iterator[float]:
            for step in range(trial.resumed.step + 1 if trial.resumed else 0, self.n_steps):
                yield sign * self.curve(self.level(trial.number), step)
                if checkpoints:
                    with trial.checkpoint() as folder:
                        (folder / "step").write_text(str(step), "utf-8")

        witnesses, seen = witnessed(chosen)
        problem = Problem(train, Space(x=tb.Float(0, 1)), "minimize" if sign > 0 else "maximize")
        result = tb.tune(problem, backend=RANDOM, pruner=seen, n_trials=self.n_trials, seed=0)
        return result, witnesses[0]
