"""What every pruner promises, as tests over every registered backend."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

import tunebridge as tb
from tunebridge import (
    Backend,
    ChosenPruner,
    Decision,
    Problem,
    Pruner,
    PrunerRequest,
    Result,
    Space,
    Trial,
    TrialPruned,
    TrialRecord,
    TrialState,
)
from tunebridge.registry.plugins import registry
from tunebridge.testing import example_spaces
from tunebridge.testing.bowl import Bowl
from tunebridge.testing.dialogue import far_corner
from tunebridge.testing.example_spaces import accepted
from tunebridge.testing.leftovers import nothing_left
from tunebridge.testing.proposers import CLIMBER, RANDOM
from tunebridge.testing.witness import Witness, record_of, witnessed

COMPLETE, PRUNED, FAILED, INTERRUPTED = (
    TrialState.COMPLETE,
    TrialState.PRUNED,
    TrialState.FAILED,
    TrialState.INTERRUPTED,
)

Level = Callable[[Trial], float]
"""How bad a trial is, from 0 to about 1."""


class PrunerContract:
    """The promises of one pruner.

    Subclass it in a test module and override the fixture `pruner`, with options under which it ends some of
    the trials that `curve` describes, and not all.
    """

    n_trials: ClassVar[int] = 12
    """Trials of each study."""
    n_steps: ClassVar[int] = 9
    """Reports of a trial that is trained to its end."""
    fewer_trials: ClassVar[Mapping[str, int]] = {}
    """Trials by name of a backend that takes long for one."""
    backend_options: ClassVar[Mapping[str, Any]] = {}
    """Options of backends, such as those that end a start-up early; each takes those that it knows."""
    option_values: ClassVar[Mapping[str, Any]] = {}
    """A value to try of every option that the pruner declares."""

    @pytest.fixture
    def pruner(self) -> str | ChosenPruner:
        """Return the pruner: its name, or what `tunebridge.pruner` returns. Override this."""
        raise NotImplementedError("override the fixture `pruner` of PrunerContract")

    @pytest.fixture
    def chosen(self, pruner: str | ChosenPruner) -> ChosenPruner:
        """Return the pruner with its options."""
        return tb.pruner(pruner)

    @pytest.fixture
    def mirrored(self, chosen: ChosenPruner) -> ChosenPruner:
        """Return what ends the same trials when values are negated; override it if options have a sign."""
        return chosen

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

    def test_its_spec_is_complete(self, chosen: ChosenPruner) -> None:
        """Look it up by name, and read what the command line shows."""
        spec = chosen.spec
        assert registry().pruners[spec.name] == spec
        assert spec.summary.strip() == spec.summary != ""
        assert len(set(spec.options)) == len(spec.options)

    def test_under_every_backend_the_states_are_true(
        self, chosen: ChosenPruner, backends: list[Backend], subtests: pytest.Subtests
    ) -> None:
        """Train a model whose reports depend on its params."""
        for backend in backends:
            with subtests.test(backend=backend.spec.name):
                space = _space(backend)
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
                ends = ends or _ends(result)
                assert _ends(result) == ends[: self._n_trials(backend)]
        assert {state for state, _ in ends} == {COMPLETE, PRUNED}
        assert any(n_reports < self.n_steps for _, n_reports in ends)

    def test_maximising_ends_the_trials_that_minimising_the_negated_reports_does(
        self, chosen: ChosenPruner, mirrored: ChosenPruner, backend: Backend
    ) -> None:
        """Turn the sign and the direction at once."""
        downward, _ = self._tune(chosen, backend, self.level)
        upward, witness = self._tune(mirrored, backend, self.level, sign=-1.0)
        assert _ends(upward) == _ends(downward)
        assert all(value < 0 for _, value, _ in witness.heard[0][1:])

    def test_studies_do_not_disturb_each_other(self, chosen: ChosenPruner, backend: Backend) -> None:
        """Interleave two studies with one pruner, and compare each with itself run alone."""
        levels: list[Level] = [self.level, lambda trial: 1.0 - self.level(trial)]
        alone = [_ends(self._tune(chosen, backend, level)[0]) for level in levels]
        studies = [self._open(chosen, backend, level) for level in levels]
        for _ in range(self.n_trials):
            for study, level in zip(studies, levels, strict=True):
                self._train(study, _ask(study), level)
        assert [_ends(study.result) for study in studies] == alone
        assert alone[0] != alone[1]

    def test_it_hears_of_every_report_in_order_and_of_every_end_once(
        self, chosen: ChosenPruner, backend: Backend
    ) -> None:
        """End trials in every way there is."""
        witnesses, watched = witnessed(chosen)
        study = self._open(watched, backend, self.level)
        for kind in ("plain", "plain", "fails", "is ended by the user", "has no report", "fails", "plain"):
            trial = _ask(study)
            if kind == "plain":
                self._train(study, trial, self.level)
                continue
            if kind != "has no report":
                trial.report(self.curve(0.0, 0))
            error = {"fails": ValueError(), "is ended by the user": TrialPruned("by hand")}.get(kind)
            study.tell(trial, 1.0, error=error)
        _ask(study).report(self.curve(0.0, 0))
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

    def test_trials_that_fail_leave_it_able_to_decide(self, chosen: ChosenPruner, backend: Backend) -> None:
        """Fail a third of the trials, the first among them, before or after reports."""

        def train(trial: Trial) -> Iterator[float]:
            for step in range(self.n_steps):
                if trial.number % 3 == 0 and step == trial.number % 5:
                    raise ValueError
                yield self.curve(self.level(trial), step)

        n_trials = 3 * self.n_trials // 2
        witnesses, watched = witnessed(chosen)
        problem = Problem(train, _space(backend))
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
            trials = [_ask(study) for _ in range(3)]
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

    @pytest.mark.filterwarnings("ignore::UserWarning")
    def test_steps_may_have_gaps(self, chosen: ChosenPruner, backend: Backend) -> None:
        """Report every third step, in some trials from the second on; the pruner may warn of that."""

        def train(trial: Trial) -> float:
            value = 1.0
            for step in range(trial.number % 2, self.n_steps, 3):
                value = self.curve(self.level(trial), step)
                trial.report(value, step=step)
            return value

        problem = Problem(train, _space(backend))
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
        problem = Problem(train, _space(backend))
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

    def test_studies_leave_nothing_behind_and_change_nothing_that_others_share(
        self, chosen: ChosenPruner, backend: Backend, tmp_path: Path
    ) -> None:
        """Run a second study; `tunebridge.testing.leftovers` says what is exempt."""
        self._tune(chosen, backend, self.level)
        with nothing_left(tmp_path):
            self._tune(chosen, backend, self.level)

    def test_trials_without_reports_run_to_their_end(self, chosen: ChosenPruner, backend: Backend) -> None:
        """Return a value and report nothing."""
        problem = Problem(self.level, _space(backend))
        result = tb.tune(problem, backend=backend, pruner=chosen, n_trials=self.n_trials, seed=0)
        assert [trial.state for trial in result.trials] == [COMPLETE] * self.n_trials

    def test_several_objectives_are_refused_by_its_name(
        self, chosen: ChosenPruner, backends: list[Backend]
    ) -> None:
        """Open a study of two directions."""
        able = next(backend for backend in backends if backend.spec.capabilities.multi_objective)
        problem = Problem(lambda trial: (1.0, 1.0), _space(able), ["minimize", "maximize"])
        with pytest.raises(tb.UnsupportedError) as caught:
            tb.open_study(problem, backend=able, pruner=chosen, n_trials=2, seed=0)
        assert repr(chosen.spec.name) in caught.value.message

    def test_an_unknown_option_is_refused_and_the_known_ones_are_named(self, chosen: ChosenPruner) -> None:
        """Misspell an option."""
        with pytest.raises(tb.OptionError) as caught:
            tb.pruner(chosen.spec.name, no_such_option=1)
        assert "no_such_option" in caught.value.message
        assert all(option in caught.value.hint for option in chosen.spec.options)

    def test_every_declared_option_is_taken(self, chosen: ChosenPruner, backend: Backend) -> None:
        """Run a study with each option."""
        missing = set(chosen.spec.options) - self.option_values.keys()
        assert not missing, "PrunerContract.option_values has to cover every option of the spec"
        for option in chosen.spec.options:
            tuned = ChosenPruner(chosen.spec, {**chosen.options, option: self.option_values[option]})
            result, _ = self._tune(tuned, backend, self.level)
            assert {trial.state for trial in result.trials} <= {COMPLETE, PRUNED}

    def test_a_missing_library_is_named_with_the_command_that_brings_it(
        self, chosen: ChosenPruner, backend: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Open a study as if nothing were installed, on a backend that needs nothing."""
        monkeypatch.setattr("tunebridge.dependencies.installed_version", lambda name: None)
        bare = Backend(replace(backend.spec, requires=()), backend.options)
        if not chosen.spec.requires:
            self._open(chosen, bare, self.level).close()
            return
        with pytest.raises(tb.MissingLibraryError, match="pip install") as caught:
            self._open(chosen, bare, self.level)
        assert all(name in caught.value.message for name in (chosen.spec.name, *chosen.spec.requires))

    def _heard(self, pruner: Pruner, trial: Trial) -> list[Decision]:
        """Report a trial by hand up to its end, and return the decisions."""
        decisions: list[Decision] = []
        value = 0.0
        while len(decisions) < self.n_steps and set(decisions) <= {Decision.CONTINUE}:
            value = self.curve(self.level(trial), len(decisions))
            decisions.append(pruner.report(trial, len(decisions), value))
        pruner.finish(record_of(trial, COMPLETE if decisions[-1] is Decision.CONTINUE else PRUNED, value))
        return decisions

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
        problem = Problem(train, _space(backend), "minimize" if sign > 0 else "maximize")
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
        return tb.open_study(Problem(level, _space(backend)), backend=backend, pruner=chosen, seed=0)

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

    def _is_ended(self, trial: Trial, step: int) -> bool:
        """Report one step, and return whether that ended the trial."""
        try:
            trial.report(self.curve(self.level(trial), step), step)
        except TrialPruned:
            return True
        return False

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


def _assert_told(result: Result) -> None:
    """Assert that a library which learns is not told of a pruned trial as if it were complete."""
    told = {state: {trial.told for trial in result.trials if trial.state is state} for state in TrialState}
    assert all(text.startswith("not told") for text in told[PRUNED] & told[COMPLETE])


def _space(backend: Backend) -> Space:
    return accepted(backend, example_spaces.FLAT)


def _ask(study: tb.Study) -> Trial:
    """Return the next trial of a study that has no end."""
    trial = study.ask()
    assert trial is not None
    return trial


def _ends(result: Result) -> list[tuple[TrialState, int]]:
    """Return how each trial ended, and after how many reports."""
    return [(trial.state, len(trial.reports)) for trial in result.trials]
