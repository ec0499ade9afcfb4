"""What every backend promises, as tests; the cases come from its declared capabilities."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from importlib.metadata import packages_distributions
from itertools import cycle, islice, zip_longest
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tunebridge as tb
from tunebridge import Backend, Fidelity, OutcomeState, Space, TrialState
from tunebridge.registry.plugins import registry
from tunebridge.testing import example_spaces
from tunebridge.testing.assertions import (
    assert_declared,
    assert_middle,
    assert_same,
    assert_visited,
    assert_weights,
)
from tunebridge.testing.backend_conditions import ConditionsContract
from tunebridge.testing.backend_growing import GrowingContract
from tunebridge.testing.backend_restoring import RestoringContract
from tunebridge.testing.backend_resuming import ResumingContract
from tunebridge.testing.bowl import Bowl
from tunebridge.testing.dialogue import Dialogue, far_corner
from tunebridge.testing.example_spaces import accepted, is_refused
from tunebridge.testing.leftovers import nothing_left
from tunebridge.testing.limiting import LimitsContract
from tunebridge.testing.preparing import PreparingContract
from tunebridge.testing.remembering import RememberingContract
from tunebridge.testing.strategies import spaces

COMPLETE, PRUNED = OutcomeState.COMPLETE, OutcomeState.PRUNED
FAILED, INFEASIBLE = OutcomeState.FAILED, OutcomeState.INFEASIBLE

N_BRANCHES_ASKED = 30
"""Proposals in which every label of a small tree is to appear."""

N_STUDIES = 200
"""First proposals that are drawn to compare their weights with the declared ones."""

WITHOUT_LIBRARY = """
import json, sys
name, blocked = json.loads(sys.argv[1])
sys.modules.update(dict.fromkeys(blocked))
import tunebridge as tb
space = tb.Space(
    x=tb.Float(0, 1), n=tb.Int(1, 9, log=True), z=tb.Normal(0, 1), o=tb.Ordinal([1, 2]), c=tb.Constant(3),
    k=tb.Categorical({"a": tb.Space(m=tb.Float(0, 1, step=0.25)), "b": tb.Space()}, [1, 2]),
    w=tb.Int(1, 9, when=[{"k": "a"}, {"n": tb.Between(3, None)}]),
)
assert len(tb.explain(space, name).parameters) == 8
"""
"""Explains a space where the libraries behind a backend cannot be imported."""


class BackendContract(
    LimitsContract,
    ResumingContract,
    RestoringContract,
    ConditionsContract,
    GrowingContract,
    RememberingContract,
    PreparingContract,
):
    """The promises of one backend.

    Subclass it in a test module and override the fixture `backend`. The class attributes make the suite
    quicker, or tell it what it cannot know.
    """

    n_trials = 12
    """Trials of each trajectory that is compared with another."""
    max_examples: ClassVar[int | None] = None
    """Spaces that are generated per property; None for what the hypothesis profile says."""
    eager_options: ClassVar[Mapping[str, Any]] = {}
    """Options that end a sampler's random start-up early; the suite takes those that the backend knows."""
    option_values: ClassVar[Mapping[str, Any]] = {}
    """A value to try of every option that the backend declares."""

    @pytest.fixture
    def backend(self) -> str | Backend:
        """Return the backend: its name, or what `tunebridge.backend` returns. Override this."""
        raise NotImplementedError("override the fixture `backend` of BackendContract")

    @pytest.fixture
    def chosen(self, backend: str | Backend) -> Backend:
        """Return the backend with its options."""
        return tb.backend(backend)

    @pytest.fixture
    def eager(self, chosen: Backend) -> Backend:
        """Return the backend without a long start-up."""
        known = {name: value for name, value in self.eager_options.items() if name in chosen.spec.options}
        return Backend(chosen.spec, {**known, **chosen.options})

    @pytest.fixture
    def shapes(self, chosen: Backend) -> list[Space]:
        """Return a constrained space and, if the backend can, one with branches."""
        return example_spaces.shapes(chosen)

    def test_its_spec_is_complete(self, chosen: Backend) -> None:
        """Look it up by name, and read what the command line shows."""
        spec = chosen.spec
        assert registry().backends[spec.name] == spec
        assert spec.summary.strip() == spec.summary != ""
        assert len(set(spec.options)) == len(spec.options)

    def test_the_same_seed_gives_the_same_trajectory(self, eager: Backend, shapes: list[Space]) -> None:
        """Run each study twice."""
        for space in shapes:
            assert self._trajectory(eager, space, seed=3) == self._trajectory(eager, space, seed=3)

    def test_another_seed_gives_another_trajectory(self, eager: Backend, shapes: list[Space]) -> None:
        """Run each study with two seeds."""
        for space in shapes:
            assert self._trajectory(eager, space, seed=3) != self._trajectory(eager, space, seed=4)

    @pytest.mark.parametrize("seed", [0, 2**32 - 1])
    def test_both_ends_of_the_range_of_seeds_are_taken(self, chosen: Backend, seed: int) -> None:
        """Ask under the least and the greatest seed."""
        with Dialogue(chosen, accepted(chosen, example_spaces.FLAT), seed=seed) as dialogue:
            assert dialogue.ask().params

    def test_studies_do_not_disturb_each_other(self, eager: Backend, shapes: list[Space]) -> None:
        """Interleave two studies, and compare each with itself run alone."""
        space = shapes[-1]
        studies = [tb.open_study(_problem(space), **self._settings(eager, seed)) for seed in (1, 2)]
        for trials in zip_longest(*(_evaluated(study) for study in studies)):
            assert trials
        for seed, study in zip((1, 2), studies, strict=True):
            study.close()
            assert _params(study.result) == self._trajectory(eager, space, seed=seed)

    def test_maximising_proposes_what_minimising_the_negated_value_does(
        self, eager: Backend, shapes: list[Space]
    ) -> None:
        """Turn the sign and the direction at once."""
        for space in shapes:
            downward, upward = _problem(space), _problem(space, "maximize", -1.0)
            assert _params(self._tune(eager, upward)) == _params(self._tune(eager, downward))

    def test_every_suggestion_lies_inside_the_space_in_builtin_types(self, eager: Backend) -> None:
        """Ask over generated spaces, with every kind of outcome told in between."""

        def check(space: Space) -> None:
            with Dialogue(eager, space) as dialogue:
                states = [COMPLETE, PRUNED, FAILED, COMPLETE, INFEASIBLE, COMPLETE]
                for suggestion in dialogue.suggestions(states):
                    assert_declared(space, suggestion.params)

        self._over_spaces(eager, check)

    def test_inactive_parameters_are_absent(self, eager: Backend, shapes: list[Space]) -> None:
        """Compare the names of each suggestion with those that its own choices make active."""
        for space in shapes:
            for params in self._trajectory(eager, space):
                assert params.keys() == space.flatten(space.unflatten(params)).keys()

    def test_first_proposals_follow_the_declared_weights_or_the_declared_prior(self, chosen: Backend) -> None:
        """Ask once under many seeds; the order of a finite backend has no weights."""
        able = chosen.spec.capabilities
        if chosen.spec.prior is tb.Prior.MIDDLE:
            space = accepted(chosen, example_spaces.FLAT)
            assert_middle(space, [self._untold(chosen, space, 1, seed)[0] for seed in range(N_STUDIES)])
            return
        for space in (*example_spaces.WEIGHTED, *example_spaces.WEIGHTED_TREE * able.conditional) * (
            not able.finite
        ):
            first = [params for seed in range(N_STUDIES) for params in self._untold(chosen, space, 1, seed)]
            pathed = [space.unflatten(params) for params in first]
            for node, row in zip(space.nodes, tb.explain(space, chosen).parameters, strict=True):
                if row.fidelity is not Fidelity.LOSSY:
                    assert_weights(node, [params[node.path] for params in pathed if node.path in params])

    def test_decode_undoes_encode(self, chosen: Backend) -> None:
        """Take random params to the native form and back."""

        def check(space: Space, seed: int) -> None:
            params = space.sample(seed)
            returned = tb.decode(space, chosen, tb.explain(space, chosen).encode(params))
            assert_declared(space, returned)
            assert_same(space, returned, params)

        self._over_spaces(chosen, check, seed=st.integers(0, 2**16))

    def test_one_translation_serves_several_sessions(self, chosen: Backend, shapes: list[Space]) -> None:
        """Build the native space twice from one translation, and use both."""
        for space in shapes:
            translation = tb.explain(space, chosen)
            both = []
            for _ in range(2):
                with Dialogue(chosen, space, translation=translation) as dialogue:
                    both.append(dialogue.proposals([COMPLETE] * 4))
            assert both[0] == both[1]
            assert both[0]

    def test_explain_has_one_row_per_parameter_in_order(self, chosen: Backend) -> None:
        """Explain generated spaces, those that are refused, too."""

        @settings(deadline=None)
        @given(spaces())
        def check(space: Space) -> None:
            translation = tb.explain(space, chosen)
            assert translation.backend == chosen.spec.name
            assert [row.path for row in translation.parameters] == [node.path for node in space.nodes]
            for node, row in zip(space.nodes, translation.parameters, strict=True):
                assert row.declared == node.declared
                assert row.reason or row.fidelity is Fidelity.EXACT
                assert bool(row.native) == (not node.fixed and row.fidelity is not Fidelity.REFUSED)

        check()

    def test_explain_needs_no_library(self, chosen: Backend) -> None:
        """Explain in a process where the required libraries cannot be imported."""
        wanted = {_canonical(name) for name in chosen.spec.requires}
        owners = packages_distributions().items()
        blocked = [module for module, names in owners if wanted & set(map(_canonical, names))]
        assert blocked or not wanted
        arguments = json.dumps([chosen.spec.name, blocked])
        command = [sys.executable, "-c", WITHOUT_LIBRARY, arguments]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr

    def test_a_missing_library_is_named_with_the_command_that_brings_it(
        self, chosen: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Open a study as if nothing were installed."""
        space = accepted(chosen, example_spaces.FLAT)
        needed = chosen.settled(space, (tb.Direction.MINIMIZE,)).requires
        monkeypatch.setattr("tunebridge.dependencies.installed_version", lambda name: None)
        if not needed:
            tb.open_study(_problem(space), **self._settings(chosen, 0)).close()
            return
        with pytest.raises(tb.MissingLibraryError, match="pip install") as caught:
            tb.open_study(_problem(space), **self._settings(chosen, 0))
        assert all(name in caught.value.message for name in (chosen.spec.name, *needed))

    def test_branches_are_proposed_or_refused_by_name(self, chosen: Backend) -> None:
        """Visit every branch if the capability is declared; else expect an error before the first trial."""
        able = chosen.spec.capabilities
        if not able.conditional:
            for refused, asker in (
                (example_spaces.FINITE_TREE[0], "optimizer"),
                (example_spaces.GATED[-1], "depth"),
            ):
                self._assert_unsupported(chosen, "conditional", _problem(refused), asker)
            return
        space = example_spaces.FINITE_TREE[0] if able.finite else accepted(chosen, example_spaces.TREE)
        drawn = self._untold(chosen, space, N_BRANCHES_ASKED)
        for node in space.nodes:
            if isinstance(node.parameter, tb.Categorical):
                assert {params.get(node.name) for params in drawn} >= set(node.parameter.labels)

    def test_several_objectives_are_optimised_or_refused_by_name(self, eager: Backend) -> None:
        """Run with two directions if the capability is declared."""
        problem = _two_objectives(accepted(eager, example_spaces.CONSTRAINED), 1.0, ["minimize", "maximize"])
        if not eager.spec.capabilities.multi_objective:
            self._assert_unsupported(eager, "multi_objective", problem, "maximize")
            return
        result = self._tune(eager, problem)
        assert result.best_trials
        assert all(len(trial.values or ()) == 2 for trial in result.trials)

    def test_maximising_two_objectives_proposes_what_minimising_the_negated_values_does(
        self, eager: Backend
    ) -> None:
        """Turn both signs and both directions at once."""
        space = accepted(eager, example_spaces.CONSTRAINED)
        if eager.spec.capabilities.multi_objective:
            downward = self._tune(eager, _two_objectives(space, 1.0, ["minimize"] * 2))
            upward = self._tune(eager, _two_objectives(space, -1.0, ["maximize"] * 2))
            assert _params(downward) == _params(upward)

    def test_a_finite_space_is_visited_once_then_exhausted(self, chosen: Backend) -> None:
        """Ask to the end, with all outcomes; whoever is exhausted without declaring so has seen all, too."""
        able = chosen.spec.capabilities
        for space in (*example_spaces.FINITE, *example_spaces.FINITE_TREE * able.conditional):
            most = 3 * (space.size or 0)
            with Dialogue(chosen, space) as dialogue:
                visited = dialogue.proposals(islice(cycle(OutcomeState), most))
                if able.finite or len(visited) < most:
                    assert_visited(space, visited, once=able.finite)
                    assert [dialogue.session.ask() for _ in range(3)] == [None] * 3

    def test_a_finite_space_is_visited_once_with_all_trials_pending(self, chosen: Backend) -> None:
        """Ask to the end before the first tell, as many workers would."""
        able = chosen.spec.capabilities
        for space in (*example_spaces.FINITE, *example_spaces.FINITE_TREE * able.conditional) * able.finite:
            with Dialogue(chosen, space) as dialogue:
                asked = list(islice(iter(dialogue.session.ask, None), 3 * (space.size or 0)))
                assert_visited(space, [suggestion.params for suggestion in asked], once=True)
                for suggestion in reversed(asked):
                    assert dialogue.tell(suggestion)
                assert dialogue.session.ask() is None

    def test_a_space_without_a_free_parameter_has_one_point(self, chosen: Backend) -> None:
        """Open sessions for empty spaces, constants and ranges of one value; tell of a foreign trial, too."""
        able = chosen.spec.capabilities
        for space in example_spaces.WITHOUT_CHOICE:
            point = space.sample(0)
            with Dialogue(chosen, space) as dialogue:
                if able.takes_foreign_trials:
                    assert dialogue.tell_foreign(point)
                asked = dialogue.proposals([COMPLETE, FAILED, COMPLETE])
                assert asked == [point] * len(asked), "it proposes another point than the only one"
                assert len(asked) == 1 if able.finite else asked

    def test_a_budget_is_asked_for_before_the_first_trial_if_declared(self, chosen: Backend) -> None:
        """Open a study without n_trials, in time and without end."""
        problem = _problem(accepted(chosen, example_spaces.FLAT))
        settings = {**self._settings(chosen, 0), "n_trials": None, "max_seconds": 60.0}
        if not chosen.spec.capabilities.needs_budget:
            tb.open_study(problem, **settings).close()
            return
        with pytest.raises(tb.ProblemError, match="n_trials") as caught:
            tb.open_study(problem, **settings)
        assert chosen.spec.name in caught.value.message
        assert "n_trials" in caught.value.hint

    @pytest.mark.parametrize("state", OutcomeState)
    def test_every_outcome_is_told_in_words_and_asking_goes_on(
        self, eager: Backend, shapes: list[Space], state: OutcomeState
    ) -> None:
        """Begin a session with each state, of its own trial and, if it accepts that, of a foreign one."""
        for space in shapes:
            with Dialogue(eager, space) as dialogue:
                told = [dialogue.tell(dialogue.ask(), state)]
                if eager.spec.capabilities.takes_foreign_trials:
                    told += [dialogue.tell_foreign(space.sample(0), state)]
                told += [dialogue.tell(dialogue.ask()), dialogue.tell(dialogue.ask(), state, sign=0)]
                assert all(isinstance(text, str) and text.strip() for text in told)
                assert_declared(space, dialogue.ask().params)

    @pytest.mark.parametrize("state", [PRUNED, FAILED, INFEASIBLE])
    def test_failures_in_a_row_never_end_a_session(
        self, eager: Backend, shapes: list[Space], state: OutcomeState
    ) -> None:
        """Fail more often than any start-up lasts, then succeed."""
        for space in shapes:
            with Dialogue(eager, space) as dialogue:
                assert len(dialogue.proposals([state] * 15 + [COMPLETE] * 2)) == 17

    def test_several_trials_may_be_pending(self, eager: Backend, shapes: list[Space]) -> None:
        """Ask three times without a tell, before and after the start-up, and tell in reverse order."""
        for space in shapes:
            with Dialogue(eager, space) as dialogue:
                for _ in range(2):
                    asked = [dialogue.ask() for _ in range(3)]
                    assert len({suggestion.id for suggestion in asked}) == 3
                    for suggestion in reversed(asked):
                        assert_declared(space, suggestion.params)
                        assert dialogue.tell(suggestion)

    def test_a_study_closes_with_trials_pending(self, eager: Backend, shapes: list[Space]) -> None:
        """Leave two of three trials untold."""
        for space in shapes:
            with closing(tb.open_study(_problem(space), **self._settings(eager, 0))) as study:
                trials = [study.ask() for _ in range(3)]
                assert trials[1] is not None
                study.tell(trials[1], 1.0)
            states = [trial.state for trial in study.result.trials]
            assert states == [TrialState.INTERRUPTED, TrialState.COMPLETE, TrialState.INTERRUPTED]

    def test_sessions_leave_nothing_behind_and_change_nothing_that_others_share(
        self, eager: Backend, shapes: list[Space], tmp_path: Path
    ) -> None:
        """Tell of every outcome in a second session; `tunebridge.testing.leftovers` says what is exempt."""

        def talk() -> None:
            for space in shapes:
                with Dialogue(eager, space) as dialogue:
                    dialogue.proposals([*OutcomeState, COMPLETE, COMPLETE])
                    if eager.spec.capabilities.takes_foreign_trials:
                        dialogue.tell_foreign(space.sample(0))
                    dialogue.ask()

        talk()
        with nothing_left(tmp_path):
            talk()

    def test_no_evaluated_trial_violates_a_constraint(self, eager: Backend) -> None:
        """Run on a space of which a part is forbidden."""
        space = accepted(eager, example_spaces.CONSTRAINED)
        evaluated = self._trajectory(eager, space)
        assert len(evaluated) == self.n_trials
        assert all(space.violated(params) is None for params in evaluated)

    def test_initial_points_come_first_under_a_name_of_their_own(
        self, eager: Backend, shapes: list[Space]
    ) -> None:
        """Give two points, and look at who proposed which trial."""
        for space in shapes:
            initial = [space.sample(21), space.sample(22)]
            trials = self._tune(eager, _problem(space), initial=initial).trials
            assert [trial.params for trial in trials[:2]] == initial
            assert [trial.backend for trial in trials[:2]] == ["initial"] * 2
            assert {trial.backend for trial in trials[2:]} == {eager.spec.name}
            assert all(trial.told for trial in trials)
            taken = eager.spec.capabilities.takes_foreign_trials
            assert taken or all(trial.told.startswith("not told: ") for trial in trials[:2])

    def test_an_unknown_option_is_refused_and_the_known_ones_are_named(self, chosen: Backend) -> None:
        """Misspell an option."""
        with pytest.raises(tb.OptionError) as caught:
            tb.backend(chosen.spec.name, no_such_option=1)
        assert "no_such_option" in caught.value.message
        assert all(option in caught.value.hint for option in chosen.spec.options)

    def test_every_declared_option_is_taken(self, chosen: Backend) -> None:
        """Run a few trials with each option."""
        missing = set(chosen.spec.options) - self.option_values.keys()
        assert not missing, "BackendContract.option_values has to cover every option of the spec"
        space = accepted(chosen, example_spaces.CONSTRAINED)
        for option in chosen.spec.options:
            tuned = Backend(chosen.spec, {**chosen.options, option: self.option_values[option]})
            with Dialogue(tuned, space) as dialogue:
                assert len(dialogue.proposals([COMPLETE] * 4)) == 4

    def _settings(self, chosen: Backend, seed: int) -> dict[str, Any]:
        return {"backend": chosen, "seed": seed, "n_trials": self.n_trials, "on_lossy": "warn"}

    def _tune(self, chosen: Backend, problem: tb.Problem, seed: int = 3, **more: Any) -> tb.Result:
        return tb.tune(problem, **self._settings(chosen, seed), **more)

    def _trajectory(self, chosen: Backend, space: Space, seed: int = 3) -> list[dict[str, Any]]:
        params = _params(self._tune(chosen, _problem(space), seed))
        assert params
        return params

    def _over_spaces(
        self, chosen: Backend, check: Callable[..., None], **more: st.SearchStrategy[Any]
    ) -> None:
        """Run a check over generated spaces that the backend does not refuse."""
        conditional = chosen.spec.capabilities.conditional
        strategy = spaces(
            conditional=conditional, accept=lambda parameter: not is_refused(Space(p=parameter), chosen)
        ).filter(lambda space: not is_refused(space, chosen))
        quick = {} if self.max_examples is None else {"max_examples": self.max_examples}
        limits = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], **quick)  # type: ignore[arg-type]
        limits(given(space=strategy, **more)(check))()

    def _untold(self, chosen: Backend, space: Space, count: int, seed: int = 0) -> list[Mapping[str, Any]]:
        """Return proposals made while none has an outcome."""
        with Dialogue(chosen, space, seed=seed) as dialogue:
            return [suggestion.params for suggestion in islice(iter(dialogue.session.ask, None), count)]

    def _assert_unsupported(self, chosen: Backend, capability: str, problem: tb.Problem, asker: str) -> None:
        able = [spec.name for spec in registry().backends.values() if getattr(spec.capabilities, capability)]
        with pytest.raises(tb.UnsupportedError) as caught:
            tb.open_study(problem, **self._settings(chosen, 0))
        assert asker in caught.value.message
        assert capability in caught.value.message
        assert all(name in caught.value.hint for name in able)


def _problem(space: Space, direction: str = "minimize", sign: float = 1.0) -> tb.Problem:
    bowl = Bowl(space, far_corner(space))
    return tb.Problem(lambda trial: sign * bowl(trial), space, direction)


def _two_objectives(space: Space, sign: float, directions: list[str]) -> tb.Problem:
    bowl = Bowl(space, far_corner(space))
    return tb.Problem(lambda trial: (sign * bowl(trial), sign * trial["n"]), space, directions)


def _params(result: tb.Result) -> list[dict[str, Any]]:
    return [dict(trial.params) for trial in result.trials]


def _evaluated(study: tb.Study) -> Iterator[tb.Trial]:
    while (trial := study.ask()) is not None:
        study.tell(trial, study.problem.objective(trial))
        yield trial


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-")
