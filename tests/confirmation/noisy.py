"""A noisy problem whose truth is known, and studies of it."""

from __future__ import annotations

from typing import Any

import numpy as np

import tunebridge as tb

SPACE = tb.Space(x=tb.Float(0.0, 1.0), kind=tb.Categorical(["a", "b"]))


def truth(params: Any) -> float:
    return float((params["x"] - 0.3) ** 2 + (params["kind"] == "b"))


def noisy(trial: tb.Trial) -> float:
    """Half of the noise is shared by trials with the same seed."""
    shared = np.random.default_rng(trial.seed).normal()
    own = np.random.default_rng([trial.seed, int(trial["x"] * 2**32)]).normal()
    return truth(trial) + 0.05 * float(shared + own)


def score(trial: tb.Trial) -> float:
    return -noisy(trial)


PROBLEM = tb.Problem(noisy, SPACE)
MAXIMIZED = tb.Problem(score, SPACE, direction="maximize")


def tuned(problem: tb.Problem = PROBLEM, n_trials: int = 30, **settings: Any) -> tb.Result:
    return tb.tune(
        problem, backend="sklearn:random", n_trials=n_trials, seed=settings.pop("seed", 0), **settings
    )
