"""Reports: what a trial may report, what is kept of it, and who hears of it."""

import dataclasses
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

import tunebridge as tb
from tests.trial.tuned import tune, yielding

NUMBERS = [1, 0.5, Fraction(1, 4), np.float32(0.25), np.int64(3), np.array(2.0), torch.tensor(1.5)]


@pytest.mark.parametrize(
    "value", NUMBERS, ids=lambda value: f"{type(value).__module__}.{type(value).__name__}"
)
def test_every_kind_of_number_is_kept_as_a_builtin_float(value: Any) -> None:
    (trial,) = tune(yielding(value)).trials
    assert [(type(report.value), report.value) for report in trial.reports] == [(float, float(value))]
    assert trial.value == float(value)


@pytest.mark.parametrize("kind", [int, np.int64, np.int32], ids=lambda kind: kind.__name__)
def test_every_kind_of_integer_is_a_step_and_kept_as_a_builtin_int(kind: Any) -> None:
    def objective(trial: tb.Trial) -> float:
        for step in (0, 3, 4):
            trial.report(1.0, step=kind(step))
        return 1.0

    (trial,) = tune(objective).trials
    assert trial.error is None
    assert [(type(report.step), report.step) for report in trial.reports] == [(int, 0), (int, 3), (int, 4)]


def test_reports_are_kept_in_the_users_sign() -> None:
    result = tune(yielding(0.25, 0.75), "maximize", backend="hyperopt:tpe")
    assert [report.value for report in result.trials[0].reports] == [0.25, 0.75]
    assert result.best_value == 0.75


def test_of_several_metrics_one_is_the_value_and_the_others_are_kept_beside_it() -> None:
    objective = yielding({"loss": 2.0, "accuracy": 0.5}, {"accuracy": 0.6, "loss": np.float32(1.5), "lr": 1})
    (trial,) = tune(objective, "maximize", "accuracy").trials
    assert [report.value for report in trial.reports] == [0.5, 0.6]
    assert [dict(report.metrics) for report in trial.reports] == [{"loss": 2.0}, {"loss": 1.5, "lr": 1.0}]
    assert all(type(value) is float for report in trial.reports for value in report.metrics.values())
    assert trial.value == 0.6


def test_a_plain_report_of_several_metrics_is_kept_as_a_yielded_one() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.report({"loss": 2.0, "accuracy": 0.5}, step=4)
        return 0.25

    (trial,) = tune(objective, "maximize", "accuracy").trials
    assert trial.reports == (tb.Report(4, 0.5, {"loss": 2.0}),)
    assert trial.value == 0.25


def test_a_plain_number_is_the_metric_even_if_the_problem_names_one() -> None:
    (trial,) = tune(yielding(0.5), metric="accuracy").trials
    assert trial.reports == (tb.Report(0, 0.5),)


def test_what_the_objective_changes_afterwards_does_not_change_the_report() -> None:
    def objective(trial: tb.Trial) -> Iterator[dict[str, float]]:
        metrics = {"loss": 1.0, "other": 2.0}
        yield metrics
        metrics["other"] = 99.0
        yield {"loss": 0.5, "other": 0.0}

    (trial,) = tune(objective, metric="loss").trials
    assert trial.reports[0].metrics == {"other": 2.0}


def test_pruners_look_at_the_named_metric() -> None:
    rising = yielding({"loss": 0.0, "other": 9.0}, {"loss": 1.0, "other": 9.0}, {"loss": 0.0, "other": 9.0})
    (trial,) = tune(rising, metric="loss", pruner=tb.pruner("threshold", upper=0.5)).trials
    assert (trial.state, len(trial.reports)) == (tb.TrialState.PRUNED, 2)


@pytest.mark.parametrize("value", [tb.Report(0, 1.0), tb.Change(0, "x", 1.0), tb.Reply(tb.Decision.PRUNE)])
def test_what_passes_between_trial_and_study_is_frozen(value: Any) -> None:
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, None)


# Who hears of it.


class Listener:
    def __init__(self) -> None:
        self.heard: list[tuple[str, int, int, float]] = []

    @tb.hookimpl
    def tunebridge_trial_reported(self, trial: tb.Trial, report: tb.Report) -> None:
        assert isinstance(trial, tb.Trial)
        self.heard.append(("reported", trial.number, report.step, report.value))

    @tb.hookimpl
    def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
        self.heard.append(("finished", trial.number, len(trial.reports), trial.value or 0.0))


def test_observers_hear_of_every_report_in_order_and_before_the_end() -> None:
    listener = Listener()
    tune(yielding(3.0, 2.0), n_trials=2, observers=[listener])
    first = [("reported", 0, 0, 3.0), ("reported", 0, 1, 2.0), ("finished", 0, 2, 2.0)]
    assert listener.heard == [*first, *((kind, 1, *rest) for kind, _, *rest in first)]


def test_observers_hear_of_the_report_that_ends_its_trial() -> None:
    listener = Listener()
    tune(yielding(0.0, 9.0, 0.0), observers=[listener], pruner=tb.pruner("threshold", upper=1.0))
    assert listener.heard == [("reported", 0, 0, 0.0), ("reported", 0, 1, 9.0), ("finished", 0, 2, 0.0)]


def test_observers_hear_of_no_report_that_breaks_a_rule() -> None:
    listener = Listener()
    tune(yielding(1.0, float("nan")), observers=[listener])
    assert [kind for kind, *_ in listener.heard] == ["reported", "finished"]


def test_observers_see_the_other_metrics() -> None:
    heard: list[dict[str, float]] = []

    class Tracker:
        @tb.hookimpl
        def tunebridge_trial_reported(self, report: tb.Report) -> None:
            heard.append(dict(report.metrics))

    tune(yielding({"loss": 1.0, "accuracy": 0.5}), metric="loss", observers=[Tracker()])
    assert heard == [{"accuracy": 0.5}]


def test_an_observer_that_raises_on_a_report_is_dropped_and_the_trial_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        @tb.hookimpl
        def tunebridge_trial_reported(self, report: tb.Report) -> None:
            raise RuntimeError("from the observer")

    listener = Listener()
    (trial,) = tune(yielding(2.0, 1.0), observers=[Broken(), listener]).trials
    assert (trial.state, trial.value, len(listener.heard)) == (tb.TrialState.COMPLETE, 1.0, 3)
    assert len(caplog.records) == 1
