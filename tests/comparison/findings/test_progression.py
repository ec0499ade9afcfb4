"""The progress of lines along their budget, in the user's sign."""

from __future__ import annotations

import numpy as np
import pytest

import tunebridge as tb
from tunebridge.comparison.findings.progression import is_wide, milestones, progression

SPACE = tb.Space(x=tb.Float(0, 1))
BACKENDS = ["optuna:random", "sklearn:random"]


def compared(sign: int, n_trials: int = 12) -> tb.Comparison:
    direction = "minimize" if sign > 0 else "maximize"
    problem = tb.Problem(lambda trial: sign * trial["x"], SPACE, direction=direction)
    return tb.compare({"p": problem}, backends=BACKENDS, n_trials=n_trials, seeds=range(5))


@pytest.mark.parametrize("sign", [1, -1])
def test_the_median_and_the_quartiles_are_those_of_the_cells_incumbents(sign: int) -> None:
    comparison = compared(sign)
    for label, curve in progression(comparison, "p", "trials").items():
        found = np.array([cell.incumbents for cell in comparison.cells_of("p", label)])
        lower, median, upper = np.quantile(found, [0.25, 0.5, 0.75], axis=0)
        assert curve.positions.tolist() == list(range(1, 13))
        for mine, theirs in ((curve.lower, lower), (curve.median, median), (curve.upper, upper)):
            np.testing.assert_allclose(mine, theirs, rtol=1e-12)
        assert np.all(curve.band_low <= curve.median)
        assert np.all(curve.median <= curve.band_high)


def test_maximizing_is_the_mirror_image_of_minimizing() -> None:
    down, up = progression(compared(1), "p", "trials"), progression(compared(-1), "p", "trials")
    for label, curve in down.items():
        np.testing.assert_array_equal(curve.lower, -up[label].upper)
        np.testing.assert_array_equal(curve.band_high, -up[label].band_low)


def test_by_seconds_a_line_ends_with_its_longest_cell_and_its_last_values() -> None:
    comparison = compared(1)
    for label, curve in progression(comparison, "p", "seconds").items():
        cells = comparison.cells_of("p", label)
        assert curve.positions[-1] == max(cell.seconds for cell in cells)
        assert curve.median[-1] == np.median([cell.loss for cell in cells])


def test_many_trials_are_thinned_with_both_ends_kept() -> None:
    curve = progression(compared(1, n_trials=450), "p", "trials")["optuna:random"]
    assert (curve.positions[0], curve.positions[-1], len(curve.positions)) == (1, 450, 200)


def test_milestones_are_at_shares_of_the_longest_budget() -> None:
    curves = progression(compared(1), "p", "trials")
    found = milestones(curves)
    assert [place for place, _ in found] == [1, 3, 6, 12]
    curve = curves["optuna:random"]
    assert found[1][1]["optuna:random"] == (curve.lower[2], curve.median[2], curve.upper[2])
    assert milestones({}) == []


def test_times_that_differ_much_are_wide() -> None:
    comparison = tb.compare(
        {"p": tb.Problem(lambda trial: trial["x"], SPACE)},
        backends=["optuna:gp", "sklearn:random"],
        n_trials=14,
        seeds=[0],
    )
    curves = progression(comparison, "p", "seconds")
    assert is_wide(curves)
    steps = np.diff(np.log(curves["optuna:gp"].positions))
    assert steps == pytest.approx(steps[0])
    assert not is_wide(progression(comparison, "p", "trials"))


def test_before_any_seed_there_is_nothing() -> None:
    assert progression(unbegun(), "p", "trials") == {}


def unbegun() -> tb.Comparison:
    """Return a comparison that was stopped before its first cell ended."""

    def stop(trial: tb.Trial) -> float:
        raise KeyboardInterrupt

    return tb.compare({"p": tb.Problem(stop, SPACE)}, backends=BACKENDS, n_trials=2, seeds=[0])
