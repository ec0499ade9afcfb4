"""What lies in all trials ends a study in the first one; what lies in one of them does not."""

from collections.abc import Callable
from typing import Any

import pytest

import tunebridge as tb
from tests.trial.tuned import SPACE, ended_by_first, tune


def misspelt() -> tb.ObjectiveError:
    """Return an error that every trial of a study would meet."""
    return tb.ObjectiveError("no metric is called 'los'", "write 'loss'", in_every_trial=True)


def failing(trial: tb.Trial) -> float:
    raise misspelt()


def wrapping(trial: tb.Trial) -> float:
    try:
        failing(trial)
    except tb.ObjectiveError as error:
        raise RuntimeError("the framework has stopped") from error
    return 0.0


def during(trial: tb.Trial) -> float:
    try:
        return failing(trial)
    finally:
        raise RuntimeError("the framework has stopped")


@pytest.mark.parametrize("executor", ["inline", "threads", "processes"])
def test_what_lies_in_every_trial_ends_the_study_in_its_first_wherever_that_runs(executor: str) -> None:
    error = ended_by_first(lambda: tune(failing, n_trials=20, executor=executor))
    assert error.message == "every trial would fail as trial 0: no metric is called 'los'"
    assert error.hint == "write 'loss'"
    assert isinstance(error.__cause__, tb.ObjectiveError)


@pytest.mark.parametrize("objective", [wrapping, during])
def test_an_error_that_a_framework_has_wrapped_is_found_in_what_it_raises(objective: Any) -> None:
    error = ended_by_first(lambda: tune(objective, n_trials=20))
    assert (error.hint, str(error.__cause__)) == ("write 'loss'", "the framework has stopped")


def after(state: str) -> Callable[[tb.Trial], float]:
    """Return an objective whose second trial fails."""

    def objective(trial: tb.Trial) -> float:
        if trial.number == 0 and state == "PRUNED":
            raise tb.TrialPruned
        if trial.number == 0 and state == "FAILED":
            raise ValueError("of this trial alone")
        if trial.number == 1:
            raise misspelt()
        return float(trial["x"])

    return objective


@pytest.mark.parametrize("state", ["COMPLETE", "PRUNED"])
def test_where_a_trial_has_worked_the_failure_of_a_later_one_is_its_own(state: str) -> None:
    states = [trial.state.name for trial in tune(after(state), n_trials=3).trials]
    assert states == [state, "FAILED", "COMPLETE"]


def test_a_trial_that_has_failed_for_itself_proves_nothing() -> None:
    with pytest.raises(tb.StudyFailedError, match="every trial would fail as trial 1") as caught:
        tune(after("FAILED"), n_trials=20)
    assert len(caught.value.result.trials) == 2


CHOICES = tb.Space(loss=tb.Categorical(["log", "hinge"]), size=tb.Ordinal([16, 32]), x=tb.Float(0, 1))


def failing_with(*losses: str) -> Callable[[tb.Trial], float]:
    """Return an objective that measures nothing under its metric's name where trials have some losses."""

    def objective(trial: tb.Trial) -> float:
        if trial["loss"] in losses:
            raise misspelt()
        return float(trial["x"])

    return objective


def tune_choices(*losses: str) -> tb.Result:
    points = ("log", 16), ("log", 32), ("hinge", 16)
    initial = [{"loss": loss, "size": size, "x": 0.5} for loss, size in points]
    problem = tb.Problem(failing_with(*losses), CHOICES)
    return tb.tune(problem, backend="sklearn:random", n_trials=9, seed=0, initial=initial)


def test_what_one_choice_alone_would_fail_with_does_not_end_the_study() -> None:
    states = {(trial.params["loss"], trial.state.name) for trial in tune_choices("log").trials}
    assert states == {("log", "FAILED"), ("hinge", "COMPLETE")}


def test_what_every_choice_has_failed_with_ends_the_study() -> None:
    with pytest.raises(tb.StudyFailedError, match="every trial would fail as trial 2: ") as caught:
        tune_choices("log", "hinge")
    assert [trial.params["loss"] for trial in caught.value.result.trials] == ["log", "log", "hinge"]


def test_an_error_that_the_objective_has_replaced_ends_nothing() -> None:
    def objective(trial: tb.Trial) -> float:
        try:
            return failing(trial)
        except tb.ObjectiveError:
            raise ValueError("of this trial alone") from None

    assert [trial.state.name for trial in tune(objective, n_trials=3).trials] == ["FAILED"] * 3


def test_what_a_caller_handles_meanwhile_is_no_failure_of_the_study() -> None:
    try:
        raise misspelt()
    except tb.ObjectiveError:
        result = tune(lambda trial: 1 / 0, n_trials=3)
    assert [trial.state.name for trial in result.trials] == ["FAILED"] * 3


def test_on_error_raise_lets_the_error_itself_through() -> None:
    with pytest.raises(tb.ObjectiveError, match="no metric is called 'los'"):
        tune(failing, n_trials=20, on_error="raise")


def test_a_stored_study_that_has_failed_so_ends_in_its_next_trial_or_goes_on_mended(tmp_path: Any) -> None:
    settings: dict[str, Any] = {"storage": f"sqlite:///{tmp_path}/s.db", "study": "s", "n_trials": 3}
    ended_by_first(lambda: tune(failing, **settings))
    settings["on_objective_change"] = "accept"
    with pytest.raises(tb.StudyFailedError, match="every trial would fail as trial 1"):
        tune(failing, **settings)
    assert tune(lambda trial: trial["x"], **settings).trials[2].state is tb.TrialState.COMPLETE


# Names that a callback is given.

CONDITIONAL = tb.Space(kind=tb.Categorical({"a": tb.Space(), "b": tb.Space(rate=tb.Float(0, 1))}))


@pytest.mark.parametrize("executor", ["inline", "processes"])
def test_a_trial_knows_params_that_only_others_of_its_study_have(executor: str) -> None:
    def objective(trial: tb.Trial) -> float:
        trial.note("known", sorted(trial.known))
        return 0.0

    problem = tb.Problem(objective, CONDITIONAL)
    initial: list[dict[str, Any]] = [{"kind": "a"}, {"kind": "b", "rate": 0.5}]
    result = tb.tune(problem, backend="optuna:random", n_trials=2, seed=0, executor=executor, initial=initial)
    assert [trial.notes["known"] for trial in result.trials] == [["kind", "rate"]] * 2


def test_a_trial_outside_of_a_study_knows_its_own_params() -> None:
    assert tb.Trial({"x": 1.0}, number=0, seed=0).known == {"x"}


def test_a_trial_that_is_asked_for_knows_those_of_its_study() -> None:
    with tb.open_study(tb.Problem(len, SPACE), backend="sklearn:random", seed=0) as study:
        trial = study.ask()
        assert trial is not None
        assert trial.known == {"x", "n"}
