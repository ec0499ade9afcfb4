"""A net of skorch's reports, ends, and changes while it trains."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback, EpochScoring, LRScheduler
from torch import nn
from torch.optim import lr_scheduler

import tunebridge as tb
from tests.plugins.tunebridge_torch import skorched
from tests.plugins.tunebridge_torch.kills import KILLS_AT
from tests.plugins.tunebridge_torch.skorched import X, Y, net_of
from tests.trial.tuned import ended_by_first
from tunebridge import TrialState
from tunebridge_torch import skorch_callback

SPACE = tb.Space(lr=tb.Float(1e-2, 1.0, log=True))


def run(objective: Any, n_trials: int = 1, **settings: Any) -> tb.Result:
    given = {"backend": "optuna:random", "seed": 0, "n_trials": n_trials, **settings}
    return tb.tune(tb.Problem(objective, SPACE), **given)


@pytest.mark.parametrize("metric", ["valid_loss", "valid_acc", "train_loss"])
def test_each_epoch_reports_what_the_history_has(metric: str) -> None:
    def train(trial: tb.Trial) -> float:
        callback = skorch_callback(trial, metric)
        net = net_of(callback, trial["lr"]).fit(X, Y)
        trial.note("history", [float(one) for one in net.history[:, metric]])
        assert callback.value == net.history[-1, metric]
        return float(callback.value)

    (record,) = run(train, on_error="raise").trials
    assert [report.value for report in record.reports] == record.notes["history"]
    assert [report.step for report in record.reports] == [0, 1, 2, 3]


def test_a_net_with_the_callback_trains_as_one_without() -> None:
    def fitted(callbacks: list[Any]) -> Any:
        torch.manual_seed(0)
        net = net_of(None, 0.1).set_params(callbacks=callbacks)
        return net.fit(X, Y).module_.state_dict()

    trial = tb.Trial({"lr": 0.1}, number=0, seed=0, reporter=lambda said: tb.Reply(tb.Decision.CONTINUE))
    one, other = fitted([skorch_callback(trial, "valid_loss")]), fitted([])
    assert all(torch.equal(one[name], other[name]) for name in other)


@pytest.mark.parametrize("executor", ["inline", "threads", "processes"])
def test_a_trial_that_is_told_to_stop_ends_at_its_report(executor: str) -> None:
    result = run(skorched.objective, 2, executor=executor, pruner=tb.pruner("threshold", upper=0.0))
    for trial in result.trials:
        assert (trial.state, len(trial.reports)) == (TrialState.PRUNED, 1), trial.error


@pytest.mark.parametrize(
    ("case", "rates"),
    [
        ("", [0.5, 0.5, 0.5, 0.1]),
        ("schedule step before", [0.5, 0.5, 0.25, 0.05]),
        ("schedule step", [0.5, 0.5, 0.25, 0.05]),
    ],
)
def test_what_a_rule_changes_is_the_rate_of_the_next_step(case: str, rates: list[float]) -> None:
    def train(trial: tb.Trial) -> Any:
        net = net_of(skorch_callback(trial, "valid_loss"), trial["lr"], case).fit(X, Y)
        trial.note("steps", len(skorched.RATES) / len(net.history))
        return 1.0

    skorched.RATES.clear()
    rule = tb.Schedule("lr", {2: 0.1})
    (record,) = run(train, initial=[{"lr": 0.5}], adjust=[rule], on_error="raise").trials
    per_epoch = int(record.notes["steps"])
    assert skorched.RATES[::per_epoch] == pytest.approx(rates)


def test_options_go_by_their_names_in_skorch_or_by_those_that_are_given() -> None:
    space = tb.Space(optimizer__momentum=tb.Float(0.1, 0.9), rate=tb.Float(0.01, 0.5))

    def train(trial: tb.Trial) -> float:
        callback = skorch_callback(trial, "valid_loss", names={"rate": "lr"})
        net = net_of(callback, trial["rate"], optimizer__momentum=trial["optimizer__momentum"]).fit(X, Y)
        group = net.optimizer_.param_groups[0]
        trial.note("options", [group["lr"], group["momentum"]])
        return 1.0

    rules = [tb.Schedule("rate", {1: 0.25}), tb.Schedule("optimizer__momentum", {2: 0.75})]
    problem = tb.Problem(train, space)
    (record,) = tb.tune(problem, backend="optuna:random", seed=0, n_trials=1, adjust=rules).trials
    assert record.notes["options"] == [0.25, 0.75], record.error


@pytest.mark.parametrize("name", ["batch_size", "max_epochs", "module__width"])
def test_what_a_fit_reads_at_its_begin_alone_cannot_change(name: str) -> None:
    def train(trial: tb.Trial) -> Any:
        net_of(skorch_callback(trial, "valid_loss"), 0.1, **trial.params).fit(X, Y)

    problem = tb.Problem(train, tb.Space({name: tb.Int(4, 40)}))
    rule = tb.Schedule(name, {1: 5})
    error = ended_by_first(
        lambda: tb.tune(problem, backend="optuna:random", seed=0, n_trials=9, adjust=[rule])
    )
    assert f"while it trains, SGD cannot take {name}" in error.message


def test_ctrl_c_ends_the_study_though_skorch_takes_it_for_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KILLS_AT, "5")
    result = run(skorched.objective, 3)
    assert result.stop_reason == "interrupted"
    assert not result.complete_trials


def test_ctrl_c_while_the_study_is_asked_ends_it_too() -> None:
    class Pressed:
        @tb.hookimpl
        def tunebridge_trial_reported(self) -> None:
            raise KeyboardInterrupt

    assert run(skorched.objective, 3, observers=[Pressed()]).stop_reason == "interrupted"


def test_folds_in_one_process_report_one_after_the_other() -> None:
    def train(trial: tb.Trial) -> Any:
        callback = skorch_callback(trial, "valid_loss")
        return cross_val_score(
            net_of(callback, trial["lr"], max_epochs=2), X, Y, cv=3, error_score="raise"
        ).mean()

    (record,) = run(train, on_error="raise").trials
    assert [report.step for report in record.reports] == list(range(6))


def test_a_net_that_is_kept_predicts_and_trains_no_more_for_its_trial() -> None:
    def train(trial: tb.Trial) -> Any:
        callback = skorch_callback(trial, "valid_loss")
        trial.keep("net", net_of(callback, trial["lr"]).fit(X, Y))
        return callback.value

    (record,) = run(train, executor="processes", on_error="raise").trials
    net = record.artifact("net")
    assert len(net.predict(X)) == len(Y)
    for one in (net, pickle.loads(pickle.dumps(net))):
        with pytest.raises(tb.TrialError, match="that of trial 0, which has ended"):
            one.fit(X, Y)
    assert clone(net).set_params(callbacks=None).fit(X, Y).history


@pytest.mark.parametrize(
    ("metric", "callbacks", "told"),
    [
        ("vall_loss", [], "'train_loss', 'valid_loss', 'valid_acc'\n  hint: Did you mean 'valid_loss'?"),
        ("f1", [EpochScoring("f1_macro", name="f1")], "put the callback that measures it before this one"),
    ],
)
def test_a_metric_that_nobody_has_measured_by_then_is_an_error_that_names_those_there_are(
    metric: str, callbacks: list[Any], told: str
) -> None:
    def train(trial: tb.Trial) -> Any:
        net_of(None, 0.1).set_params(callbacks=[skorch_callback(trial, metric), *callbacks]).fit(X, Y)

    assert told in str(ended_by_first(lambda: run(train, 9)))


def test_a_callback_of_another_trial_is_refused() -> None:
    made: list[Any] = []

    def train(trial: tb.Trial) -> Any:
        made.append(skorch_callback(trial, "valid_loss"))
        net_of(made[0], 0.1).fit(X, Y)
        return 1.0

    second = run(train, 2).trials[1]
    assert "the callback is that of trial 0, which has ended" in str(second.error)


def test_a_second_callback_of_a_trial_is_refused() -> None:
    def train(trial: tb.Trial) -> Any:
        for _ in range(2):
            net_of(skorch_callback(trial, "valid_loss"), 0.1).fit(X, Y)

    assert "has reported before the first fit of this callback" in str(run(train).trials[0].error)


@pytest.mark.parametrize(("trial", "metric"), [({"lr": 0.1}, "valid_loss"), (None, "valid_loss")])
def test_what_is_no_trial_is_refused_as_the_callback_is_made(trial: Any, metric: str) -> None:
    with pytest.raises(tb.ProblemError, match="reports to the trial"):
        skorch_callback(trial, metric)
    with pytest.raises(tb.ProblemError, match="metric must be the name"):
        skorch_callback(tb.Trial({}, number=0, seed=0), "")


def test_two_schedules_are_refused_where_the_rate_is_to_change() -> None:
    def train(trial: tb.Trial) -> Any:
        two = [LRScheduler(lr_scheduler.StepLR, step_size=size) for size in (2, 3)]
        net = NeuralNetClassifier(skorched.Small, criterion=nn.CrossEntropyLoss, lr=0.1, verbose=0)
        net.set_params(callbacks=[skorch_callback(trial, "valid_loss"), *two], max_epochs=3).fit(X, Y)

    error = ended_by_first(lambda: run(train, 9, adjust=[tb.Schedule("lr", {1: 0.1})]))
    assert "2 schedulers move it" in error.message


WITHOUT = """
import sys
sys.modules["skorch"] = None
import tunebridge as tb
from tunebridge_torch import skorch_callback
try:
    skorch_callback(tb.Trial({}, number=0, seed=0), "valid_loss")
except tb.MissingLibraryError as error:
    print(error)
"""


def test_without_skorch_the_command_that_brings_it_is_named() -> None:
    ran = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert 'pip install "tunebridge[skorch]"' in ran.stdout


def test_its_hooks_are_those_of_skorch() -> None:
    callback = skorch_callback(tb.Trial({}, number=0, seed=0), "valid_loss")
    assert isinstance(callback, Callback)
    assert callback.get_params() == {}
