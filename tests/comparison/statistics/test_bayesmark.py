"""Scores follow Bayesmark's rule."""

from math import inf, nan

import numpy as np
import pytest

from tunebridge.comparison.statistics.bayesmark import Scale, normalised_scores, problem_scores, scale_from


def test_the_best_scores_100_the_clip_and_all_above_it_0_and_better_than_best_up_to_200() -> None:
    scale = Scale(best=1.0, clip=5.0)
    losses = [[1.0, 5.0, 3.0, 9.0, inf, nan, 0.0, -99.0]]
    assert problem_scores(losses, scale).tolist() == [100, 0, 50, 0, 0, 0, 125, 200]


def test_a_score_is_the_mean_of_clipped_gaps_not_the_gap_of_the_mean() -> None:
    assert problem_scores([1.0, 1_000.0], Scale(best=0.0, clip=4.0)) == pytest.approx(37.5)


def test_scores_over_problems_are_means_with_equal_weight_of_each() -> None:
    incumbents = {
        "one": {"a": [[4.0, 1.0], [4.0, 3.0]], "b": [[0.0, 0.0]]},
        "other": {"a": [[10.0, 10.0]], "b": [[20.0, 15.0]]},
    }
    scores = normalised_scores(incumbents, {"one": Scale(best=0, clip=4), "other": Scale(best=10, clip=20)})
    assert {name: score.tolist() for name, score in scores.items()} == {"a": [50.0, 75.0], "b": [50.0, 75.0]}


def test_the_scale_is_the_lower_median_of_random_trials_and_the_best_of_all() -> None:
    scale = scale_from([[4.0, 2.0], [8.0, inf]], [[[3.0, 1.0]], [nan, 7.0]])
    assert scale is not None
    assert scale.clip == 4.0
    assert 1.0 - 1e-11 < scale.best < 1.0


def test_the_scale_of_equal_losses_scores_all_0() -> None:
    for loss in (0.0, -3.0, 1e300):
        scale = scale_from([loss] * 5)
        assert scale is not None
        assert problem_scores([loss], scale) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("losses", [[], [inf, nan, 1.0], [nan]])
def test_there_is_no_scale_where_most_random_trials_have_no_value(losses: list[float]) -> None:
    assert scale_from(losses, [[1.0]]) is None


@pytest.mark.parametrize(("best", "clip"), [(1.0, 1.0), (2.0, 1.0), (-inf, 0.0), (0.0, inf), (nan, 1.0)])
def test_a_scale_without_a_length_is_refused(best: float, clip: float) -> None:
    with pytest.raises(ValueError, match="best < clip"):
        Scale(best=best, clip=clip)


def test_random_search_scores_as_bayesmark_computes_it() -> None:
    # Worked by `compute_baseline` and `compute_aggregates` of bayesmark 0.0.8 on these very losses.
    rng = np.random.default_rng(3)
    losses = rng.lognormal(size=(20, 1, 3, 2, 7))
    losses[..., 1, :] *= 0.8
    tables = np.minimum.accumulate(losses[:, 0], axis=0).transpose(1, 2, 3, 0)
    raw = losses[:, 0].transpose(1, 2, 3, 0)
    scales = {}
    for problem in range(3):
        scale = scale_from(raw[problem, 0], [raw[problem, 1]])
        assert scale is not None
        scales[str(problem)] = scale
    incumbents = {
        str(problem): {"random": tables[problem, 0], "other": tables[problem, 1]} for problem in range(3)
    }
    scores = normalised_scores(incumbents, scales)
    assert scores["random"][[0, 5, -1]] == pytest.approx([25.19402737, 66.60587271, 87.74154754])
    assert scores["other"][[0, 5, -1]] == pytest.approx([31.68422829, 80.45591852, 90.52610522])
