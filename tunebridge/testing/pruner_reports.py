"""What every pruner promises about the reports and ends that it hears of."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import pytest

import tunebridge as tb
from tunebridge import (
    Backend,
    ChosenPruner,
    Decision,
    Problem,
    Pruner,
    PrunerRequest,
    Trial,
    TrialPruned,
    TrialState,
)
from tunebridge.testing.example_spaces import flat_space
from tunebridge.testing.pruner_studies import Trained, ask
from tunebridge.testing.witness import record_of, witnessed

COMPLETE, PRUNED, FAILED, INTERRUPTED = (
    TrialState.COMPLETE,
    TrialState.PRUNED,
    TrialState.FAILED,
    TrialState.INTERRUPTED,
)


class ReportsContract(Trained):
    """The promises about reports; `PrunerContract` includes them."""

    def test_it_hears_of_every_report_in_order_and_of_every_end_once(
        self, chosen: ChosenPruner, backend: Backend
    ) -> None:
        """End trials in every way there is."""
        witnesses, watched = witnessed(chosen)
        study = self._open(watched, backend, self.level)
        for kind in ("plain", "plain", "fails", "is ended by the user", "has no report", "fails", "plain"):
            trial = ask(study)
            if kind == "plain":
                self._train(study, trial, self.level)
                continue
            if kind != "has no report":
                trial.report(self.curve(0.0, 0))
            error = {"fails": ValueError(), "is ended by the user": TrialPruned("by hand")}.get(kind)
            study.tell(trial, 1.0, error=error)
        ask(study).report(self.curve(0.0, 0))
        study.close()
        (witness,) = witnesses
        assert [record.number for record in witness.ended] == list(range(8))
        assert witness.ended == study.result.trials
        for record in study.result.trials:
            heard = [(step, value) for step, value, _ in witness.heard.get(record.number, [])]
            assert heard == [(report.step, report.value) for report in record.reports]
        states = [record.state for record in study.result.trials]
        assert states[2:6] == [FAILED, PRUNED, COMPLETE, FAILED]
        assert states[-1] is INTERRUPTED

    def test_what_an_interrupted_trial_has_reported_is_forgotten(self, chosen: ChosenPruner) -> None:
        """Interrupt every second trial half way, and tell all of it again, with other values at first."""
        request = PrunerRequest(direction=tb.Direction.MINIMIZE, options=chosen.options, study_name="s")
        pruner, untroubled = chosen.spec.open(request), chosen.spec.open(request)
        for number in range(self.n_trials):
            trial = Trial({}, number=number, seed=0)
            for step in range(number % 2 * self.n_steps // 2):
                pruner.report(trial, step, -1.0)
            if number % 2:
                pruner.finish(record_of(trial, INTERRUPTED, 0.0))
            expected = self._heard(untroubled, trial)
            assert self._heard(pruner, trial) == expected

    @pytest.mark.filterwarnings("ignore::UserWarning")
    def test_steps_may_have_gaps(self, chosen: ChosenPruner, backend: Backend) -> None:
        """Report every third step, in some trials from the second on; the pruner may warn of that."""

        def train(trial: Trial) -> float:
            value = 1.0
            for step in range(trial.number % 2, self.n_steps, 3):
                value = self.curve(self.level(trial), step)
                trial.report(value, step=step)
            return value

        problem = Problem(train, flat_space(backend))
        result = tb.tune(problem, backend=backend, pruner=chosen, n_trials=self.n_trials, seed=0)
        assert {trial.state for trial in result.trials} <= {COMPLETE, PRUNED}
        for trial in result.trials:
            steps = [report.step for report in trial.reports]
            assert steps == list(range(trial.number % 2, self.n_steps, 3))[: len(steps)]

    @pytest.mark.filterwarnings("ignore::UserWarning")
    def test_steps_may_come_in_any_order_and_twice(self, chosen: ChosenPruner, backend: Backend) -> None:
        """Turn the order of the steps by the trial's number; it hears of each step once, as told first."""

        def train(trial: Trial) -> float:
            level, reached = self.level(trial), 1.0
            for place in range(self.n_steps):
                step = (place + trial.number) % self.n_steps
                reached = self.curve(level, step)
                trial.report(reached, step)
                trial.report(reached + 100.0, step)
            return reached

        witnesses, watched = witnessed(chosen)
        problem = Problem(train, flat_space(backend))
        result = tb.tune(problem, backend=backend, pruner=watched, n_trials=self.n_trials, seed=0)
        for record in result.trials:
            heard = witnesses[0].heard[record.number]
            steps = [(place + record.number) % self.n_steps for place in range(len(heard))]
            assert [step for step, _, _ in heard] == steps
            assert [(report.step, report.value) for report in record.reports] == [one[:2] for one in heard]
            assert all(value < 50.0 for _, value, _ in heard)
            decisions = [decision for _, _, decision in heard]
            assert decisions[:-1] == [Decision.CONTINUE] * (len(decisions) - 1)
            assert (decisions[-1] is Decision.PRUNE) == (record.state is PRUNED)
            assert record.state in (COMPLETE, PRUNED)

    def test_trials_without_reports_run_to_their_end(self, chosen: ChosenPruner, backend: Backend) -> None:
        """Return a value and report nothing."""
        problem = Problem(self.level, flat_space(backend))
        result = tb.tune(problem, backend=backend, pruner=chosen, n_trials=self.n_trials, seed=0)
        assert [trial.state for trial in result.trials] == [COMPLETE] * self.n_trials

    def _heard(self, pruner: Pruner, trial: Trial) -> list[Decision]:
        """Report a trial by hand up to its end, and return the decisions."""
        decisions: list[Decision] = []
        value = 0.0
        while len(decisions) < self.n_steps and set(decisions) <= {Decision.CONTINUE}:
            value = self.curve(self.level(trial), len(decisions))
            decisions.append(pruner.report(trial, len(decisions), value))
        pruner.finish(record_of(trial, COMPLETE if decisions[-1] is Decision.CONTINUE else PRUNED, value))
        return decisions
