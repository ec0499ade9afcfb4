"""A plateau rule saves runs of plain SGD on digits that start with a learning rate far too high."""

from functools import cache
from typing import Any

import torch
from scipy.stats import wilcoxon
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

import tunebridge as tb
from tunebridge_torch import training

SEEDS = range(10)
RULE = tb.Plateau("lr", factor=0.3, patience=2, minimum=1e-3)
SPACE = tb.Space(lr=tb.Float(1e-4, 1.0, log=True))


def network(trial: tb.Trial) -> nn.Module:
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


@cache
def problem() -> tb.Problem:
    images, labels = load_digits(return_X_y=True)
    pixels, classes = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels)
    train, valid = train_test_split(range(len(labels)), test_size=450, stratify=labels, random_state=0)
    objective = training(
        network,
        train=(pixels[train], classes[train]),
        valid=(pixels[valid], classes[valid]),
        metric="accuracy",
        epochs=20,
        batch_size=64,
        optimizer="sgd",
    )
    return tb.Problem(objective, SPACE, direction="maximize", metric="accuracy")


@cache
def ends(*rules: tb.Plateau) -> list[tb.TrialRecord]:
    """Run lr = 1.0 once per seed."""
    settings: dict[str, Any] = {"n_trials": 1, "initial": [{"lr": 1.0}], "adjust": rules, "on_error": "raise"}
    return [tb.tune(problem(), backend="sklearn:random", seed=seed, **settings).trials[0] for seed in SEEDS]


def test_both_runs_of_a_pair_are_the_same_until_the_rule_acts() -> None:
    for without, with_rule in zip(ends(), ends(RULE), strict=True):
        acts = with_rule.schedule[0].step
        assert without.seed == with_rule.seed
        assert without.reports[: acts + 1] == with_rule.reports[: acts + 1]
        assert without.reports[acts + 1 :] != with_rule.reports[acts + 1 :]


def test_the_rule_ends_better_in_accuracy_and_in_loss() -> None:
    for name, alternative in (("accuracy", "greater"), ("loss", "less")):
        with_rule, without = ([_last(record)[name] for record in records] for records in (ends(RULE), ends()))
        assert wilcoxon(with_rule, without, alternative=alternative).pvalue < 0.01


def test_the_schedule_replays_to_the_same_values() -> None:
    for record in ends(RULE)[:3]:
        again = tb.replay(problem(), record)
        assert record.schedule
        assert (again.values, again.reports, again.schedule) == (
            record.values,
            record.reports,
            record.schedule,
        )


def test_the_learning_rate_only_falls_and_stays_above_its_minimum() -> None:
    for record in ends(RULE):
        rates = [1.0, *(change.value for change in record.changes)]
        assert rates == sorted(rates, reverse=True)
        assert rates[-1] >= 1e-3


def _last(record: tb.TrialRecord) -> dict[str, float]:
    report = record.reports[-1]
    return {"accuracy": report.value, **report.metrics}
