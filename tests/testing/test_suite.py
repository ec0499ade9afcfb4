"""The suite itself: a backend that breaks a promise fails the test of that promise."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import settings

import tunebridge as tb
from tunebridge import Backend, OpenRequest, Outcome, OutcomeState, Suggestion, Translation
from tunebridge.testing import BackendContract
from tunebridge.testing.example_spaces import shapes
from tunebridge.testing.proposers import Climber, proposer

HONEST = tb.backend("scipy:halton")
RUNNING_NUMBER = count()

INSIDE = "test_every_suggestion_lies_inside_the_space_in_builtin_types"
ROWS = "test_explain_has_one_row_per_parameter_in_order"
FOREIGN = "test_foreign_trials_teach_if_declared_and_else_change_nothing"
PRUNED = "test_reports_of_pruned_trials_teach_if_declared_and_else_change_nothing"
EXHAUSTED = "test_a_finite_space_is_visited_once_then_exhausted"
WEIGHTS = "test_first_proposals_follow_the_declared_weights_or_the_declared_prior"
WITHOUT_CHOICE = "test_a_space_without_a_free_parameter_has_one_point"
BUDGET = "test_a_budget_is_asked_for_before_the_first_trial_if_declared"
INITIAL = "test_initial_points_come_first_under_a_name_of_their_own"
TOLD = "test_every_outcome_is_told_in_words_and_asking_goes_on"

Change = Callable[["Liar", dict[str, Any]], Mapping[str, Any]]


class Liar:
    """An honest session with one fault."""

    def __init__(
        self,
        request: OpenRequest,
        *,
        seed: int | None = None,
        change: Change = lambda session, params: params,
        told: Callable[["Liar", Outcome], str] = lambda session, outcome: "told",
        stops_at_failure: bool = False,
        one_at_a_time: bool = False,
    ) -> None:
        self.request, self.change, self.told = request, change, told
        self.stops_at_failure, self.one_at_a_time = stops_at_failure, one_at_a_time
        self.honest = HONEST.spec.open(replace(request, seed=request.seed if seed is None else seed))
        self.n_pending, self.n_asked, self.stopped = 0, 0, False

    def ask(self) -> Suggestion | None:
        if self.stopped:
            return None
        if self.n_pending and self.one_at_a_time:
            raise RuntimeError("one at a time")
        self.n_pending, self.n_asked = self.n_pending + 1, self.n_asked + 1
        suggestion = self.honest.ask()
        assert suggestion is not None
        return Suggestion(suggestion.id, self.change(self, dict(suggestion.params)))

    def tell(self, outcome: Outcome) -> str:
        self.n_pending -= outcome.suggestion_id is not None
        self.stopped = self.stops_at_failure and outcome.state is OutcomeState.FAILED
        return self.told(self, outcome)

    def close(self) -> None:
        self.honest.close()


def lying(**fault: Any) -> Backend:
    return Backend(replace(HONEST.spec, open=lambda request: Liar(request, **fault)), {})


def claiming(**capabilities: bool) -> Backend:
    able = replace(HONEST.spec.capabilities, **capabilities)
    return Backend(replace(HONEST.spec, capabilities=able), {})


def remembering_all(fault: Backend) -> Backend:
    """Return a backend that says it takes `remember`, and forgets nothing."""
    able = replace(fault.spec.capabilities, remembers=True, observes_foreign_trials=True)
    return Backend(replace(fault.spec, capabilities=able, options=("remember",)), {})


class Promising(Climber):
    """Says that it has proposed ahead, once for each ask, and proposes when it is asked."""

    def __init__(self, request: OpenRequest) -> None:
        super().__init__(request)
        self.says = True

    def ask(self) -> Suggestion:
        self.says = True
        return super().ask()

    def prepare(self) -> bool:
        said, self.says = self.says, False
        return said


def promising_proposals() -> Backend:
    spec = proposer("promising", Promising, prepares=True, learns=True).spec
    return Backend(replace(spec, options=("lookahead",)), {})


def beginning(prior: tb.Prior) -> Backend:
    return Backend(replace(HONEST.spec, prior=prior), {})


def translating(change: Callable[[Translation], Translation]) -> Backend:
    translate = HONEST.spec.translate
    return Backend(
        replace(HONEST.spec, translate=lambda space, options: change(translate(space, options))), {}
    )


def opening(check: Callable[[OpenRequest], bool]) -> Backend:
    def open_checked(request: OpenRequest) -> tb.Session:
        if not check(request):
            raise ValueError("refused")
        return HONEST.spec.open(request)

    return Backend(replace(HONEST.spec, open=open_checked), {})


class NotQuiteAFloat(float):
    """As numpy's own: a float to isinstance, and not the builtin type."""


def with_library_floats(session: Liar, params: dict[str, Any]) -> dict[str, Any]:
    return {
        name: NotQuiteAFloat(value) if isinstance(value, float) else value for name, value in params.items()
    }


def as_text(session: Liar, params: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) for name, value in params.items()}


def with_inactive(session: Liar, params: dict[str, Any]) -> dict[str, Any]:
    return {**{node.name: None for node in session.request.space.nodes}, **params}


def with_global_state(session: Liar, params: dict[str, Any]) -> dict[str, Any]:
    return session.request.space.sample(next(RUNNING_NUMBER))


def with_low_ends(session: Liar, params: dict[str, Any]) -> dict[str, Any]:
    return session.request.space.walk(
        lambda node: node.parameter.quantile((session.request.seed % 97 / 97) ** 2)
    )


def with_middle(session: Liar, params: dict[str, Any]) -> dict[str, Any]:
    return session.request.space.walk(lambda node: node.parameter.quantile(0.5))


def with_another_constant(session: Liar, params: dict[str, Any]) -> dict[str, Any]:
    return {**params, "only": "two"} if "only" in params else params


def refusing_foreign(session: Liar, outcome: Outcome) -> str:
    if outcome.suggestion_id is None:
        raise ValueError("refused")
    return "told"


def has_an_int(request: OpenRequest) -> bool:
    return any(isinstance(node.parameter, tb.Int) for node in request.space.nodes)


def with_first_branch(session: Liar, params: dict[str, Any]) -> dict[str, Any]:
    return session.request.space.walk(lambda node: node.parameter.quantile(0.0))


def skipping_a_point_if(wanted: Callable[[Outcome], bool]) -> Callable[[Liar, Outcome], str]:
    def told(session: Liar, outcome: Outcome) -> str:
        if wanted(outcome):
            session.honest.ask()
        return "told"

    return told


def built_anew(translation: Translation) -> Translation:
    """Return a translation whose native space is another one at each call."""
    return replace(translation, build=lambda: translation.build()[:: (-1) ** next(RUNNING_NUMBER)])


def in_floats(translation: Translation) -> Translation:
    """Return a translation that decodes an int as a float."""

    def decode(native: Any) -> dict[str, Any]:
        decoded = translation.decode(native)
        return {name: float(value) if type(value) is int else value for name, value in decoded.items()}

    return replace(translation, decode=decode)


FAULTS: list[tuple[str, str, Backend]] = [
    ("test_its_spec_is_complete", "multi_objective", claiming(multi_objective=False)),
    ("test_the_same_seed_gives_the_same_trajectory", "At index 0", lying(change=with_global_state)),
    ("test_another_seed_gives_another_trajectory", "!=", lying(seed=1)),
    ("test_studies_do_not_disturb_each_other", "At index 0", lying(change=with_global_state)),
    (
        "test_both_ends_of_the_range_of_seeds_are_taken",
        "refused",
        opening(lambda request: request.seed < 2**31),
    ),
    (
        "test_maximising_proposes_what_minimising_the_negated_value_does",
        "At index 1",
        lying(told=skipping_a_point_if(lambda outcome: (outcome.values or (0,))[0] > 0)),
    ),
    (INSIDE, "stands for", lying(change=with_library_floats)),
    (INSIDE, "Extra items", lying(change=with_inactive)),
    (INSIDE, "stands for|finite|integer|one of", lying(change=as_text)),
    (INSIDE, "is active and missing", lying(change=lambda session, params: {})),
    ("test_inactive_parameters_are_absent", "Extra items", lying(change=with_inactive)),
    (WEIGHTS, "Counter", lying(change=with_low_ends)),
    (WEIGHTS, "Counter", lying(change=with_middle)),
    (WEIGHTS, "no nearer to the middle", beginning(tb.Prior.MIDDLE)),
    (WITHOUT_CHOICE, "refused", opening(lambda request: any(not node.fixed for node in request.space.nodes))),
    (WITHOUT_CHOICE, "another point", lying(change=with_another_constant)),
    (BUDGET, "refused", opening(lambda request: request.n_trials is not None)),
    (INITIAL, "refused", lying(told=refusing_foreign)),
    ("test_decode_undoes_encode", "stands for", translating(in_floats)),
    ("test_one_translation_serves_several_sessions", "At index 0", translating(built_anew)),
    (ROWS, "At index 0", translating(lambda told: replace(told, parameters=told.parameters[::-1]))),
    (ROWS, "one more item", translating(lambda told: replace(told, parameters=told.parameters[1:]))),
    (ROWS, "scipy:sobol", translating(lambda told: replace(told, backend="scipy:sobol"))),
    ("test_branches_are_proposed_or_refused_by_name", "adam", lying(change=with_first_branch)),
    (
        "test_several_objectives_are_optimised_or_refused_by_name",
        "refused",
        opening(lambda request: len(request.directions) == 1),
    ),
    (FOREIGN, "do not go to where", claiming(observes_foreign_trials=True)),
    (
        FOREIGN,
        "depend on trials of others",
        lying(told=skipping_a_point_if(lambda outcome: outcome.suggestion_id is None)),
    ),
    (PRUNED, "do not go to where", claiming(learns_from_pruned=True)),
    (
        PRUNED,
        "depend on values",
        lying(told=skipping_a_point_if(lambda outcome: outcome.reports[-1].value > 0.2)),
    ),
    (EXHAUSTED, "not True", claiming(finite=True)),
    (EXHAUSTED, "== 6", lying(stops_at_failure=True)),
    (EXHAUSTED, "refused", opening(has_an_int)),
    ("test_a_finite_space_is_visited_once_with_all_trials_pending", "not True", claiming(finite=True)),
    (TOLD, "assert False", lying(told=lambda session, outcome: "")),
    (TOLD, "exhausted", lying(stops_at_failure=True)),
    (TOLD, "refused", lying(told=refusing_foreign)),
    ("test_failures_in_a_row_never_end_a_session", "== 17", lying(stops_at_failure=True)),
    ("test_several_trials_may_be_pending", "one at a time", lying(one_at_a_time=True)),
    ("test_a_study_closes_with_trials_pending", "one at a time", lying(one_at_a_time=True)),
    ("test_it_takes_the_option_remember_if_declared_and_else_does_not", "declares", claiming(remembers=True)),
    (
        "test_what_it_has_forgotten_moves_no_proposal",
        "At index 0",
        remembering_all(lying(told=skipping_a_point_if(lambda outcome: outcome.params["x"] > 0.5))),
    ),
    ("test_it_takes_the_option_lookahead_if_declared_and_else_does_not", "declares", claiming(prepares=True)),
    ("test_a_proposal_made_ahead_is_the_one_that_it_would_make_then", "At index", promising_proposals()),
    ("test_without_lookahead_nothing_is_made_ahead", "True", promising_proposals()),
    ("test_every_declared_option_is_taken", "option_values has to cover", HONEST),
]
"""Which test has to fail, with which words, for which faulty backend."""


@pytest.fixture
def unshrunk() -> Iterator[None]:
    """Take the first counterexample, however long it is."""
    before = settings.get_current_profile_name()
    settings.load_profile("unshrunk")
    yield
    settings.load_profile(before)


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize(
    ("claim", "words", "faulty"), [pytest.param(*fault, id=f"{fault[0]}-{fault[1]}") for fault in FAULTS]
)
def test_a_broken_promise_fails_its_test(claim: str, words: str, faulty: Backend) -> None:
    test = getattr(BackendContract(), claim)
    fixtures = {
        "chosen": faulty,
        "eager": faulty,
        "shapes": shapes(faulty),
        "state": OutcomeState.FAILED,
        "seed": 2**32 - 1,
        "direction": tb.Direction.MINIMIZE,
    }
    wanted = inspect.signature(test).parameters
    with pytest.raises(
        (AssertionError, LookupError, RuntimeError, ValueError, tb.TunebridgeError), match=words
    ):
        test(**{name: fixtures[name] for name in wanted})


def keeping(claim: str, backend: Backend) -> None:
    """Run one test of the suite over a backend that keeps its promise."""
    fixtures = {"chosen": backend, "eager": backend, "shapes": shapes(backend)}
    fixtures |= {"state": OutcomeState.FAILED, "direction": tb.Direction.MINIMIZE}
    test = getattr(BackendContract(), claim)
    test(**{name: fixtures[name] for name in inspect.signature(test).parameters})


HONEST_ONES = {
    "plans over the budget": Backend(
        replace(
            opening(lambda request: request.n_trials is not None).spec,
            capabilities=replace(HONEST.spec.capabilities, needs_budget=True),
        ),
        {},
    ),
    "begins in the middle": Backend(replace(lying(change=with_middle).spec, prior=tb.Prior.MIDDLE), {}),
    "takes no trials of others": Backend(
        replace(
            lying(told=refusing_foreign).spec,
            capabilities=replace(HONEST.spec.capabilities, accepts_foreign_trials=False),
        ),
        {},
    ),
}


@pytest.mark.parametrize(
    "claim", [WEIGHTS, WITHOUT_CHOICE, BUDGET, INITIAL, FOREIGN, PRUNED, EXHAUSTED, TOLD]
)
@pytest.mark.parametrize("honest", HONEST_ONES)
def test_what_libraries_need_is_no_fault_once_it_is_declared(honest: str, claim: str) -> None:
    keeping(claim, HONEST_ONES[honest])
