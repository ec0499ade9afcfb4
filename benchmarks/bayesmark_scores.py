"""Bayesmark's published baselines, and scores by them: a part of `bayesmark.py`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tunebridge as tb
from tunebridge.comparison.statistics.bayesmark import Scale, normalised_scores

Array = NDArray[np.float64]
Losses = dict[str, dict[str, list[list[float]]]]
"""By problem, then by line: of all trials, one list per seed."""

VISIBLE = "_visible_to_opt"
"""Bayesmark's name for the loss that is tuned, beside that on data held out."""

MILESTONES = (25, 50)
"""Trials after which scores are shown, beside those at the end."""

PUBLISHED = "random search, as published"


@dataclass(frozen=True)
class Baseline:
    """What Bayesmark has published of a problem."""

    scale: Scale
    """The losses that score 100 and 0."""
    random: Array
    """The expected best loss of random search after each trial, shape (n_trials,)."""


def read_baselines(path: str) -> dict[str, Baseline]:
    """Return what Bayesmark has published, by problem."""
    data = json.loads(Path(path).read_text("utf-8"))["data"]
    problems, objectives = (data["coords"][name]["data"] for name in ("function", "objective"))
    seen = objectives.index(VISIBLE)
    names = ("best", "clip", "mean")
    best, clip, mean = (np.array(data["data_vars"][name]["data"])[..., seen] for name in names)
    return {
        problem: Baseline(Scale(best=float(best[place]), clip=float(clip[place])), mean[:, place])
        for place, problem in enumerate(problems)
    }


def losses_of(comparison: tb.Comparison) -> Losses:
    """Return the losses of all trials."""
    return {
        problem: {
            label: [cell.losses for cell in comparison.cells_of(problem, label)]
            for label in comparison.labels
        }
        for problem in comparison.problems
    }


def curves(losses: Losses, baselines: Mapping[str, Baseline]) -> dict[str, Array]:
    """Return the score of each line so far after each trial, and that of random search as published."""
    published = {problem: {PUBLISHED: [baselines[problem].random]} for problem in losses}
    incumbents = {
        problem: {
            line: np.minimum.accumulate(np.array(some), axis=1)
            for line, some in {**published[problem], **by_line}.items()
        }
        for problem, by_line in losses.items()
    }
    return normalised_scores(incumbents, {problem: baselines[problem].scale for problem in losses})


def score_rows(comparison: tb.Comparison, baselines: Mapping[str, Baseline]) -> list[dict[str, Any]]:
    """Return the scores of each line along the budget, and what its sampler takes."""
    n_trials = comparison.budget.n_trials or 0
    shown = [n for n in (*MILESTONES, n_trials) if n <= n_trials]
    losses = losses_of(comparison)
    rows: list[dict[str, Any]] = []
    for line, curve in curves(losses, baselines).items():
        scores = {f"after {n}": float(curve[n - 1]) if n <= len(curve) else "" for n in shown}
        known = line in comparison.labels
        sd = spread(losses, baselines, line) if known else ""
        ms = sampler_ms(comparison, line) if known else ""
        rows.append({"line": line, **scores, "sd of one seed": sd, "sampler ms/trial": ms})
    return rows


def spread(losses: Losses, baselines: Mapping[str, Baseline], line: str) -> float:
    """Return the standard deviation of the scores that single seeds give a line; NaN for one seed."""
    n_seeds = min(len(by_line[line]) for by_line in losses.values())
    by_seed = [{problem: {line: [some[line][k]]} for problem, some in losses.items()} for k in range(n_seeds)]
    scores = [curves(one, baselines)[line][-1] for one in by_seed]
    return stdev(scores) if n_seeds > 1 else math.nan


def sampler_ms(comparison: tb.Comparison, line: str) -> float:
    """Return the mean time that a line's sampler takes for a trial, in milliseconds."""
    cells = [cell for cell in comparison.cells if cell.line == line]
    return 1000 * sum(cell.sampler_seconds for cell in cells) / sum(len(cell.records) for cell in cells)
