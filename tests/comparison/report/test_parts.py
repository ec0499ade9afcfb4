"""The parts of a report: best trials, and axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.comparison.findings.best import BestTrial, best_trials, how_many
from tunebridge.comparison.pictures.parallel_coordinates import ABSENT, BOTTOM, TOP, parallel
from tunebridge.problem.problem import Direction


@pytest.fixture(scope="module")
def plain() -> tb.Comparison:
    problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))
    return tb.compare(
        {"slope": problem}, backends=["optuna:random", "sklearn:random"], n_trials=20, seeds=range(3)
    )


def test_the_best_trials_are_those_of_the_lowest_losses_without_repeats(plain: tb.Comparison) -> None:
    found = best_trials(plain, "slope")
    assert [trial.loss for trial in found] == sorted(trial.loss for trial in found)
    for label in plain.labels:
        losses = sorted(loss for cell in plain.cells_of("slope", label) for loss in cell.losses)
        assert [trial.loss for trial in found if trial.label == label] == losses[: how_many(plain)]
    same = tb.compare(
        {"p": tb.Problem(lambda trial: trial["n"], tb.Space(n=tb.Int(1, 3)))},
        backends=["optuna:random", "sklearn:random"],
        n_trials=10,
        seeds=[0],
    )
    drawn = [record.params["n"] for record in same.cell("p", "optuna:random", 0).records]
    found = [trial for trial in best_trials(same, "p") if trial.label == "optuna:random"]
    assert [trial.params["n"] for trial in found] == sorted(set(drawn))
    assert [trial.number for trial in found] == [drawn.index(n) for n in sorted(set(drawn))]


def test_places_on_axes_follow_the_scales_of_the_parameters() -> None:
    space = tb.Space(
        rate=tb.Float(1e-4, 1.0, log=True),
        size=tb.Ordinal([16, 32, 64]),
        kind=tb.Categorical({"deep": tb.Space(depth=tb.Int(1, 5)), "flat": tb.Space()}),
        noise=tb.Normal(0, 1),
        fixed=tb.Constant(1),
    )
    deep = trial(3.0, {"rate": 1e-2, "size": "16", "kind": "deep", "kind.deep.depth": 5, "noise": -2.0})
    flat = trial(1.0, {"rate": 1.0, "size": "32", "kind": "flat", "noise": 2.0})
    picture = parallel([flat, deep], space, Direction.MINIMIZE)
    assert [axis.name for axis in picture.axes] == [
        "rate",
        "size",
        "kind",
        "kind.deep.depth",
        "noise",
        "value",
    ]
    heights = [[float(pair.split(",")[1]) for pair in line.split()] for line in picture.points]
    middle = (TOP + BOTTOM) / 2
    assert heights == [[TOP, middle, BOTTOM, ABSENT, TOP, TOP], [middle, TOP, TOP, TOP, BOTTOM, BOTTOM]]
    ticks = [[text for _, text in axis.ticks] for axis in picture.axes]
    assert ticks == [
        ["0.0001", "0.01", "1"],
        ["16", "32", "64"],
        ["deep", "flat"],
        ["1", "3", "5", "not active"],
        ["-2", "0", "2"],
        ["3", "2", "1"],
    ]


def test_the_best_value_is_at_the_top_in_either_direction() -> None:
    trials = [trial(loss, {"x": 0.5}) for loss in (-5.0, -1.0)]
    axis = parallel(trials, tb.Space(x=tb.Float(0, 1)), Direction.MAXIMIZE).axes[-1]
    assert axis.ticks == [(BOTTOM, "1"), ((TOP + BOTTOM) / 2, "3"), (TOP, "5")]


def test_equal_values_lie_in_the_middle() -> None:
    trials = [trial(2.0, {"x": x}) for x in (0.0, 1.0)]
    picture = parallel(trials, tb.Space(x=tb.Float(0, 1)), Direction.MINIMIZE)
    assert picture.axes[-1].ticks == [((TOP + BOTTOM) / 2, "2")]


def trial(loss: float, params: Mapping[str, Any]) -> BestTrial:
    return BestTrial(label="line", seed=0, number=0, loss=loss, value=str(loss), params=params)
