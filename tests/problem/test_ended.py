"""A trial that was told to stop is PRUNED, whatever is raised in its name; others are what they were."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from copy import copy, deepcopy
from typing import Any

import joblib
import numpy as np
import optuna
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import cross_val_score

import tunebridge as tb
from tunebridge import TrialState

COMPLETE, FAILED, PRUNED = TrialState.COMPLETE, TrialState.FAILED, TrialState.PRUNED
SPACE = tb.Space(x=tb.Float(0, 1))
STRICT = tb.pruner("threshold", upper=0.5)
"""Ends a trial that reports 1."""
X, Y = np.arange(12.0).reshape(-1, 1), np.arange(12) % 2


def run(objective: Callable[[tb.Trial], Any], n_trials: int = 1, **settings: Any) -> list[tb.TrialRecord]:
    settings = {"backend": "sklearn:random", "seed": 0, "pruner": STRICT, **settings}
    return tb.tune(tb.Problem(objective, SPACE), n_trials=n_trials, **settings).trials


class Reporting(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """Reports when it is fitted."""

    def __init__(self, trial: Any = None, reported: float = 1.0) -> None:
        self.trial = trial
        self.reported = reported

    def fit(self, X: Any, y: Any) -> Reporting:
        self.classes_ = np.unique(y)
        if not self.trial.should_prune():
            self.trial.report(self.reported)
        self.trial.note("rows", len(X))
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), dtype=int)


def wrapping(trial: tb.Trial) -> float:
    try:
        trial.report(1.0)
    except tb.TrialPruned as error:
        raise RuntimeError("the training broke") from error
    return 0.0


def hiding(trial: tb.Trial) -> float:
    try:
        trial.report(1.0)
    except tb.TrialPruned:
        raise KeyError("hidden") from None
    return 0.0


def validating_to_nan(trial: tb.Trial) -> float:
    with pytest.warns(FitFailedWarning):
        return float(cross_val_score(Reporting(trial), X, Y, cv=3, error_score=np.nan).mean())


def validating_to_an_error(trial: tb.Trial) -> float:
    return float(cross_val_score(Reporting(trial), X, Y, cv=3, error_score="raise").mean())


def validating_where_all_fail(trial: tb.Trial) -> float:
    return float(cross_val_score(Reporting(trial), X, Y, cv=[(X[:, 0] < 6, X[:, 0] > 5)]).mean())


def validating_in_threads(trial: tb.Trial) -> float:
    with joblib.parallel_config("threading", n_jobs=2):
        return validating_to_an_error(trial)


def reporting_in_a_group(trial: tb.Trial) -> float:
    async def train() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(report())

    async def report() -> None:
        trial.report(1.0)

    asyncio.run(train())
    return 0.0


def returning_nothing(trial: tb.Trial) -> None:
    trial.report(1.0, raises=False)


def raising_optunas(trial: tb.Trial) -> float:
    trial.report(1.0, raises=False)
    if trial.should_prune():
        raise optuna.TrialPruned
    return 0.0


def going_on(trial: tb.Trial) -> Iterator[float]:
    try:
        yield 1.0
    finally:
        yield 2.0


CONSEQUENCES: list[Callable[[tb.Trial], Any]] = [
    wrapping,
    hiding,
    validating_to_nan,
    validating_to_an_error,
    validating_where_all_fail,
    validating_in_threads,
    reporting_in_a_group,
    returning_nothing,
    raising_optunas,
    going_on,
]


@pytest.mark.parametrize("objective", CONSEQUENCES)
def test_a_trial_that_was_told_to_stop_is_pruned_whatever_is_raised(objective: Any) -> None:
    (trial,) = run(objective)
    assert (trial.state, trial.value, trial.reports[-1].value) == (PRUNED, None, 1.0)


@pytest.mark.parametrize("objective", CONSEQUENCES[:-1])
def test_and_pruned_in_a_loop_of_ones_own(objective: Any) -> None:
    problem = tb.Problem(objective, SPACE)
    with tb.open_study(problem, backend="sklearn:random", n_trials=1, seed=0, pruner=STRICT) as study:
        trial = study.ask()
        assert trial is not None
        try:
            returned = objective(trial)
            record = study.tell(trial, returned)
        except Exception as error:  # noqa: BLE001  # as the study does it
            record = study.tell(trial, error=error)
    assert (record.state, record.value) == (PRUNED, None)


def test_trials_that_were_told_to_stop_are_no_failures_however_many_there_are() -> None:
    assert {trial.state for trial in run(wrapping, n_trials=25)} == {PRUNED}


def test_what_hides_the_signal_is_in_the_record_and_what_wraps_it_is_not() -> None:
    (hidden,), (wrapped,) = run(hiding), run(wrapping)
    assert "KeyError: 'hidden'" in (hidden.error or "")
    assert wrapped.error is None


@pytest.mark.parametrize("settings", [{}, {"n_jobs": 2}, {"n_jobs": 2, "executor": "threads"}])
def test_what_is_raised_by_a_trial_that_was_not_told_to_stop_is_a_failure(settings: dict[str, Any]) -> None:
    def objective(trial: tb.Trial) -> float:
        if trial.number == 0:
            raise RuntimeError("before the first report")
        trial.report(0.0, raises=trial.number == 1)
        raise RuntimeError("after a good one") from tb.TrialPruned("by nobody")

    trials = run(objective, n_trials=3, **settings)
    assert [trial.state for trial in trials] == [FAILED] * 3
    assert all("RuntimeError" in (trial.error or "") for trial in trials)


def by_joblib(trial: tb.Trial) -> float:
    with joblib.parallel_config("loky", n_jobs=2):
        joblib.Parallel()(joblib.delayed(hopeless)() for _ in range(2))
    return 0.0


def hopeless() -> None:
    raise tb.TrialPruned("hopeless")


def by_optuna(trial: tb.Trial) -> float:
    raise optuna.TrialPruned("hopeless")


@pytest.mark.parametrize("objective", [by_joblib, by_optuna])
def test_the_user_may_end_a_trial_from_elsewhere_and_by_optunas_own_exception(objective: Any) -> None:
    (trial,) = run(objective)
    assert (trial.state, trial.error) == (PRUNED, None)


# The form that answers.


def test_a_report_that_does_not_raise_answers_by_should_prune_and_the_value_is_noted() -> None:
    def objective(trial: tb.Trial) -> float:
        for step in range(5):
            assert trial.report(float(step == 2 and trial.number == 0), step, raises=False) is None
            assert trial.should_prune() == (step == 2 and trial.number == 0)
            if trial.should_prune():
                return 0.25
        return 0.75

    trial, whole = run(objective, n_trials=2)
    assert (trial.state, trial.value, len(trial.reports)) == (PRUNED, None, 3)
    assert trial.notes == {"returned": 0.25}
    assert (whole.state, whole.value, whole.notes) == (COMPLETE, 0.75, {})


def test_what_the_objective_has_noted_under_this_name_stays() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.note("returned", "my own")
        trial.report(1.0, raises=False)
        return 0.25

    assert run(objective)[0].notes == {"returned": "my own"}


def test_a_noted_value_is_in_the_store_and_the_sampler_is_told_of_no_value(tmp_path: Any) -> None:
    def objective(trial: tb.Trial) -> float:
        trial.report(1.0, raises=False)
        return float(trial["x"])

    url = f"sqlite:///{tmp_path}/s.db"
    trials = run(objective, n_trials=2, backend="optuna:tpe", storage=url, study="s")
    assert [trial.told for trial in trials] == ["PRUNED with 1 reports"] * 2
    assert [trial.notes for trial in tb.load_study(url, "s").trials] == [
        {"returned": trial.params["x"]} for trial in trials
    ]


def test_the_answer_brings_what_feedback_has_changed() -> None:
    def objective(trial: tb.Trial) -> float:
        assert trial.report(0.0, raises=False) == {"x": 0.125}
        return float(trial["x"])

    (trial,) = run(objective, adjust=[lambda training: {"x": 0.125}])
    assert (trial.state, trial.value) == (COMPLETE, 0.125)


# A signal that is swallowed.


def swallowing(trial: tb.Trial) -> float:
    try:
        trial.report(1.0)
    except Exception:  # noqa: BLE001  # as careless code does it
        return 0.5
    return 0.0


@pytest.mark.parametrize("settings", [{}, {"n_jobs": 2}, {"n_jobs": 2, "deterministic": True}])
def test_a_swallowed_signal_and_a_value_are_a_complete_trial_with_one_warning_per_study(
    settings: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="tunebridge"):
        trials = run(swallowing, n_trials=3, **settings)
    assert [(trial.state, trial.value) for trial in trials] == [(COMPLETE, 0.5)] * 3
    (warning,) = caplog.records
    assert "was told to stop, and has returned a value all the same" in warning.getMessage()


# Copies.


def test_a_copy_has_params_of_its_own_and_is_the_same_trial_to_its_study() -> None:
    def objective(trial: tb.Trial) -> float:
        twin = deepcopy(trial)
        twin["x"] = 9.0
        twin.report(1.0, raises=False)
        twin.note("by", "the twin")
        twin.keep("weights", [1.0])
        assert trial.should_prune()
        return float(trial["x"])

    (trial,) = run(objective)
    assert (trial.state, trial.artifact("weights")) == (PRUNED, [1.0])
    assert trial.notes == {"by": "the twin", "returned": trial.params["x"]}


def test_a_copy_of_a_trial_is_told_like_the_trial_itself() -> None:
    with tb.open_study(tb.Problem(len, SPACE), backend="sklearn:random", seed=0) as study:
        trial = study.ask()
        assert trial is not None
        twin = copy(trial)
        twin.clear()
        record = study.tell(twin, 0.5)
        assert (record.params, record.value) == (dict(trial), 0.5)
        with pytest.raises(tb.TrialError, match="is not open in this study"):
            study.tell(trial, 0.5)


def test_what_an_estimator_notes_is_noted_although_scikit_learn_has_cloned_it() -> None:
    (trial,) = run(lambda trial: float(cross_val_score(Reporting(trial, 0.0), X, Y, cv=3).mean()))
    assert (trial.state, len(trial.reports), trial.notes) == (COMPLETE, 3, {"rows": 8})


def test_a_trial_in_another_process_has_its_params_and_says_where_to_report() -> None:
    def objective(trial: tb.Trial) -> float:
        with joblib.parallel_config("loky", n_jobs=2):
            params, said = joblib.Parallel()(joblib.delayed(one)(trial) for one in (dict, reported))
        assert params == dict(trial)
        assert "takes no reports" in said
        assert "in its own process" in said
        return 0.0

    def reported(trial: tb.Trial) -> str:
        try:
            trial.report(1.0)
        except tb.TrialError as error:
            return str(error)
        return "reported"

    assert run(objective)[0].state is COMPLETE
