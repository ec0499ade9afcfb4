"""Importances of parameters come from random search alone, and are what theory says."""

from __future__ import annotations

from math import inf
from random import Random

import pytest
from scipy import stats

import tunebridge as tb
from tunebridge.comparison.findings.importance import FEWEST_TRIALS, explained_share, importances


def test_a_share_is_eta_squared_of_kruskal_and_wallis_by_hand() -> None:
    losses, groups = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], ["a", "a", "b", "a", "b", "b"]
    h = stats.kruskal([1, 2, 4], [3, 5, 6]).statistic  # 2.3333
    assert explained_share(losses, groups) == pytest.approx((h - 2 + 1) / (6 - 2))
    assert explained_share(losses, groups) == pytest.approx(1 / 3, abs=1e-3)


def test_a_share_is_of_ranks_so_infinity_is_just_the_worst() -> None:
    groups = ["a", "a", "b", "b"]
    assert explained_share([1.0, 2.0, 3.0, inf], groups) == explained_share([1.0, 2.0, 3.0, 4.0], groups)


def test_groups_that_explain_nothing_have_a_share_of_0() -> None:
    assert explained_share([3.0] * 4, ["a", "a", "b", "b"]) == 0
    assert explained_share([1.0, 2.0, 3.0], ["a", "a", "a"]) == 0
    assert explained_share([1.0, 4.0, 2.0, 3.0], ["a", "a", "b", "b"]) == 0


def test_nothing_is_said_of_groups_of_one() -> None:
    assert explained_share([1.0, 2.0, 3.0], ["a", "b", "c"]) is None


def bowl(trial: tb.Trial) -> float:
    return float((trial["x"] - 0.3) ** 2 + 0.05 * abs(trial["y"] - 0.7))


BOWL = tb.Space(x=tb.Float(0, 1), y=tb.Float(0, 1), idle=tb.Float(0, 1))


def test_trials_of_lines_that_learn_do_not_count() -> None:
    problem = {"problem": tb.Problem(bowl, BOWL)}
    by_tpe, by_anneal = (
        tb.compare(problem, backends=[backend, "sklearn:random"], n_trials=40, seeds=range(2))
        for backend in ("optuna:tpe", "hyperopt:anneal")
    )
    assert by_tpe.losses("problem")["optuna:tpe"] != by_anneal.losses("problem")["hyperopt:anneal"]
    assert importances(by_tpe, "problem") == importances(by_anneal, "problem")
    assert {one.n_trials for one in importances(by_tpe, "problem")} == {80}


def test_the_parameter_that_decides_has_nearly_all_and_an_idle_one_nearly_nothing() -> None:
    problem = {"problem": tb.Problem(bowl, BOWL)}
    found = tb.compare(problem, backends=["optuna:tpe", "sklearn:random"], n_trials=100, seeds=range(3))
    shares = {one.path: one.share for one in importances(found, "problem")}
    assert next(iter(shares)) == "x"
    # Of 4,000 random points: 0.931, 0.023 and 0.
    assert shares["x"] == pytest.approx(0.93, abs=0.05)
    assert shares["y"] == pytest.approx(0.02, abs=0.05)
    assert shares["idle"] == pytest.approx(0, abs=0.05)


def fails_above(trial: tb.Trial) -> float:
    if trial["x"] > 0.5:
        raise ValueError("too large")
    return Random(trial.seed).random()


def test_failed_trials_count_as_the_worst() -> None:
    problem = {"problem": tb.Problem(fails_above, tb.Space(x=tb.Float(0, 1), idle=tb.Float(0, 1)))}
    found = tb.compare(problem, backends=["optuna:random", "sklearn:random"], n_trials=100, seeds=[0])
    shares = {one.path: one.share for one in importances(found, "problem")}
    assert (shares["x"] or 0) > 0.5 > 0.1 > (shares["idle"] or 0)


def test_a_parameter_is_judged_by_the_trials_that_have_it() -> None:
    space = tb.Space(
        kind=tb.Categorical({"on": tb.Space(rate=tb.Float(0, 1)), "off": tb.Space()}),
        size=tb.Ordinal([1, 2, 4]),
        fixed=tb.Constant(3),
    )
    problem = {"problem": tb.Problem(lambda trial: trial.get("rate", 2.0), space)}
    found = tb.compare(problem, backends=["optuna:random", "sklearn:random"], n_trials=40, seeds=range(2))
    by_path = {one.path: one for one in importances(found, "problem")}
    assert by_path.keys() == {"kind", "kind.on.rate", "size"}
    active = [
        one
        for cell in found.cells_of("problem", found.random)
        for one in cell.records
        if "rate" in one.params
    ]
    assert by_path["kind.on.rate"].n_trials == len(active) < by_path["kind"].n_trials == 80
    assert by_path["kind.on.rate"].share == pytest.approx(1, abs=0.06)


def test_with_few_trials_nothing_is_said() -> None:
    problem = {"problem": tb.Problem(bowl, BOWL)}
    found = tb.compare(
        problem, backends=["optuna:random", "sklearn:random"], n_trials=FEWEST_TRIALS - 1, seeds=[0]
    )
    assert [one.share for one in importances(found, "problem")] == [None] * 3
