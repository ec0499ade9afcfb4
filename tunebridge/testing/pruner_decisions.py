"""What every pruner promises about which trials it ends: the same ones, whatever else there is."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Iterator

import pytest

import tunebridge as tb
from tunebridge import Backend, ChosenPruner, Problem, Result, Trial, TrialPruned, TrialState
from tunebridge.testing.bowl import Bowl
from tunebridge.testing.dialogue import far_corner
from tunebridge.testing.example_spaces import flat_space
from tunebridge.testing.pruner_studies import Level, Trained, ask, ends_of
from tunebridge.testing.witness import witnessed

COMPLETE, PRUNED, FAILED = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED


class DecisionsContract(Trained):
    """The promises about decisions; `PrunerContract` includes them."""

    @pytest.fixture
    def mirrored(self, chosen: ChosenPruner) -> ChosenPruner:
        """Return what ends the same trials when values are negated; override it if options have a sign."""
        return chosen

    def test_under_every_backend_the_states_are_true(
        self, chosen: ChosenPruner, backends: list[Backend], subtests: pytest.Subtests
    ) -> None:
        """Train a model whose reports depend on its params."""
        for backend in backends:
            with subtests.test(backend=backend.spec.name):
                space = flat_space(backend)
                result, witness = self._tune(chosen, backend, Bowl(space, far_corner(space)))
                assert len(result.trials) == self._n_trials(backend)
                for trial in result.trials:
                    self._assert_true(trial, witness)
                _assert_told(result)

    def test_the_same_reports_end_the_same_trials_under_every_backend(
        self, chosen: ChosenPruner, backends: list[Backend], subtests: pytest.Subtests
    ) -> None:
        """Report by trial number, whatever the params are."""
        ends: list[tuple[TrialState, int]] = []
        for backend in sorted(backends, key=self._n_trials, reverse=True):
            with subtests.test(backend=backend.spec.name):
                result, _ = self._tune(chosen, backend, self.level)
                ends = ends or ends_of(result)
                assert ends_of(result) == ends[: self._n_trials(backend)]
        assert {state for state, _ in ends} == {COMPLETE, PRUNED}
        assert any(n_reports < self.n_steps for _, n_reports in ends)

    def test_maximising_ends_the_trials_that_minimising_the_negated_reports_does(
        self, chosen: ChosenPruner, mirrored: ChosenPruner, backend: Backend
    ) -> None:
        """Turn the sign and the direction at once."""
        downward, _ = self._tune(chosen, backend, self.level)
        upward, witness = self._tune(mirrored, backend, self.level, sign=-1.0)
        assert ends_of(upward) == ends_of(downward)
        assert all(value < 0 for _, value, _ in witness.heard[0][1:])

    def test_studies_do_not_disturb_each_other(self, chosen: ChosenPruner, backend: Backend) -> None:
        """Interleave two studies with one pruner, and compare each with itself run alone."""
        levels: list[Level] = [self.level, lambda trial: 1.0 - self.level(trial)]
        alone = [ends_of(self._tune(chosen, backend, level)[0]) for level in levels]
        studies = [self._open(chosen, backend, level) for level in levels]
        for _ in range(self.n_trials):
            for study, level in zip(studies, levels, strict=True):
                self._train(study, ask(study), level)
        assert [ends_of(study.result) for study in studies] == alone
        assert alone[0] != alone[1]

    def test_trials_that_fail_leave_it_able_to_decide(self, chosen: ChosenPruner, backend: Backend) -> None:
        """Fail a third of the trials, the first among them, before or after reports."""

        def train(trial: Trial) -> Iterator[float]:
            for step in range(self.n_steps):
                if trial.number % 3 == 0 and step == trial.number % 5:
                    raise ValueError
                yield self.curve(self.level(trial), step)

        n_trials = 3 * self.n_trials // 2
        witnesses, watched = witnessed(chosen)
        problem = Problem(train, flat_space(backend))
        result = tb.tune(problem, backend=backend, pruner=watched, n_trials=n_trials, seed=0)
        for trial in result.trials:
            self._assert_true(trial, witnesses[0])
        assert {trial.state for trial in result.trials} == {COMPLETE, PRUNED, FAILED}
        assert result.trials[0].state is FAILED

    def test_trials_may_run_beside_each_other(self, chosen: ChosenPruner, backend: Backend) -> None:
        """Keep three trials open, report in turns, and end the last one first."""
        witnesses, watched = witnessed(chosen)
        study = self._open(watched, backend, self.level)
        for _ in range(self.n_trials // 3):
            trials = [ask(study) for _ in range(3)]
            running = {trial.number: trial for trial in trials}
            for step in range(self.n_steps):
                for trial in list(running.values()):
                    if self._is_ended(trial, step):
                        study.tell(running.pop(trial.number), error=TrialPruned("by the pruner"))
            for trial in reversed(running.values()):
                study.tell(trial, self.curve(self.level(trial), self.n_steps - 1))
        for record in study.result.trials:
            self._assert_true(record, witnesses[0])
        study.close()

    def _is_ended(self, trial: Trial, step: int) -> bool:
        """Report one step, and return whether that ended the trial."""
        try:
            trial.report(self.curve(self.level(trial), step), step)
        except TrialPruned:
            return True
        return False


def _assert_told(result: Result) -> None:
    """Assert that a library which learns is not told of a pruned trial as if it were complete."""
    told = {state: {trial.told for trial in result.trials if trial.state is state} for state in TrialState}
    assert all(text.startswith("not told") for text in told[PRUNED] & told[COMPLETE])
