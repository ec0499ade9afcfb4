"""The loop: ask, evaluate, tell, record."""

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

import tunebridge as tb

SPACE = tb.Space(x=tb.Float(0, 1))
LARGE = tb.Space(SPACE, constraints=[tb.Constraint(lambda params: params["x"] > 0.5, "large")])
BACKENDS = ["sklearn:random", "hyperopt:random"]
STATES = tb.TrialState


def value_of(trial: Any) -> float:
    """Return the trial's own param."""
    return float(trial["x"])


def tune(
    objective: Any = value_of, space: tb.Space = SPACE, direction: Any = "minimize", **settings: Any
) -> tb.Result:
    """Run a short study."""
    settings = {"backend": "sklearn:random", "n_trials": 5, "seed": 0, **settings}
    return tb.tune(tb.Problem(objective, space, direction), **settings)


def open_study(objective: Any = value_of, space: tb.Space = SPACE, **settings: Any) -> tb.Study:
    """Open a short study."""
    settings = {"backend": "sklearn:random", "n_trials": 5, "seed": 0, **settings}
    return tb.open_study(tb.Problem(objective, space), **settings)


def ask(study: tb.Study) -> tb.Trial:
    """Return the next trial of a study that has one."""
    trial = study.ask()
    assert trial is not None
    return trial


def states(result: tb.Result) -> list[str]:
    """Return the names of the states of all trials."""
    return [trial.state.name for trial in result.trials]


def failing(*numbers: int) -> Callable[[Any], float]:
    """Return an objective that raises in some trials, and returns `x` in the others."""

    def objective(trial: Any) -> float:
        if trial.number in numbers:
            raise ValueError(f"trial {trial.number}")
        return value_of(trial)

    return objective


class Script:
    """A session that proposes what it is given, and keeps what it is told."""

    def __init__(self, proposals: Iterator[float], ask_error: Exception | None = None) -> None:
        self.proposals = enumerate(proposals)
        self.ask_error = ask_error
        self.told: list[tb.Outcome] = []
        self.closed = 0

    def ask(self) -> tb.Suggestion | None:
        for number, x in self.proposals:
            return tb.Suggestion(number, {"x": x})
        if self.ask_error:
            raise self.ask_error
        return None

    def tell(self, outcome: tb.Outcome) -> str:
        self.told.append(outcome)
        return f"told {outcome.state.value}"

    def close(self) -> None:
        self.closed += 1


def scripted(script: Script) -> tb.Backend:
    """Return a backend whose session is `script`."""
    spec = tb.backend("sklearn:random").spec

    def start(request: tb.OpenRequest) -> tb.Session:
        return script

    return tb.Backend(dataclasses.replace(spec, name="fake:script", open=start), {})


# States.


def test_a_complete_trial_has_params_value_and_what_the_backend_was_told() -> None:
    for trial in tune().trials:
        assert (trial.state, trial.value, trial.error) == (STATES.COMPLETE, trial.params["x"], None)
        assert (trial.backend, bool(trial.told)) == ("sklearn:random", True)
        assert SPACE.contains(trial.params)


def test_a_failed_trial_keeps_params_and_traceback_and_the_study_goes_on() -> None:
    result = tune(failing(1, 3))
    assert states(result) == ["COMPLETE", "FAILED", "COMPLETE", "FAILED", "COMPLETE"]
    failed = result.trials[1]
    assert (failed.value, SPACE.contains(failed.params)) == (None, True)
    assert "ValueError: trial 1" in (failed.error or "")
    assert result.stop_reason == "n_trials"


def test_an_interrupt_returns_what_there_is_with_the_open_trial_interrupted() -> None:
    def objective(trial: Any) -> float:
        if trial.number == 2:
            raise KeyboardInterrupt
        return value_of(trial)

    result = tune(objective)
    assert states(result) == ["COMPLETE", "COMPLETE", "INTERRUPTED"]
    last = result.trials[-1]
    assert (last.value, last.finished is not None, last.told) == (None, True, "not told: interrupted")
    assert (result.stop_reason, result.best_trial.number in (0, 1)) == ("interrupted", True)


def test_other_exits_are_let_through_after_the_study_is_closed() -> None:
    def objective(trial: Any) -> float:
        raise SystemExit(3)

    script = Script(iter([0.1, 0.2]))
    with pytest.raises(SystemExit):
        tune(objective, backend=scripted(script))
    assert script.closed == 1


# Failures in a row.


def test_ten_failures_in_a_row_end_the_study_with_the_result_and_the_first_failure_as_cause() -> None:
    with pytest.raises(tb.StudyFailedError, match=r"10 trials in a row failed.*trial 3") as caught:
        tune(failing(*range(3, 100)), n_trials=100)
    error = caught.value
    assert repr(error.__cause__) == "ValueError('trial 3')"
    assert states(error.result) == ["COMPLETE"] * 3 + ["FAILED"] * 10
    assert error.result.stop_reason == "failed"
    assert error.result.best_value == min(trial.params["x"] for trial in error.result.trials[:3])


def test_a_success_resets_the_count_of_failures() -> None:
    numbers = [number for number in range(40) if number % 10 != 9]
    result = tune(failing(*numbers), n_trials=40)
    assert (len(result.trials), len(result.complete_trials)) == (40, 4)


def test_wrong_returns_count_as_failures() -> None:
    with pytest.raises(tb.StudyFailedError) as caught:
        tune(lambda trial: None, n_trials=20)
    assert isinstance(caught.value.__cause__, tb.ObjectiveError)


def test_ten_failures_as_the_last_ten_trials_still_raise() -> None:
    with pytest.raises(tb.StudyFailedError):
        tune(failing(*range(10)), n_trials=10)


@pytest.mark.parametrize(
    ("objective", "kind"),
    [(failing(2), ValueError), (lambda trial: None, tb.ObjectiveError)],
    ids=["raises", "None"],
)
def test_on_error_raise_lets_the_first_failure_through_and_closes(
    objective: Any, kind: type[Exception]
) -> None:
    script = Script(iter([0.1, 0.2, 0.3, 0.4]))
    with pytest.raises(kind):
        tune(objective, backend=scripted(script), on_error="raise")
    assert script.closed == 1
    assert script.told[-1].state is tb.OutcomeState.FAILED


# Budgets.


def test_n_trials_is_the_total_with_initial_points_and_failures_counted() -> None:
    result = tune(failing(0, 2), initial=[{"x": 0.25}, {"x": 0.5}], n_trials=4)
    assert [trial.number for trial in result.trials] == [0, 1, 2, 3]
    assert (result.stop_reason, len(tune(initial=[{"x": 0.1}] * 3, n_trials=2).trials)) == ("n_trials", 2)


def test_max_seconds_ends_the_study_after_the_trial_that_exceeds_it(clock: Any) -> None:
    def slow(trial: Any) -> float:
        clock.now += 5.0
        return 1.0

    result = tune(slow, n_trials=None, max_seconds=12.0)
    assert result.stop_reason == "max_seconds"
    assert [trial.state for trial in result.trials] == [STATES.COMPLETE] * 3


def test_a_finite_backend_needs_no_limit_and_is_exhausted() -> None:
    space = tb.Space(n=tb.Int(1, 3))
    result = tune(lambda trial: trial["n"], space, backend="sklearn:grid", n_trials=None)
    assert ([trial.params["n"] for trial in result.trials], result.stop_reason) == ([1, 2, 3], "exhausted")


def test_the_stop_reason_is_empty_while_the_study_goes_on() -> None:
    with open_study(n_trials=1) as study:
        trial = ask(study)
        assert study.result.stop_reason == ""
        study.tell(trial, 1.0)
        assert study.ask() is None
        assert study.result.stop_reason == "n_trials"


# Initial points.


def test_initial_points_come_first_in_order_and_are_marked() -> None:
    result = tune(initial=[{"x": 0.25}, {"x": 0.5}])
    assert [trial.params["x"] for trial in result.trials[:2]] == [0.25, 0.5]
    assert [trial.backend for trial in result.trials] == ["initial"] * 2 + ["sklearn:random"] * 3


def test_initial_points_leave_the_backends_own_proposals_as_they_are() -> None:
    plain, started = tune(n_trials=3), tune(initial=[{"x": 0.25}], n_trials=4)
    assert [trial.params for trial in started.trials[1:]] == [trial.params for trial in plain.trials]


def test_initial_points_take_labels_and_may_leave_out_what_is_fixed() -> None:
    space = tb.Space(
        kind=tb.Categorical({"relu": int, "tanh": float}), fixed=tb.Constant(3), size=tb.Ordinal([16, 32])
    )
    result = tune(lambda trial: 1.0, space, initial=[{"kind": "tanh", "size": 32.0}], n_trials=1)
    assert result.trials[0].params == {"kind": float, "fixed": 3, "size": 32}


def test_changing_an_initial_point_after_the_start_changes_nothing() -> None:
    point = {"x": 0.25}
    study = open_study(initial=[point])
    point["x"] = 7.0
    assert ask(study) == {"x": 0.25}
    study.close()


# A trial is its own.


def test_what_an_objective_does_to_its_trial_changes_neither_record_nor_backend() -> None:
    def meddle(trial: Any) -> float:
        value = value_of(trial)
        trial.clear()
        trial["y"] = 1
        return value

    script = Script(iter([0.25, 0.5]))
    result = tune(meddle, backend=scripted(script), initial=[{"x": 0.75}])
    assert [trial.params for trial in result.trials] == [{"x": 0.75}, {"x": 0.25}, {"x": 0.5}]
    assert [outcome.params for outcome in script.told] == [{"x": 0.75}, {"x": 0.25}, {"x": 0.5}]


def test_times_of_a_trial_are_those_of_the_objective_and_of_the_backend(clock: Any) -> None:
    def slow(trial: Any) -> float:
        clock.now += 30.0
        time.sleep(0.03)
        return 1.0

    before = datetime.now(UTC)
    result = tune(slow, n_trials=2)
    for trial in result.trials:
        assert (trial.objective_seconds, trial.sampler_seconds) == (30.0, 0.0)
        assert trial.finished is not None
        assert before <= trial.started < trial.finished <= datetime.now(UTC)
        assert (trial.finished - trial.started).total_seconds() >= 0.03


def test_time_spent_in_the_backend_is_the_samplers_not_the_objectives(clock: Any) -> None:
    class Slow(Script):
        def ask(self) -> tb.Suggestion | None:
            clock.now += 30.0
            return super().ask()

    (trial,) = tune(backend=scripted(Slow(iter([0.5]))), n_trials=1).trials
    assert (trial.sampler_seconds, trial.objective_seconds) == (30.0, 0.0)


# The conversation with the session.


def test_the_session_is_told_of_every_trial_exactly_once_and_closed_once() -> None:
    script = Script(iter([0.1, 0.2, 0.3]))
    result = tune(failing(2), backend=scripted(script), initial=[{"x": 0.9}], n_trials=10)
    assert [(o.suggestion_id, o.state.name, o.values) for o in script.told] == [
        (None, "COMPLETE", (0.9,)),
        (0, "COMPLETE", (0.1,)),
        (1, "FAILED", None),
        (2, "COMPLETE", (0.3,)),
    ]
    assert [trial.told for trial in result.trials] == [
        "told complete", "told complete", "told failed", "told complete",
    ]  # fmt: skip
    assert (script.closed, result.stop_reason) == (1, "exhausted")


def test_values_are_told_in_the_users_sign() -> None:
    script = Script(iter([0.25]))
    result = tune(backend=scripted(script), direction="maximize")
    assert (script.told[0].values, result.best_value) == ((0.25,), 0.25)


def test_a_violating_suggestion_costs_no_trial_and_is_told_as_infeasible() -> None:
    script = Script(iter([0.1, 0.9, 0.2, 0.3, 0.8]))
    result = tune(space=LARGE, backend=scripted(script))
    assert [(trial.number, trial.params["x"]) for trial in result.trials] == [(0, 0.9), (1, 0.8)]
    assert [(o.suggestion_id, o.state.name) for o in script.told] == [
        (0, "INFEASIBLE"), (1, "COMPLETE"), (2, "INFEASIBLE"), (3, "INFEASIBLE"), (4, "COMPLETE"),
    ]  # fmt: skip


def test_a_thousand_violating_suggestions_in_a_row_end_the_study_and_fewer_do_not() -> None:
    script = Script(iter([0.1] * 999 + [0.9] + [0.1] * 1000 + [0.9]))
    with pytest.raises(tb.InfeasibleError, match=r"1000 suggestions of fake:script.*'large'") as caught:
        tune(space=LARGE, backend=scripted(script))
    assert [trial.params["x"] for trial in caught.value.result.trials] == [0.9]
    assert script.closed == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_trials_keep_the_constraints_and_n_trials_counts_only_them(backend: str) -> None:
    result = tune(space=LARGE, backend=backend, n_trials=20)
    assert len(result.trials) == 20
    assert all(trial.params["x"] > 0.5 for trial in result.trials)


def test_an_error_of_the_library_ends_the_study_with_its_result() -> None:
    script = Script(iter([0.1]), ask_error=RuntimeError("library"))
    with pytest.raises(tb.StudyFailedError, match="library") as caught:
        tune(backend=scripted(script))
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert len(caught.value.result.trials) == 1
    assert (script.closed, len(script.told)) == (1, 1)


def test_a_predicate_that_raises_in_the_middle_closes_the_study_with_the_constraint_named() -> None:
    space = tb.Space(
        x=tb.Float(0, 1), constraints=[tb.Constraint(lambda p: p["x"] < 0.5 or p["gone"], "needs gone")]
    )
    script = Script(iter([0.1, 0.9]))
    with pytest.raises(tb.TunebridgeError, match="needs gone"):
        tune(space=space, backend=scripted(script))
    assert script.closed == 1


def test_nothing_is_opened_when_the_settings_are_wrong() -> None:
    opened: list[Any] = []
    spec = dataclasses.replace(tb.backend("sklearn:random").spec, open=opened.append)  # type: ignore[arg-type]
    for wrong in (
        {"n_trials": 0},
        {"seed": -1},
        {"initial": [{"x": 2}]},
        {"on_error": "x"},
        {"on_lossy": "x"},
    ):
        with pytest.raises(tb.TunebridgeError):
            open_study(backend=tb.Backend(spec, {}), **wrong)
    assert opened == []


def test_the_session_is_opened_with_all_that_parity_needs() -> None:
    requests: list[tb.OpenRequest] = []
    spec = tb.backend("sklearn:random").spec

    def start(request: tb.OpenRequest) -> tb.Session:
        requests.append(request)
        return spec.open(request)

    tune(backend=tb.Backend(dataclasses.replace(spec, open=start), {}), seed=7, n_trials=3)
    (request,) = requests
    assert (request.seed, request.n_trials, request.study_name) == (7, 3, "tunebridge-7")
    assert (request.space, request.directions) == (SPACE, (tb.Direction.MINIMIZE,))


# The open form.


def test_the_open_form_gives_the_same_trials_as_tune() -> None:
    with open_study() as study:
        while (trial := study.ask()) is not None:
            study.tell(trial, value_of(trial))
    strip: Mapping[str, Any] = {
        "started": datetime.min, "finished": None, "sampler_seconds": 0.0, "objective_seconds": 0.0,
    }  # fmt: skip
    mine, theirs = ([dataclasses.replace(t, **strip) for t in r.trials] for r in (study.result, tune()))
    assert mine == theirs


def test_trials_may_be_told_in_any_order_and_the_result_is_by_number() -> None:
    with open_study() as study:
        trials = [ask(study) for _ in range(3)]
        for trial in reversed(trials):
            study.tell(trial, trial.number)
        assert [trial.value for trial in study.result.trials] == [0.0, 1.0, 2.0]


def test_open_trials_count_toward_n_trials_and_are_not_in_the_result() -> None:
    with open_study(n_trials=2) as study:
        ask(study), ask(study)
        assert study.ask() is None
        assert study.result.trials == []


@pytest.mark.parametrize(
    ("value", "state"),
    [(0.5, "COMPLETE"), (None, "FAILED"), ({"loss": 1}, "FAILED"), (10**400, "FAILED")],
    ids=lambda value: str(value)[:9],
)
def test_tell_returns_the_record_and_judges_the_value_as_a_return(value: Any, state: str) -> None:
    with open_study() as study:
        record = study.tell(ask(study), value)
        assert record.state.name == state
        assert study.result.trials == [record]


def test_tell_with_an_error_is_a_failed_trial_with_its_traceback() -> None:
    with open_study() as study:
        record = study.tell(ask(study), error=ValueError("no data"))
    assert (record.state.name, record.value) == ("FAILED", None)
    assert "ValueError: no data" in (record.error or "")


def test_telling_a_trial_twice_is_refused_and_changes_nothing() -> None:
    script = Script(iter([0.1]))
    with open_study(backend=scripted(script)) as study:
        trial = ask(study)
        study.tell(trial, 1.0)
        with pytest.raises(tb.TrialError, match=r"Trial\(0.*not open[\s\S]*once"):
            study.tell(trial, 2.0)
        assert ([trial.value for trial in study.result.trials], len(script.told)) == ([1.0], 1)


def test_telling_a_trial_of_another_study_is_refused() -> None:
    with open_study() as one, open_study() as other:
        mine, foreign = ask(one), ask(other)
        with pytest.raises(tb.TrialError, match="not open in this study"):
            one.tell(foreign, 1.0)
        assert one.tell(mine, 2.0).value == 2.0


@pytest.mark.parametrize("wrong", [{"x": 0.5}, None, 3], ids=repr)
def test_telling_something_that_is_no_trial_is_refused(wrong: Any) -> None:
    with open_study() as study, pytest.raises(tb.TrialError):
        study.tell(wrong, 1.0)


def test_closing_records_open_trials_as_interrupted_and_ends_asking_and_telling() -> None:
    script = Script(iter([0.1, 0.2, 0.3]))
    study = open_study(backend=scripted(script))
    study.tell(ask(study), 1.0)
    left = ask(study)
    study.close()
    study.close()
    assert states(study.result) == ["COMPLETE", "INTERRUPTED"]
    assert (script.closed, len(script.told)) == (1, 1)
    with pytest.raises(tb.TrialError, match="closed"):
        study.ask()
    with pytest.raises(tb.TrialError):
        study.tell(left, 1.0)


def test_leaving_the_context_closes_even_if_the_loop_raises() -> None:
    script = Script(iter([0.1]))
    study = open_study(backend=scripted(script))
    with pytest.raises(tb.TrialError), study:
        study.tell(tb.Trial(ask(study), number=0, seed=0), 1.0)
    assert script.closed == 1
    assert states(study.result) == ["INTERRUPTED"]


def test_a_study_knows_its_name_seed_backend_and_problem() -> None:
    with open_study(seed=3) as study:
        assert (study.name, study.seed, study.backend) == ("tunebridge-3", 3, "sklearn:random")
        assert (study.problem.space, study.budget.n_trials) == (SPACE, 5)


# Values.


def test_params_are_builtin_types_or_the_users_own_objects() -> None:
    marker = object()
    space = tb.Space(
        x=tb.Float(0, 1), n=tb.Int(1, 5), s=tb.Float(0, 1, step=0.25), size=tb.Ordinal([16, 32]),
        z=tb.Normal(0, 1), flag=tb.Categorical([True, None]), own=tb.Categorical({"a": marker, "b": len}),
    )  # fmt: skip
    for backend in BACKENDS:
        for trial in tune(lambda trial: 1.0, space, backend=backend).trials:
            kinds = [type(value) for value in trial.params.values()]
            assert kinds[:5] == [float, int, float, int, float]
            assert trial.params["flag"] in (True, None)
            assert trial.params["own"] is marker or trial.params["own"] is len
