"""Limits on what a candidate comes to, by the means that `cv_results_` has of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from tunebridge import Limit, TrialRecord
from tunebridge.display.brief import brief
from tunebridge.errors import did_you_mean

EXAMPLE = "limits={'mean_fit_time': tunebridge.Limit(at_most=0.5)}"
"""How limits of a search are written."""

MEAN = "mean_"
"""How the columns begin that can be limited."""

TIMES = ("fit_time", "score_time")
"""What every candidate has, beside its scores."""

SEVERAL = {"train": "train_scores", "test": "test_scores"}
"""What has a number for each metric, as a fold calls it."""


def check_limits(limits: Any, names: Sequence[str] | None, *, train: bool) -> None:
    """Check the limits of a search before any candidate is evaluated.

    Args:
        limits: As they were given.
        names: Those of the metrics, `score` for a single one; None for a function whose metrics are not known
            before it is called.
        train: Whether there are training scores.

    Raises:
        ValueError: One is no limit, or limits what there is not in `cv_results_`.
    """
    if not isinstance(limits, Mapping):
        raise ValueError(f"limits must be a mapping of means to limits, got {brief(limits)}: {EXAMPLE}")
    for name, limit in limits.items():
        if not isinstance(limit, Limit):
            raise ValueError(f"limits[{name!r}] must be a tunebridge.Limit, got {brief(limit)}: {EXAMPLE}")
        of_train = isinstance(name, str) and name.startswith(f"{MEAN}train_")
        if of_train and not train:
            raise ValueError(f"limits[{name!r}] needs training scores: return_train_score=True")
        of_test = isinstance(name, str) and name.startswith(f"{MEAN}test_")
        if names is None and (of_train or of_test):
            continue
        known = columns(names or ("NAME",), train=train)
        if name not in known:
            raise missing(name, known)


def columns(names: Sequence[str], *, train: bool) -> list[str]:
    """Return the columns of `cv_results_` that can be limited, of some metrics."""
    kinds = ["test", "train"] if train else ["test"]
    return [f"{MEAN}{one}" for one in (*TIMES, *(f"{kind}_{name}" for kind in kinds for name in names))]


def missing(name: Any, known: Sequence[str]) -> ValueError:
    """Return the error of a limit on what there is not."""
    meant = next((one for one in (f"{MEAN}test_{name}", f"{MEAN}{name}") if one in known), str(name))
    return ValueError(f"limits[{name!r}]: cv_results_ has no such mean. {did_you_mean(meant, known)}")


def means(names: Sequence[str], folds: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return means over the folds of a candidate, by the names that they have in `cv_results_`.

    Args:
        names: Which of them.
        folds: What was measured on each.

    Raises:
        ValueError: The scoring function does not return such a metric.
    """
    return {name: float(np.mean([_number(name, one, folds) for one in folds])) for name in names}


def _number(name: str, fold: Mapping[str, Any], folds: Sequence[Mapping[str, Any]]) -> float:
    """Return what one fold has of a mean; the only score of a failed fit stands for every metric."""
    kind, _, metric = name.removeprefix(MEAN).partition("_")
    if kind not in SEVERAL:
        return float(fold[f"{kind}_{metric}"])
    scores = fold[SEVERAL[kind]]
    if isinstance(scores, dict):
        if metric not in scores:
            raise missing(name, columns(list(scores), train="train_scores" in fold))
        return float(scores[metric])
    if metric != "score" and not fold["fit_error"]:
        raise missing(name, columns(["score"], train="train_scores" in fold))
    return float(scores)


def beyond(record: TrialRecord, limited: Sequence[str]) -> str:
    """Return in words which limits a candidate is not within; empty for none.

    One whose mean is no finite number has failed, and is not within its limit either.
    """
    unknown = [
        f"{name} is {one}" for name in limited if not math.isfinite(one := record.notes.get(name, 0.0))
    ]
    return "; ".join(filter(None, [record.beyond, *unknown]))


def ranks(results: Mapping[str, Any], beyond: Sequence[str]) -> dict[str, Any]:
    """Return all ranks of candidates: those within their limits first, those without a score last.

    Args:
        results: What scikit-learn has made of their scores.
        beyond: Which limits each is not within.
    """
    ranked = [name for name in results if name.startswith("rank_")]
    return {name: _ranks(results[name.replace("rank", "mean", 1)], beyond) for name in ranked}


def _ranks(means: Any, beyond: Sequence[str]) -> Any:
    """Return the ranks of candidates by one metric, of which higher is better."""
    found = np.asarray(means, dtype=float)
    there = np.isfinite(found)
    _, order = np.unique(np.where(there, -found, np.inf), return_inverse=True)
    group = np.where(there, [bool(one) for one in beyond], 2)
    return rankdata(group * len(found) + order, method="min").astype(np.int32)
