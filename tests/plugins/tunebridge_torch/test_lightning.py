"""The callback for Lightning's Trainer: reports, pruning, changes, and errors."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from lightning.pytorch.loggers import CSVLogger
from torch import nn

import tunebridge as tb
from tests.plugins.tunebridge_torch import lit
from tests.plugins.tunebridge_torch.kills import KILLS_AT
from tests.trial.tuned import ended_by_first
from tunebridge_torch import lightning_callback

pytestmark = lit.MARKS

SPACE = tb.Space(lr=tb.Float(1e-2, 1.0, log=True))


class Heard:
    """A trial of its own, and what it says; `answers` are the replies to its reports."""

    def __init__(self, *answers: tb.Reply, **params: Any) -> None:
        self.values: list[float] = []
        self._answers = list(answers)
        self.trial = tb.Trial({"lr": 0.1, **params}, number=0, seed=5)
        self.trial.begin(self._hear)

    def _hear(self, said: tb.Said) -> tb.Reply:
        assert isinstance(said, tb.Told)
        self.values.append(said.value)
        return self._answers.pop(0) if self._answers else tb.Reply(tb.Decision.CONTINUE)


def changing(**changes: float) -> tb.Reply:
    return tb.Reply(tb.Decision.CONTINUE, changes)


def test_each_validation_is_a_report_and_the_check_before_the_training_is_none() -> None:
    heard = Heard()
    _, callback, trainer, _ = lit.trained(heard.trial)
    assert len(heard.values) == 4
    assert callback.value == heard.values[-1] == float(trainer.callback_metrics["val_loss"])


@pytest.mark.parametrize(
    ("metric", "settings", "n_reports"),
    [
        ("val_loss", {"val_check_interval": 1 / 3}, 12),
        ("val_loss", {"check_val_every_n_epoch": 2}, 2),
        ("val_loss", {"check_val_every_n_epoch": 3}, 1),
        ("val_loss", {"max_epochs": 1, "num_sanity_val_steps": 0}, 1),
        ("train_loss", {}, 4),
        ("train_loss", {"val_check_interval": 1 / 3}, 4),
        ("train_loss", {"limit_val_batches": 0}, 4),
        ("late", {}, 4),
        ("every second", {}, 2),
        ("each step", {}, 4),
    ],
)
def test_a_metric_is_reported_when_it_was_measured_and_only_then(
    metric: str, settings: dict[str, Any], n_reports: int
) -> None:
    heard = Heard()
    lit.trained(heard.trial, metric, **settings)
    assert len(heard.values) == n_reports
    assert len(set(heard.values)) == n_reports


def test_a_metric_of_the_training_is_that_of_its_own_epoch() -> None:
    heard = Heard()
    net, *_ = lit.trained(heard.trial, "train_loss")
    assert heard.values == pytest.approx([sum(net.losses[n : n + 3]) / 3 for n in range(0, 12, 3)])


def test_validating_and_testing_after_the_fit_is_no_report() -> None:
    heard = Heard()
    net, _, trainer, _ = lit.trained(heard.trial)
    trainer.validate(net, lit.loader(lit.VALID), verbose=False)
    assert len(heard.values) == 4


def test_the_fits_of_one_trial_count_their_steps_on() -> None:
    def folds(trial: tb.Trial) -> float:
        callback = lightning_callback(trial, "val_loss")
        for _ in range(3):
            trainer = lit.trainer_of([callback], max_epochs=2)
            trainer.fit(lit.Net(), lit.loader(), lit.loader(lit.VALID), ckpt_path=callback.ckpt_path)
        return float(callback.value)

    result = tb.tune(tb.Problem(folds, SPACE), backend="optuna:random", n_trials=1, seed=0)
    assert [report.step for report in result.trials[0].reports] == list(range(6))


def test_a_pruned_trial_leaves_the_fit_with_its_loggers_closed(tmp_path: Any) -> None:
    ended: list[str] = []

    class Logger(CSVLogger):
        def finalize(self, status: str) -> None:
            ended.append(status)
            super().finalize(status)

    def train(trial: tb.Trial) -> float | None:
        return lit.objective(trial, logger=Logger(str(tmp_path)), log_every_n_steps=1)

    result = tb.tune(
        tb.Problem(train, SPACE),
        backend="optuna:random",
        pruner=tb.pruner("threshold", upper=0.0),
        n_trials=2,
        seed=0,
    )
    assert [one.state for one in result.trials] == [tb.TrialState.PRUNED] * 2
    assert [len(one.reports) for one in result.trials] == [1, 1]
    assert ended == ["failed"] * 2


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_changed_rate_is_the_rate_of_the_next_step(optimizer: str) -> None:
    heard = Heard(changing(lr=0.05), changing(), changing(lr=0.01))
    net, *_ = lit.trained(heard.trial, optimizer=optimizer)
    assert net.rates == [*[0.1] * 3, *[0.05] * 6, *[0.01] * 3]


def test_a_change_in_mid_epoch_is_in_force_in_mid_epoch() -> None:
    heard = Heard(changing(lr=0.05))
    net, *_ = lit.trained(heard.trial, val_check_interval=1 / 3, max_epochs=1)
    assert net.rates == [0.1, 0.05, 0.05]


@pytest.mark.parametrize("scheduler", lit.SCHEDULERS)
def test_a_schedule_goes_on_as_if_it_had_begun_with_the_changed_rate(scheduler: str) -> None:
    untouched, *_ = lit.trained(Heard().trial, scheduler=scheduler)
    net, *_ = lit.trained(Heard(changing(lr=0.05)).trial, scheduler=scheduler)
    assert net.rates[:3] == untouched.rates[:3]
    assert net.rates[3:] == pytest.approx([rate / 2 for rate in untouched.rates[3:]])
    assert len(set(net.rates)) > 2


def test_params_may_have_names_of_their_own() -> None:
    heard = Heard(changing(rate=0.05), rate=0.1)
    callback = lightning_callback(heard.trial, "val_loss", names={"rate": "lr"})
    net = lit.Net()
    lit.trainer_of([callback], max_epochs=2).fit(net, lit.loader(), lit.loader(lit.VALID))
    assert net.rates == [0.1] * 3 + [0.05] * 3


@pytest.mark.parametrize(
    ("net", "changed", "said"),
    [
        (lit.Net, {"width": 3}, "SGD cannot take width: it has no such option"),
        (lit.Net, {"lr": -1.0}, "SGD cannot take lr"),
        (lit.Two, {"lr": 0.01}, "lr cannot change: the module has 2 optimizers"),
        (lit.Chained, {"lr": 0.01}, "lr cannot change: 2 schedulers move it"),
    ],
)
def test_what_would_be_ignored_is_refused_by_name(
    net: Callable[[], Any], changed: dict[str, Any], said: str
) -> None:
    heard = Heard(changing(**changed), width=4)
    callback = lightning_callback(heard.trial, "val_loss")
    with pytest.raises(tb.LiveParamError, match=said):
        lit.trainer_of([callback]).fit(net(), lit.loader(), lit.loader(lit.VALID))


def test_what_is_no_trial_or_no_metric_is_refused_as_the_callback_is_made() -> None:
    trial = Heard().trial
    for given in (dict(trial), "val_loss"):
        with pytest.raises(tb.ProblemError, match="the trial that the objective is called with"):
            lightning_callback(given, "val_loss")  # type: ignore[arg-type]
    with pytest.raises(tb.ProblemError, match="metric must be the name"):
        lightning_callback(trial, 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("settings", [{}, {"limit_val_batches": 0}, {"check_val_every_n_epoch": 2}])
def test_a_metric_that_nobody_logs_is_an_error_that_names_the_others(settings: dict[str, Any]) -> None:
    heard = Heard()
    with pytest.raises(tb.ObjectiveError, match=r"nothing was logged .* 'accuracy', but under .*'t"):
        lit.trained(heard.trial, "accuracy", **settings)


@pytest.mark.parametrize("settings", [{}, {"limit_val_batches": 0}])
def test_a_misspelt_metric_ends_the_study_in_its_first_trial(settings: dict[str, Any]) -> None:
    problem = tb.Problem(lambda trial: lit.trained(trial, "train_los", **settings)[1].value, SPACE)
    error = ended_by_first(lambda: tb.tune(problem, backend="optuna:random", n_trials=9, seed=0))
    assert "nothing was logged under the name 'train_los', but under " in error.message
    assert "Did you mean 'train_loss'?" in error.hint


def test_a_fit_that_is_too_short_to_be_validated_fails_its_own_trial_alone() -> None:
    def train(trial: tb.Trial) -> float | None:
        return lit.objective(trial, max_epochs=trial["n_epochs"], check_val_every_n_epoch=2)

    problem = tb.Problem(train, tb.Space(lr=tb.Constant(0.1), n_epochs=tb.Int(1, 2)))
    initial = [{"lr": 0.1, "n_epochs": n} for n in (1, 2)]
    short, long = tb.tune(problem, backend="optuna:random", n_trials=2, seed=0, initial=initial).trials
    assert (short.state.name, long.state.name) == ("FAILED", "COMPLETE")


def test_a_rule_for_a_param_that_the_optimizer_lacks_ends_the_study_in_its_first_trial() -> None:
    problem = tb.Problem(lit.objective, tb.Space(lr=tb.Constant(0.1), width=tb.Int(1, 9)))
    rule = tb.Schedule("width", {1: 3})
    error = ended_by_first(
        lambda: tb.tune(problem, backend="optuna:random", n_trials=9, seed=0, adjust=[rule])
    )
    assert "SGD cannot take width: it has no such option" in error.message


def test_a_score_that_is_no_number_is_the_failure_of_its_trial() -> None:
    problem = tb.Problem(lit.objective, tb.Space(lr=tb.Constant(1e30)))
    result = tb.tune(problem, backend="optuna:random", n_trials=1, seed=0)
    assert "a report must be a finite number, got nan" in str(result.trials[0].error)


def test_a_trainer_of_another_trial_is_refused() -> None:
    callback = lightning_callback(Heard().trial, "val_loss")
    trainer = lit.trainer_of([callback], max_epochs=1)
    trainer.fit(lit.Net(), lit.loader(), lit.loader(lit.VALID))
    with pytest.raises(tb.ObjectiveError, match=r"has trained 1 epochs before.*\n.*new ones for each"):
        trainer.fit(lit.Net(), lit.loader(), lit.loader(lit.VALID))


def test_a_callback_of_another_trial_is_refused() -> None:
    kept: list[Any] = []

    def train(trial: tb.Trial) -> float:
        kept.append(lightning_callback(trial, "val_loss"))
        lit.trainer_of(kept[:1], max_epochs=1).fit(lit.Net(), lit.loader(), lit.loader(lit.VALID))
        return float(kept[0].value)

    result = tb.tune(tb.Problem(train, SPACE), backend="optuna:random", n_trials=2, seed=0)
    assert "the callback is that of trial 0, which has ended" in str(result.trials[1].error)


def test_a_second_callback_in_one_trial_is_refused() -> None:
    heard = Heard()
    lit.trained(heard.trial)
    with pytest.raises(tb.TrialError, match="has reported before the first fit of this callback"):
        lit.trained(heard.trial)


def test_a_trainer_of_several_processes_is_refused() -> None:
    callback = lightning_callback(Heard().trial, "val_loss")
    trainer = lit.trainer_of([callback])
    trainer.strategy.world_size = 2  # type: ignore[attr-defined]
    with pytest.raises(tb.ObjectiveError, match="trains in 2 processes"):
        callback.setup(trainer, None, "fit")


def test_ctrl_c_in_a_fit_ends_the_study_as_it_does_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KILLS_AT, "14")

    def train(trial: tb.Trial) -> float | None:
        return lit.objective(trial, callbacks=[lit.Killed()])

    result = tb.tune(tb.Problem(train, SPACE), backend="optuna:random", n_trials=3, seed=0)
    assert result.stop_reason == "interrupted"
    assert [one.state for one in result.trials] == [tb.TrialState.COMPLETE, tb.TrialState.INTERRUPTED]


@pytest.mark.parametrize("executor", ["threads", "processes", "dask"])
def test_a_fit_is_watched_in_every_executor(executor: str) -> None:
    problem = tb.Problem(lit.objective, SPACE)
    settings: dict[str, Any] = {"backend": "optuna:random", "n_trials": 2, "seed": 0}
    rule = [tb.Schedule("lr", at={1: 0.05})]
    expected = tb.tune(problem, adjust=rule, **settings)
    found = tb.tune(problem, adjust=rule, executor=executor, **settings)
    assert [one.reports for one in found.trials] == [one.reports for one in expected.trials]
    assert [one.error for one in found.trials] == [None] * 2


@pytest.mark.parametrize("installed", ["both", "pytorch_lightning alone"])
def test_a_trainer_of_pytorch_lightning_is_watched_too(
    installed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package: Any = importlib.import_module("pytorch_lightning")
    if installed != "both":
        monkeypatch.setitem(sys.modules, "lightning", None)
        monkeypatch.setitem(sys.modules, "lightning.pytorch", None)

    class Line(package.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(64, 1)

        def training_step(self, batch: Any, batch_index: int) -> Any:
            return self.layer(batch[0]).square().mean()

        def validation_step(self, batch: Any, batch_index: int) -> None:
            self.log("val_loss", self.layer(batch[0]).square().mean())

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    heard = Heard(tb.Reply(tb.Decision.CONTINUE), changing(lr=0.001))
    callback = lightning_callback(heard.trial, "val_loss")
    trainer = package.Trainer(max_epochs=3, callbacks=[callback], **lit.QUIET)
    trainer.fit(Line(), lit.loader(), lit.loader(lit.VALID), ckpt_path=callback.ckpt_path)
    assert len(heard.values) == 3
    assert trainer.optimizers[0].param_groups[0]["lr"] == 0.001
