"""A problem that was told to be noisy: the end of its studies says that the best is partly luck."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

import tunebridge as tb

SPACE = tb.Space(x=tb.Float(0.0, 1.0))


def noisy(trial: tb.Trial) -> float:
    return float(trial["x"] + np.random.default_rng(trial.seed).normal())


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == "tunebridge.study.noise"]


def test_the_end_of_a_noisy_study_names_what_confirms_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        result = tb.tune(
            tb.Problem(noisy, SPACE, noisy=True), backend="sklearn:random", n_trials=4, seed=0, study="mine"
        )
    (sentence,) = said(caplog)
    assert f"{result.best_value:.6g} is the best of 4 noisy values of 'mine'" in sentence
    assert "tunebridge.confirm(result)" in sentence


@pytest.mark.parametrize(
    ("problem", "n_trials"),
    [
        (tb.Problem(noisy, SPACE), 4),
        (tb.Problem(noisy, SPACE, noisy=True), 1),
        (tb.Problem(lambda trial: (1, 2), SPACE, ["minimize", "minimize"], noisy=True), 4),
    ],
)
def test_others_say_nothing_of_luck(
    caplog: pytest.LogCaptureFixture, problem: tb.Problem, n_trials: int
) -> None:
    with caplog.at_level(logging.INFO):
        tb.tune(problem, backend="sklearn:random", n_trials=n_trials, seed=0)
    assert said(caplog) == []


def test_neither_comparisons_nor_confirmations_repeat_it(caplog: pytest.LogCaptureFixture) -> None:
    problem = tb.Problem(noisy, SPACE, noisy=True)
    with caplog.at_level(logging.INFO):
        tb.compare(problem, backends=["sklearn:random", "optuna:random"], n_trials=3, seeds=[0, 1])
        assert said(caplog) == []
        result = tb.tune(problem, backend="sklearn:random", n_trials=3, seed=0)
        tb.confirm(result, seeds=[0, 1])
    assert len(said(caplog)) == 1


@pytest.mark.parametrize("given", [1, "yes", None])
def test_noisy_is_true_or_false(given: Any) -> None:
    with pytest.raises(tb.ProblemError, match="noisy must be True or False"):
        tb.Problem(noisy, SPACE, noisy=given)
